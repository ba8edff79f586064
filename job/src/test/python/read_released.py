#!/usr/bin/env python3
"""Reads a released layout by the RoBERTa detector's own code, detector/dataset.py of gpt-2-output-dataset.

    read_released.py FOLDER TEXTS.json NAME...

TEXTS.json: {NAME: {split: [text, ...]}}. The code imports torch, transformers and requests at its head but needs none of them to read texts: empty
stand-ins keep an installation of some gigabytes away. EncodedDataset, which makes tensors of the texts, is not run.
"""
import json, sys
from pathlib import Path
from types import ModuleType

NAMES = {"torch": [], "torch.nn": ["Module"], "torch.distributed": [], "torch.utils": [], "torch.utils.data": ["Dataset"],
         "transformers": ["PreTrainedTokenizer"], "requests": []}
for name, classes in NAMES.items():
    module = sys.modules[name] = ModuleType(name)
    for one in classes:
        setattr(module, one, type(one, (), {}))
    parent, _, child = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], child, module)
sys.modules["torch.distributed"].is_available = lambda: False

sys.path.insert(0, str(Path(__file__).parent / "gpt-2-output-dataset"))
from detector.dataset import Corpus

folder, texts, *names = sys.argv[1:]
read = {name: Corpus(name, data_dir=folder) for name in names}
Path(texts).write_text(json.dumps({name: {split: getattr(corpus, split) for split in ("train", "valid", "test")} for name, corpus in read.items()}), encoding="utf-8")
