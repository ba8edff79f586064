#!/usr/bin/env python3
"""Reference scores in float64 from Hugging Face transformers: likelihoods of texts, sliding windows, LAMBADA and WikiText-2.

    make_scores.py --data DIR                              # books-8M.scores.json.gz, tiny.windows.json, tiny.observed.json and evals.json of resources/golden
    make_scores.py --data DIR --model DIR --out FILE.gz    # the scores alone, of any GPT-2 checkpoint folder

--data is a folder with webtext/webtext.test.jsonl, books/books.test.jsonl (as datasets/human), lambada/lambada_test.jsonl (rows with the key
text) and wikitext-2-raw/wiki.test.raw. Needs torch, transformers; runs on --threads (1). A sequence is <|endoftext|> followed by a text's tokens.
scores: 80 texts of WebText, 60 of books, 60 of WikiText-2, evenly spaced, of at most --max-tokens (300); for each of a text's tokens its
  log_likelihoods  ln p(token | those before it), nats      ranks      1 + the number of tokens with a strictly larger logit
  entropies        of the distribution, nats                variances  of ln p under the distribution
windows: a window at a = 0, stride, 2 stride, ... conditions on sequence[a .. a + context - 1] and predicts the tokens after each; a token's
  value is that of the first window that reaches it. sum of all; log_likelihoods and contexts (how many tokens before it the window holds,
  <|endoftext|> included) of every 37th token. Token i of tiny's 5,000 is (7919 i + 31 i^2) mod 50257; those of books-8M are the first 5,000
  of all texts of books.test.jsonl joined by a line feed (ids_sha256: of the ids as decimals joined by commas).
observed: four texts of 50 of the same tokens under tiny, observed by books-8M: cross_entropies -sum over the vocabulary of q ln p, q the
  observer's distribution, p the model's; binoculars: sum of the tokens' -ln p / sum of the cross-entropies.
evals.lambada: the first 200 passages; the target is the last space and the word after it, encoded apart from its context. greedy: every token
  of the target has rank 1. perplexity: exp of minus the mean log-likelihood per target; last_token_accuracy: rank 1 of targets' last tokens.
evals.wikitext2: the first 60,000 characters (CR LF read as LF), cut after the last line feed, detokenized and encoded as one text, stride 512.
  words: pieces between white space plus line feeds. raw_sha256, detokenized_sha256: of the UTF-8 bytes of the cut before and after.
"""
import argparse, gzip, hashlib, json, math, re
from pathlib import Path
import torch
from transformers import GPT2LMHeadModel, GPT2TokenizerFast

ROOT = Path(__file__).resolve().parents[4]
RESOURCES = ROOT / "engine/src/test/resources"
END = 50256

# The rules of wikitext_detokenizer in NVIDIA Megatron-LM, tasks/zeroshot_gpt/detokenizer.py, in its order: regular expressions, else literals.
RULES = [("s '", "s'"), (re.compile(r"/' [0-9]/"), r"/'[0-9]/"), (" @-@ ", "-"), (" @,@ ", ","), (" @.@ ", ".")]
RULES += [(f" {c} ", f"{c} ") for c in ":;.!?,"]
RULES += [(re.compile(r"\(\s*([^\)]*?)\s*\)"), r"(\1)"), (re.compile(r"\[\s*([^\]]*?)\s*\]"), r"[\1]"), (re.compile(r"{\s*([^}]*?)\s*}"), r"{\1}"),
          (re.compile(r"\"\s*([^\"]*?)\s*\""), r'"\1"'), (re.compile(r"'\s*([^']*?)\s*'"), r"'\1'")]
RULES += [("= = = =", "===="), ("= = =", "==="), ("= =", "=="), (" \u00b0 ", "\u00b0"), (" \n", "\n"), ("\n ", "\n"), (" N ", " 1 "), (" 's", "'s")]

def detokenize(s):
    for old, new in RULES: s = s.replace(old, new) if isinstance(old, str) else old.sub(new, s)
    return s

def load(folder): return GPT2LMHeadModel.from_pretrained(folder, dtype=torch.float64).eval()
def digits(x, n): return [digits(v, n) for v in x] if isinstance(x, list) else float(f"{x:.{n}g}")
def sha(s): return hashlib.sha256(s.encode()).hexdigest()
def rows(path): return [json.loads(line)["text"] for line in open(path, encoding="utf-8")]
def spaced(x, n): return [x[i * len(x) // n] for i in range(n)]
def raw(data): return open(data / "wikitext-2-raw/wiki.test.raw", encoding="utf-8").read()

def predict(model, ids, count):
    """Of the last count tokens of ids, each given all before it: log-probabilities of the vocabulary, their own, their ranks."""
    logits = model(torch.tensor([ids[:-1]]), logits_to_keep=count).logits[0]; at = torch.tensor(ids[-count:])[:, None]
    lp = torch.log_softmax(logits, -1)
    return lp, lp.gather(-1, at)[:, 0].tolist(), ((logits > logits.gather(-1, at)).sum(-1) + 1).tolist()

def texts(data, tok, limit):
    lines = [line.strip() for line in raw(data).split("\n")]
    for source, some in (("webtext", spaced(rows(data / "webtext/webtext.test.jsonl"), 80)),
                         ("books", spaced(rows(data / "books/books.test.jsonl"), 60)),
                         ("wikitext", spaced([x for x in lines if len(x) > 200 and not x.startswith("=")], 60))):
        for text in some:
            ids = tok.encode(text)[:limit]
            while tok.encode(tok.decode(ids, clean_up_tokenization_spaces=False)) != ids: ids.pop()
            yield source, tok.decode(ids, clean_up_tokenization_spaces=False), ids

def scores(model, name, data, tok, limit):
    out = []
    for source, text, ids in texts(data, tok, limit):
        lp, own, ranks = predict(model, [END] + ids, len(ids))
        p = lp.exp(); mean = (p * lp).sum(-1)
        out.append({"source": source, "text": text, "tokens": ids, "log_likelihoods": digits(own, 9),
                    "ranks": ranks, "entropies": digits((-mean).tolist(), 9),
                    "variances": digits(((p * lp * lp).sum(-1) - mean * mean).tolist(), 9)})
    n = sum(len(t["tokens"]) for t in out)
    print(name, len(out), "texts", n, "tokens, mean log-likelihood", sum(sum(t["log_likelihoods"]) for t in out) / n)
    return {"model": name, "texts": out}

def windows(model, ids, stride):
    s = [END] + ids; context = model.config.n_positions
    lls, contexts, start, reached = [], [], 0, 0  # reached: the last token that has its value
    while reached < len(s) - 1:
        end = min(start + context, len(s) - 1)
        lls += predict(model, s[start : end + 1], end - reached)[1]
        contexts += [i - start for i in range(reached + 1, end + 1)]
        start += stride; reached = end
    return lls, contexts

def observed(model, observer, ids):
    """Binoculars: model is the performer. Cross-entropy of the observer's distribution to the model's at each token, and the ratio."""
    lp, own, _ = predict(model, [END] + ids, len(ids)); q = predict(observer, [END] + ids, len(ids))[0].exp()
    crossed = (-(q * lp).sum(-1)).tolist()
    return {"tokens": ids, "cross_entropies": digits(crossed, 9), "binoculars": digits(math.fsum(own) / -math.fsum(crossed), 9)}

def strided(model, ids, strides):
    out = {}
    for stride in strides:
        lls, contexts = windows(model, ids, stride)
        out[str(stride)] = {"sum": digits(math.fsum(lls), 12), "log_likelihoods": digits(lls[::37], 12), "contexts": contexts[::37]}
        print("stride", stride, len(lls), "tokens, sum", out[str(stride)]["sum"])
    return {"context": model.config.n_positions, "tokens": len(ids), "strides": out}

def lambada(model, data, tok):
    out, last = [], 0
    for text in rows(data / "lambada/lambada_test.jsonl")[:200]:
        at = text.rindex(" ")
        context, target = tok.encode(text[:at]), tok.encode(text[at:])
        _, own, ranks = predict(model, [END] + context + target, len(target)); last += ranks[-1] == 1
        out.append({"target": text[at:], "context_tokens": len(context), "target_tokens": target,
                    "log_likelihood": digits(math.fsum(own), 12), "greedy": max(ranks) == 1})
    n = len(out)
    return {"accuracy": sum(p["greedy"] for p in out) / n, "perplexity": digits(math.exp(-math.fsum(p["log_likelihood"] for p in out) / n), 12),
            "last_token_accuracy": last / n, "passages": out}

def wikitext(model, data, tok):
    cut = raw(data)[:60000]; cut = cut[: cut.rindex("\n") + 1]
    text = detokenize(cut); ids = tok.encode(text)
    total = math.fsum(windows(model, ids, 512)[0]); words = len(cut.split()) + cut.count("\n")
    return {"characters": len(cut), "raw_sha256": sha(cut), "detokenized_sha256": sha(text), "stride": 512, "log_likelihood": digits(total, 12),
            "tokens": len(ids), "token_perplexity": digits(math.exp(-total / len(ids)), 12),
            "words": words, "word_perplexity": digits(math.exp(-total / words), 12)}

def write(path, value):
    b = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    path.write_bytes(gzip.compress(b, 9, mtime=0) if path.suffix == ".gz" else b + b"\n")

def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data", type=Path, required=True); p.add_argument("--model", type=Path); p.add_argument("--out", type=Path)
    p.add_argument("--tokenizer", type=Path, default=ROOT / "datasets/gpt2-tokenizer")
    p.add_argument("--golden", type=Path, default=RESOURCES / "golden", help="where the files go")
    p.add_argument("--max-tokens", type=int, default=300); p.add_argument("--threads", type=int, default=1)
    a = p.parse_args()
    if (a.model is None) != (a.out is None): p.error("--model and --out go together")
    torch.set_num_threads(a.threads)
    tok = GPT2TokenizerFast(vocab=str(a.tokenizer / "encoder.json"), merges=str(a.tokenizer / "vocab.bpe"))
    if a.model:
        return write(a.out, scores(load(a.model), a.model.resolve().name, a.data, tok, a.max_tokens))
    books = load(ROOT / "datasets/books-8M"); tiny = load(RESOURCES / "checkpoints/tiny")
    write(a.golden / "books-8M.scores.json.gz", scores(books, "books-8M", a.data, tok, a.max_tokens))
    ids = tok.encode("\n".join(rows(a.data / "books/books.test.jsonl")))[:5000]
    write(a.golden / "tiny.windows.json", {
        "tiny": strided(tiny, [(i * 7919 + i * i * 31) % 50257 for i in range(5000)], (64, 32, 1)),
        "books-8M": {"first_ids": ids[:20], "ids_sha256": sha(",".join(map(str, ids))), **strided(books, ids, (1024, 512))}})
    write(a.golden / "tiny.observed.json", [observed(tiny, books, ids[100 * i : 100 * i + 50]) for i in range(4)])
    evals = {"model": "books-8M", "lambada": lambada(books, a.data, tok), "wikitext2": wikitext(books, a.data, tok)}
    write(a.golden / "evals.json", evals)
    print({k: v for k, v in evals["lambada"].items() if k != "passages"}, evals["wikitext2"])

with torch.inference_mode(): main()
