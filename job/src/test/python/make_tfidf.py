#!/usr/bin/env python3
"""Reference values of the TF-IDF baseline (scikit-learn 1.9.1), with the settings of the public gpt-2-output-dataset's
baseline.py: TfidfVectorizer(ngram_range=(1, 2), min_df=5, max_features=2**21), LogisticRegression(solver="liblinear"), C by
the validation split, fit on the train split alone.

    make_tfidf.py --make FILE      writes a small corpus of two kinds of made-up text and FILE's reference values beside it
    make_tfidf.py --corpus DIR     prints C and accuracies on a corpus of `scriptorium corpus`, each family against human text
"""
import argparse
import collections
import glob
import json
import os
import random
import re

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

GRID = [2.0**e for e in range(-6, 7)]


def fit(rows):
    split = {name: [row for row in rows if row["split"] == name] for name in ("train", "valid", "test")}
    label = {name: [row["label"] == "synthetic" for row in part] for name, part in split.items()}
    vectors = TfidfVectorizer(ngram_range=(1, 2), min_df=5, max_features=2**21)
    x = {"train": vectors.fit_transform([row["text"] for row in split["train"]])}
    for name in ("valid", "test"):
        x[name] = vectors.transform([row["text"] for row in split[name]])
    best = None
    for c in GRID:
        model = LogisticRegression(solver="liblinear", C=c).fit(x["train"], label["train"])
        accuracy = model.score(x["valid"], label["valid"])
        if best is None or accuracy > best[0]:
            best = (accuracy, c, model)
    _, c, model = best
    guess = model.predict(x["test"])
    return vectors, x, {
        "features": len(vectors.vocabulary_),
        "C": c,
        "accuracy": balanced_accuracy_score(label["test"], guess),
        "roc_auc": roc_auc_score(label["test"], model.decision_function(x["test"])),
    }


def make(path):
    random.seed(5)
    words = ["the", "a", "sea", "Ship", "captain's", "went", "naïve", "x1", "I", "über", "day-break", "said", "old", "_it", "Straße"]
    words += ["w%d" % i for i in range(120)]
    rows = []
    for i in range(600):
        synthetic = i % 2 == 1
        weights = [1.0 / (k + 1) ** (0.8 if synthetic else 0.45) for k in range(len(words))]
        text = " ".join(random.choices(words, weights, k=random.randint(20, 60)))
        text = re.sub(r"(\w+) (\w+) ", r"\1, \2 ", text, count=3)
        split = "train" if i < 400 else "valid" if i < 500 else "test"
        rows.append({"split": split, "text": text, "label": "synthetic" if synthetic else "human"})
    with open(path, "w", encoding="utf-8") as out:
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    vectors, x, values = fit(rows)
    names = vectors.get_feature_names_out()
    first = x["train"][0]
    values["first_row"] = {names[j]: v for j, v in sorted(zip(first.indices.tolist(), first.data.tolist()))}
    values["idf"] = {name: float(vectors.idf_[vectors.vocabulary_[name]]) for name in ("ship", "captain", "the sea", "straße", "x1", "w3")
                     if name in vectors.vocabulary_}
    with open(path.replace(".jsonl", ".json"), "w", encoding="utf-8") as out:
        json.dump(values, out, ensure_ascii=False, indent=1)
    print(values["features"], values["C"], values["accuracy"], values["roc_auc"])


def corpus(folder):
    rows = []
    for path in sorted(glob.glob(os.path.join(folder, "*.*", "part-*.jsonl"))):
        with open(path, encoding="utf-8") as lines:
            rows += [json.loads(line) for line in lines]
    for family in sorted({row["family"] for row in rows} - {"human"}):
        part = [row for row in rows if row["family"] in ("human", family)]
        print(family, dict(collections.Counter(row["split"] for row in part)), fit(part)[2], flush=True)


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--make")
parser.add_argument("--corpus")
given = parser.parse_args()
if given.make:
    make(given.make)
if given.corpus:
    corpus(given.corpus)
