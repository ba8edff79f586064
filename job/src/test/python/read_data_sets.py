#!/usr/bin/env python3
"""Reads data sets as users of a library do, and holds every value and type against what the job read.

    read_data_sets.py pandas|pyarrow|duckdb|datasets|spark SETS.json

SETS.json: a list of {name, folder, format, files, truth, types, card}: files in the order of their rows, truth a file of one JSON object a row, types the
columns' types in the words of the data set's card, card whether the folder's card names the files for the Hugging Face hub. Prints "NAME: N rows" for each
set that is the same, a line for each difference otherwise, and exits with status 1 then. pandas may give a whole number as a float where a column has nulls.
"""
import json, re, sys
from pathlib import Path

# What a library calls our types; in JSON lines there is one kind of whole number.
TYPES = {
    "pandas": {"long": "int64", "int": "int32", "double": "float64", "boolean": "bool"},
    "pyarrow": {"long": "int64", "int": "int32", "double": "double", "boolean": "bool", "string": "string"},
    "duckdb": {"long": "BIGINT", "int": "INTEGER", "double": "DOUBLE", "boolean": "BOOLEAN", "string": "VARCHAR"},
    "datasets": {"long": "int64", "int": "int32", "double": "float64", "boolean": "bool", "string": "string"},
    "spark": {"long": "bigint", "int": "int", "double": "double", "boolean": "boolean", "string": "string"},
}
ARRAYS = {"pandas": "object", "pyarrow": "list<{}>", "duckdb": "{}[]", "datasets": "list<{}>", "spark": "array<{}>"}

HUB = {"valid": "validation", "scored": "train"}  # our splits as the cards name them for the hub


def read_pandas(data):
    import pandas as pd

    if data["format"] == "parquet":
        table = pd.concat([pd.read_parquet(file) for file in data["files"]], ignore_index=True)
    else:
        exactly = {"lines": True, "dtype": False, "convert_dates": False, "precise_float": True}
        table = pd.concat([pd.read_json(file, **exactly) for file in data["files"]], ignore_index=True)
    return table.to_dict("records"), {name: str(kind) for name, kind in table.dtypes.items()}


def read_pyarrow(data):
    import pyarrow as pa, pyarrow.json, pyarrow.parquet

    read = pa.parquet.read_table if data["format"] == "parquet" else pa.json.read_json
    table = pa.concat_tables([read(file) for file in data["files"]], promote_options="permissive")
    return table.to_pylist(), {field.name: re.sub("(?<=<)(item|element): | not null", "", str(field.type)) for field in table.schema}


def read_duckdb(data):
    import duckdb

    table = duckdb.read_parquet(data["files"]) if data["format"] == "parquet" else duckdb.read_json(data["files"], sample_size=-1)
    kinds = [str(kind).replace("HUGEINT", "BIGINT") for kind in table.types]  # of JSON's largest whole numbers
    return [dict(zip(table.columns, row)) for row in table.fetchall()], dict(zip(table.columns, kinds))


def read_datasets(data):
    import datasets

    if data["card"]:
        splits = datasets.load_dataset(data["folder"])
        names = dict.fromkeys(Path(file).parent.name.rpartition(".")[2] for file in data["files"])
        table = datasets.concatenate_datasets([splits[HUB.get(name, name)] for name in names])
    else:
        table = datasets.load_dataset("parquet" if data["format"] == "parquet" else "json", data_files=data["files"], split="train")
    kinds = {name: f"list<{kind.feature.dtype}>" if hasattr(kind, "feature") else kind.dtype for name, kind in table.features.items()}
    return list(table), kinds


def read_spark(data):
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").config("spark.ui.showConsoleProgress", "false").config("spark.driver.host", "127.0.0.1").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    read = spark.read.parquet if data["format"] == "parquet" else spark.read.json
    table = read(*data["files"]) if data["format"] == "parquet" else read(data["files"])
    reader = spark.read.schema(table.schema)  # of all files; their order is kept by reading one by one
    one = reader.parquet if data["format"] == "parquet" else reader.json
    rows = [row.asDict(recursive=True) for file in data["files"] for row in one(file).collect()]
    return rows, dict(table.dtypes)


def plain(value):
    """A value as json.loads gives it."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list):
        return [plain(element) for element in value]
    if value is not None and value != value or type(value).__name__ in ("NAType", "NaTType"):
        return None
    return value


def same(found, truth, whole_as_float):
    if isinstance(truth, list):
        return isinstance(found, list) and len(found) == len(truth) and all(same(f, t, False) for f, t in zip(found, truth))
    kinds = type(found) is type(truth) or whole_as_float and type(truth) is int and type(found) is float
    return kinds and found == truth


def differences(reader, data):
    with open(data["truth"], encoding="utf-8") as lines:
        truth = [json.loads(line) for line in lines]
    columns = list(dict.fromkeys(name for row in truth for name in row))
    holes = {name for name in columns if any(row.get(name) is None for row in truth)}
    void = {name for name in columns if all(row.get(name) is None for row in truth)}
    rows, kinds = globals()["read_" + reader](data)
    if len(rows) != len(truth):
        yield f"{len(rows)} rows, not {len(truth)}"
        return
    if set(kinds) != set(columns):
        yield f"columns {sorted(kinds)}, not {sorted(columns)}"
    for i, (found, true) in enumerate(zip(rows, truth)):
        for name in columns:
            here = plain(found.get(name))
            if not same(here, true.get(name), reader == "pandas" and name in holes):
                yield f"row {i}, {name}: {here!r} ({type(here).__name__}), not {true.get(name)!r}"
    for name, kind in data["types"].items():
        word = kind.removeprefix("array of ")
        if data["format"] != "parquet":
            word = "long" if word == "int" else word
            if name in void:
                continue
        expected = TYPES[reader].get(word)
        expected = ARRAYS[reader].format(expected) if kind != word and kind.startswith("array") else expected
        if expected and kinds.get(name) != expected and not (reader == "pandas" and name in holes):
            yield f"{name} is {kinds.get(name)}, not {expected}"


reader, sets = sys.argv[1:]
failed = False
for data in json.load(open(sets, encoding="utf-8")):
    found = list(differences(reader, data))
    failed |= bool(found)
    for line in found[:20]:
        print(f"{data['name']}: {line}")
    if not found:
        print(f"{data['name']}: {sum(1 for _ in open(data['truth'], encoding='utf-8'))} rows")
sys.exit(failed)
