#!/usr/bin/env python3
"""Reference values of the detector tfidf_lr from scikit-learn with the settings of baseline.py of gpt-2-output-dataset.

    make_detectors.py    # texts.jsonl and reference.json of resources/detect

texts.jsonl: rows {split, label, text} of words drawn from two distributions that are a little different. reference.json: what
TfidfVectorizer(ngram_range=(1, 2), min_df=5, max_features=2**21) and LogisticRegression(solver="liblinear") make of them: the number of terms, the
idf of every 40th, the features of every 25th test row, the C with the highest accuracy on the validation rows (the first of equal ones) and the
accuracies of validation and test. The model is fitted to the training rows alone.
"""
import json, random
from pathlib import Path
import sklearn
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

FOLDER = Path(__file__).resolve().parents[1] / "resources/detect"
ODD = ["Ärger", "ÉTÉ", "naïve", "e\u0301te\u0301", "don't", "x_1", "_", "42", "3.14", "a", "I", "½", "½½", "日本語", "İstanbul", "ΟΔΟΣ", "co-op", "\u200dzwj", "ⅷⅷ", "𝒜𝒜"]

def texts(rng, label, count):
    words = [f"word{i}" for i in range(120)] + ODD
    weights = [1 / (5 + i) * (1 + (0.5 if label == "synthetic" and i % 3 == 0 else 0)) for i in range(120)] + [0.01] * len(ODD)
    return [" ".join(rng.choices(words, weights, k=rng.randint(20, 60))) for _ in range(count)]

rng = random.Random(2019)
rows = []
for split, count in (("train", 150), ("valid", 60), ("test", 100)):
    both = [(label, text) for label in ("human", "synthetic") for text in texts(rng, label, count)]
    rng.shuffle(both)
    rows += [{"split": split, "label": label, "text": text} for label, text in both]
(FOLDER / "texts.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")

part = {s: [r for r in rows if r["split"] == s] for s in ("train", "valid", "test")}
text = {s: [r["text"] for r in part[s]] for s in part}
label = {s: [int(r["label"] == "synthetic") for r in part[s]] for s in part}
vectorizer = TfidfVectorizer(ngram_range=(1, 2), min_df=5, max_features=2**21)
features = {"train": vectorizer.fit_transform(text["train"])}
features.update({s: vectorizer.transform(text[s]) for s in ("valid", "test")})
best = None
for exponent in range(-6, 7):
    model = LogisticRegression(solver="liblinear", C=2.0**exponent).fit(features["train"], label["train"])
    accuracy = model.score(features["valid"], label["valid"])
    if best is None or accuracy > best[0]: best = (accuracy, 2.0**exponent, model)
names = vectorizer.get_feature_names_out()
rows_out = []
for i in range(0, len(part["test"]), 25):
    row = features["test"][i]
    rows_out.append({"row": i, "features": {names[j]: float(v) for j, v in zip(row.indices, row.data)}})
reference = {"sklearn": sklearn.__version__, "terms": len(names), "idf": {names[i]: float(vectorizer.idf_[i]) for i in range(0, len(names), 40)},
             "test_rows": rows_out, "C": best[1], "valid_accuracy": best[0], "test_accuracy": best[2].score(features["test"], label["test"]),
             "test_probabilities": [float(p) for p in best[2].predict_proba(features["test"])[:, 1]]}
(FOLDER / "reference.json").write_text(json.dumps(reference, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
