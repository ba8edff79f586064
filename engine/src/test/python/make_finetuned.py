#!/usr/bin/env python3
"""Write checkpoints/finetuned, a small model with all that fine-tuned GPT-2 checkpoints have of their own, and its reference values.

    make_finetuned.py RESOURCES        # engine/src/test/resources

Needs numpy, safetensors, torch, transformers, tokenizers, gguf (llama.cpp's package). Seeded: the same versions write the same bytes.
checkpoints/finetuned: two layers, width 32, n_inner 96, context 40, an untied head, tokenizer.json alone with added tokens, a vocabulary
padded behind them, the end of text at <|end|>; the same weights as GGUF files in f32, f16 and q8_0, named and turned as llama.cpp's converter does.
golden/finetuned.golden.json: `rows` as make_golden.py has them, with `tokens` drawn at random behind the end of text;
`layer_scaled_rows`: the same with scale_attn_by_inverse_layer_idx;
`texts`: {text, ids, special_ids, decoded} of the tokenizer, where `ids` takes special tokens as ordinary text;
`q8_0`: SHA-256 of each tensor's float32 as gguf's own dequantization gives it, in GPT-2's order.
"""
import hashlib, json, os, sys
import gguf, numpy as np, tokenizers, torch, transformers
from safetensors.numpy import save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import GPT2LMHeadModel

LAYERS, SIZE, HEADS, INNER, CONTEXT, VOCAB = 2, 32, 4, 96, 40, 304
TEXTS = ["", "the then", "the<user>then", "<user><user2>", " <user2> the", "a<|end|>b", "<|end|", "<pad><|endoftext|>", "tab\tnew\nline  two",
         "caf\u00e9 \U0001F680 \u4f60\u597d", "it's 12345!?", "<user", "the <user>the<|end|>"]

def tokenizer():
    tok = Tokenizer(models.BPE())
    tok.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tok.decoder = decoders.ByteLevel()
    corpus = ["the then there other mother them they that this the then the other the mother"] * 5
    tok.train_from_iterator(corpus, trainers.BpeTrainer(vocab_size=280, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    tok.add_tokens([AddedToken("<user>", normalized=False), AddedToken("<user2>", normalized=False)])
    tok.add_special_tokens([AddedToken("<pad>", special=True, normalized=False), AddedToken("<|end|>", special=True, normalized=False)])
    return tok

def weights(rng):
    def normal(*s, std=0.3): return (rng.standard_normal(s, dtype=np.float32) * np.float32(std))
    t = {"wte.weight": normal(VOCAB, SIZE), "wpe.weight": normal(CONTEXT, SIZE, std=0.1)}
    for i in range(LAYERS):
        h = f"h.{i}."
        for ln in ("ln_1", "ln_2"): t[h + ln + ".weight"] = 1 + normal(SIZE, std=0.05); t[h + ln + ".bias"] = normal(SIZE, std=0.05)
        for name, a, b in (("attn.c_attn", SIZE, 3 * SIZE), ("attn.c_proj", SIZE, SIZE), ("mlp.c_fc", SIZE, INNER), ("mlp.c_proj", INNER, SIZE)):
            t[h + name + ".weight"] = normal(a, b); t[h + name + ".bias"] = normal(b)
    t["ln_f.weight"] = 1 + normal(SIZE, std=0.05); t["ln_f.bias"] = normal(SIZE, std=0.05); t["lm_head.weight"] = normal(VOCAB, SIZE)
    return {k: v.astype(np.float32) for k, v in t.items()}

def write_gguf(path, tensors, tok, end, kind):
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.GPT2, LAYERS)
    w = gguf.GGUFWriter(path, "gpt2")
    w.add_block_count(LAYERS); w.add_context_length(CONTEXT); w.add_embedding_length(SIZE); w.add_feed_forward_length(INNER)
    w.add_head_count(HEADS); w.add_layer_norm_eps(1e-5); w.add_name("finetuned")
    vocab = {i: t for t, i in tok.get_vocab(with_added_tokens=True).items()}
    added = tok.get_added_tokens_decoder()
    w.add_tokenizer_model("gpt2"); w.add_tokenizer_pre("gpt-2")
    w.add_token_list([vocab.get(i, f"[PAD{i}]") for i in range(VOCAB)])
    w.add_token_types([5 if i not in vocab else 1 if i not in added else 3 if added[i].special else 4 for i in range(VOCAB)])
    w.add_token_merges([" ".join(m) for m in json.loads(tok.to_str())["model"]["merges"]])
    w.add_eos_token_id(end)
    hashes = {}
    for name, array in tensors.items():
        full = name if name.startswith("lm_head") else "transformer." + name
        out = names.get_name(full, try_suffixes=(".weight", ".bias"))
        turned = name.startswith("h.") and array.ndim == 2
        a = np.ascontiguousarray(array.T) if turned else array
        if kind == "f32" or a.ndim == 1 or name.startswith("wpe"):
            w.add_tensor(out, a); back = a
        elif kind == "f16":
            w.add_tensor(out, a.astype(np.float16)); back = a.astype(np.float16).astype(np.float32)
        else:
            q = gguf.quants.quantize(a, gguf.GGMLQuantizationType.Q8_0); w.add_tensor(out, q, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
            back = gguf.quants.dequantize(q, gguf.GGMLQuantizationType.Q8_0)
        hashes[name] = hashlib.sha256(np.ascontiguousarray(back.T if turned else back).astype("<f4").tobytes()).hexdigest()
    w.write_header_to_file(); w.write_kv_data_to_file(); w.write_tensors_to_file(); w.close()
    return hashes

def row(model, ids):
    with torch.inference_mode():
        logits = model(torch.tensor([ids])).logits[0]; lp = torch.log_softmax(logits, -1); target = torch.tensor(ids[1:])[:, None]
        g = ids[:8]
        for _ in range(16): g.append(int(model(torch.tensor([g])).logits[0, -1].argmax()))
        return {"tokens": ids, "log_likelihoods": lp[:-1].gather(-1, target)[:, 0].tolist(),
                "ranks": ((logits[:-1] > logits[:-1].gather(-1, target)).sum(-1) + 1).tolist(),
                "entropies": (-(lp[:-1].exp() * lp[:-1]).sum(-1)).tolist(), "greedy": g[min(8, len(ids)):]}

def main():
    root = sys.argv[1]; folder = os.path.join(root, "checkpoints", "finetuned"); os.makedirs(folder, exist_ok=True)
    rng = np.random.default_rng(8); t = weights(rng); tok = tokenizer(); end = tok.token_to_id("<|end|>")
    tok.save(os.path.join(folder, "tokenizer.json"))
    save_file(t, os.path.join(folder, "model.safetensors"), metadata={"format": "pt"})
    json.dump({"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "activation_function": "gelu_new", "vocab_size": VOCAB, "n_positions": CONTEXT,
               "n_ctx": CONTEXT, "n_embd": SIZE, "n_layer": LAYERS, "n_head": HEADS, "n_inner": INNER, "layer_norm_epsilon": 1e-5,
               "bos_token_id": end, "eos_token_id": end, "tie_word_embeddings": False}, open(os.path.join(folder, "config.json"), "w"), indent=1)
    for kind in ("f32", "f16", "q8_0"): hashes = write_gguf(os.path.join(folder, f"finetuned-{kind}.gguf"), t, tok, end, kind)
    model = GPT2LMHeadModel.from_pretrained(folder, dtype=torch.float64).eval()
    assert not torch.equal(model.lm_head.weight, model.transformer.wte.weight)
    inputs = [[end] + [int(i) for i in rng.integers(0, VOCAB, length - 1)] for length in (2, 9, 24, CONTEXT)]
    rows = [row(model, ids) for ids in inputs]
    scaled = GPT2LMHeadModel.from_pretrained(folder, dtype=torch.float64, scale_attn_by_inverse_layer_idx=True).eval()
    plain = Tokenizer.from_file(os.path.join(folder, "tokenizer.json")); plain.encode_special_tokens = True
    texts = [{"text": x, "ids": plain.encode(x).ids, "special_ids": tok.encode(x).ids, "decoded": tok.decode(tok.encode(x).ids, skip_special_tokens=False)} for x in TEXTS]
    json.dump({"torch": torch.__version__, "transformers": transformers.__version__, "tokenizers": tokenizers.__version__, "end": end,
               "rows": rows, "layer_scaled_rows": [row(scaled, ids) for ids in inputs], "texts": texts, "q8_0": hashes}, open(os.path.join(root, "golden", "finetuned.golden.json"), "w"), indent=1)

main()
