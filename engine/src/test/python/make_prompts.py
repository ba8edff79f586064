#!/usr/bin/env python3
"""Makes datasets/prompts/lambada-first-sentences.jsonl from the LAMBADA test set.

    make_prompts.py lambada_test.jsonl > lambada-first-sentences.jsonl

Each row of the input has a passage under "text". Taken: the first sentence of each passage, up to its first '.', '!' or '?' that is followed by
white space or a closing quote, if it has 5 to 40 words and has not come before; the first 1,000 of them.
"""
import json
import re
import sys

END = re.compile(r"^(.+?[.!?][\"'”’]?)(?=\s|$)", re.DOTALL)
seen = set()
for line in open(sys.argv[1], encoding="utf-8"):
    match = END.match(json.loads(line)["text"].strip())
    if not match:
        continue
    sentence = " ".join(match.group(1).split())
    if 5 <= len(sentence.split()) <= 40 and sentence not in seen:
        seen.add(sentence)
        print(json.dumps({"text": sentence}, ensure_ascii=False))
    if len(seen) == 1000:
        break
