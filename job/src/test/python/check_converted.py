"""Loads two model folders with transformers and holds their logits and tokens against each other, bit for bit.

check_converted.py FROM TO: of the same weights, in safetensors. Needs torch and transformers.
"""
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

TEXT = "The quick brown fox, naïve as ever, jumped over 12,345 lazy dogs.\n\n  It was <|endoftext|> late."


def load(folder):
    model, info = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, output_loading_info=True, local_files_only=True
    )
    assert not any(info[key] for key in ("missing_keys", "unexpected_keys", "mismatched_keys")), info
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    ids = tokenizer(TEXT, return_tensors="pt").input_ids
    with torch.no_grad():
        return ids, model.eval()(ids).logits


torch.manual_seed(0)
torch.set_num_threads(1)
ids, logits = load(sys.argv[1])
other_ids, other_logits = load(sys.argv[2])
assert ids.shape[1] > 10 and torch.equal(ids, other_ids), (ids, other_ids)
assert logits.std() > 0 and torch.equal(logits, other_logits), (logits - other_logits).abs().max()
print(f"{ids.shape[1]} tokens, {logits.numel()} logits equal")
