#!/usr/bin/env python3
"""Reference distributions from the logits processors and warpers of Hugging Face transformers.

    make_processors.py --out processors.golden.json

Needs torch, transformers. For each case, logits of a small vocabulary go, in transformers' own order, through those of RepetitionPenaltyLogitsProcessor,
NoRepeatNGramLogitsProcessor, MinNewTokensLengthLogitsProcessor, TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper, MinPLogitsWarper and
TypicalLogitsWarper that are on. Written per case:
  logits        float32
  history       ids of prompt and new tokens so far; the last `new` of them are new
  settings      names as in presets; what is off is left out
  kept          ids that can be drawn, ascending
  log_probabilities  of these, nats, in float64 from the processed float32 logits
The end token is the last id. Cases whose cut lies within 1e-6 of the mass are drawn again: float32 of either side may round them differently.
"""
import argparse, json
import torch, transformers
from transformers import LogitsProcessorList
from transformers.generation import logits_process as lp

p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
p.add_argument("--out", required=True)
a = p.parse_args()
g = torch.Generator().manual_seed(8)


def uniform(low, high):
    return round(low + (high - low) * float(torch.rand((), generator=g)), 4)


def number(low, high):
    return int(torch.randint(low, high + 1, (), generator=g))


def near_cut(scores, s):
    """Whether the mass at which top-p or typical-p cuts is nearly met by a whole number of tokens."""
    p = torch.softmax(scores.double(), -1)
    if "topP" in s:
        c = p.sort(descending=True).values.cumsum(-1)
        if ((c - s["topP"]).abs() < 1e-6).any(): return True
    if "typicalP" in s:
        l = torch.log_softmax(scores.double(), -1)
        h = -(l * p).nansum()
        order = (-l - h).abs().argsort()
        if ((p[0][order[0]].cumsum(-1) - s["typicalP"]).abs() < 1e-6).any(): return True
    return False


cases = []
while len(cases) < 120:
    size = number(2, 60)
    logits = torch.randn((1, size), generator=g) * uniform(0.5, 5)
    history = [number(0, size - 2) for _ in range(number(0, 30))]
    new = number(0, len(history))
    s = {}
    if number(0, 1): s["repetitionPenalty"] = uniform(0.6, 2)
    if number(0, 1): s["noRepeatNgram"] = number(1, 3)
    if number(0, 1): s["minNewTokens"] = number(1, 30)
    if number(0, 1): s["temperature"] = uniform(0.4, 1.8)
    if number(0, 2) == 0: s["topK"] = number(1, size)
    if number(0, 2) == 0: s["topP"] = uniform(0.3, 0.99)
    if number(0, 1): s["minP"] = uniform(0.001, 0.4)
    if number(0, 1): s["typicalP"] = uniform(0.1, 0.99)
    processors = LogitsProcessorList()
    if "repetitionPenalty" in s: processors.append(lp.RepetitionPenaltyLogitsProcessor(s["repetitionPenalty"]))
    if "noRepeatNgram" in s: processors.append(lp.NoRepeatNGramLogitsProcessor(s["noRepeatNgram"]))
    if "minNewTokens" in s:
        processors.append(lp.MinNewTokensLengthLogitsProcessor(len(history) - new, s["minNewTokens"], size - 1, device="cpu"))
    if "temperature" in s: processors.append(lp.TemperatureLogitsWarper(s["temperature"]))
    if "topK" in s: processors.append(lp.TopKLogitsWarper(s["topK"]))
    if "topP" in s: processors.append(lp.TopPLogitsWarper(s["topP"]))
    if "minP" in s: processors.append(lp.MinPLogitsWarper(s["minP"]))
    if "typicalP" in s: processors.append(lp.TypicalLogitsWarper(s["typicalP"]))
    ids = torch.tensor([history], dtype=torch.long)
    near = False
    scores = logits
    for processor in processors:
        near = near or (isinstance(processor, lp.TopPLogitsWarper) and near_cut(scores, {"topP": s["topP"]}))
        near = near or (isinstance(processor, lp.TypicalLogitsWarper) and near_cut(scores, {"typicalP": s["typicalP"]}))
        scores = processor(ids, scores)
    if near or torch.isinf(scores).all(): continue
    logp = torch.log_softmax(scores.double(), -1)[0]
    kept = [i for i in range(size) if not torch.isinf(scores[0, i])]
    cases.append({"logits": [float(x) for x in logits[0]], "history": history, "new": new, "settings": s,
                  "kept": kept, "log_probabilities": [float(logp[i]) for i in kept]})
json.dump({"transformers": transformers.__version__, "torch": torch.__version__, "cases": cases}, open(a.out, "w"))
print(len(cases), "cases,", sum(len(c["kept"]) for c in cases), "kept tokens")
