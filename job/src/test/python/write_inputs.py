#!/usr/bin/env python3
"""Writes small files of texts as pandas, pyarrow and json write them, and what these libraries read of them.

    write_inputs.py SEED COUNT FOLDER

A line of FOLDER/manifest.jsonl tells of a file: its name, the format that is given by --input-format (null for none),
whether it is plain (the name is right, the text UTF-8, the dialect the usual one: it must be read), what it is, and its
readings: the rows as the libraries read them, as the format that is given or that the name tells, and the rows as they
were written where these are others. A file depends on the seed and its number alone.
"""
import bz2, csv, datetime, decimal, gzip, io, json, lzma, math, os, random, re, sys, uuid

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from pass_types import told

UTC = datetime.timezone.utc
# What each format's names end in, and each codec's.
ENDINGS = {
    "text": [".txt", ".text"],
    "jsonl": [".jsonl", ".ndjson", ".jsonlines", ".json"],
    "json": [".json"],
    "csv": [".csv"],
    "tsv": [".tsv"],
    "parquet": [".parquet", ".pq", ""],
}
PACKED = {"none": [""], "gzip": [".gz", ".gzip"], "bz2": [".bz2"], "zstd": [".zst", ".zstd"], "xz": [".xz"], "lz4": [".lz4"]}
OTHER_ENDINGS = ["", ".dat", ".txt", ".jsonl", ".json", ".csv", ".tsv", ".parquet", ".log.txt", ".csv.bak", ".xml"]

LETTERS = ["a", "b", "e", "t", " ", ".", ",", ";", "'", "#", "\\", "\t", '"', "{", "]", "/", "<", "NaN", "null", "0", "-"]
BEYOND = ["\u00e9", "\u00df", "\u0416", "\u4e2d", "\U0001f600", "\u2028", "\u0085", "\u00a0", "e\u0301", "\u200d"]
# No two of them are a character in UTF-8.
LATIN = ["\u00e9", "\u00fc", "\u00f1", "\u00df", "\u00d8"]
LINE_ENDS = ["\n", "\n", "\r\n", "\r"]


def text(rng, encoding, lines=LINE_ENDS, nul=False):
    letters = LETTERS + (LATIN if encoding == "latin-1" else BEYOND)
    parts = []
    for _ in range(rng.randrange(25)):
        if lines and rng.random() < 0.06:
            parts.append(rng.choice(lines))
        elif nul and rng.random() < 0.02:
            parts.append("\0")
        else:
            parts.append(rng.choice(letters))
    return "".join(parts)


def number(rng):
    return rng.choice([0.0, -0.0, 0.1, 1e300, 5e-324, -1e-7, 1e22, 123456789.125, rng.uniform(-1, 1), rng.gauss(0, 1e6)])


def whole(rng, bits, signed=True):
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    return rng.choice([low, high, 0, 1, rng.randint(low, high), rng.randint(max(low, -99), 99)])


# Text lines, CSV and TSV


def text_lines(rng, encoding):
    texts = [text(rng, encoding, lines=None) for _ in range(rng.randrange(20))]
    end = rng.choice(["\n", "\r\n"])
    content = end.join(texts) + (end if rng.random() < 0.8 else "")
    return content, as_lines(content), True, "text lines"


def as_lines(content):
    lines = [line.removesuffix("\r") for line in content.split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return [{"text": line} for line in lines]


def delimited(rng, encoding, tabs):
    rows = rng.randrange(1, 20) if rng.random() < 0.95 else 0
    nul = rng.random() < 0.05
    options = {"quoting": rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])}
    options["lineterminator"] = rng.choice(["\n", "\n", "\r\n"])
    usual = rng.random() < 0.85
    if not usual:
        options.update(rng.choice([{"doublequote": False, "escapechar": "\\"}, {"lineterminator": "\r"}, {"quotechar": "'"}]))
    # Before Python 3.13 a single \r is not put in quotes, and pandas itself does not read it back.
    lines = LINE_ENDS if usual and options["quoting"] != csv.QUOTE_MINIMAL else ["\n"] if options["lineterminator"] != "\r" else None
    columns = {}
    for name in rng.sample(["n", "x", "flag", "note", "a b", "Text", "q,\"", "d"], rng.randrange(5)):
        columns[name] = {
            "n": lambda: whole(rng, 64),
            "x": lambda: rng.choice([None, number(rng)]),
            "flag": lambda: rng.random() < 0.5,
            "d": lambda: rng.choice([None, datetime.date(2026, 1, rng.randrange(1, 29))]),
        }.get(name, lambda: rng.choice([None, text(rng, encoding, lines)]))
    columns["text"] = lambda: text(rng, encoding, lines, nul)
    names = list(columns)
    rng.shuffle(names)
    frame = {name: [columns[name]() for _ in range(rows)] for name in names}
    index = rng.random() < 0.15
    table = pd.DataFrame(frame)
    content = table.to_csv(sep="\t" if tabs else ",", index=index, **options)
    if index:
        frame = {"": list(range(rows)), **frame}
    cells = {name: ["" if value is None or value != value else str(value) for value in values] for name, values in frame.items()}
    written = [dict(zip(cells, row)) for row in zip(*cells.values())]
    return content, written, usual and not nul, f"{'TSV' if tabs else 'CSV'} {options}"


def as_delimited(content, tabs):
    """What pandas reads: all cells as texts under the first record, whatever its names are."""
    try:
        options = {"header": None, "dtype": str, "keep_default_na": False, "na_filter": False, "on_bad_lines": "skip"}
        table = pd.read_csv(io.StringIO(content), sep="\t" if tabs else ",", **options)
    except (pd.errors.ParserError, pd.errors.EmptyDataError):
        return None
    return under_header([["" if cell != cell else cell for cell in row] for row in table.itertuples(index=False, name=None)])


def as_records(content, tabs):
    """What the module csv reads, which goes on where pandas gives up."""
    try:
        return under_header([row for row in csv.reader(io.StringIO(content, newline=""), delimiter="\t" if tabs else ",") if row])
    except csv.Error:
        return None


def under_header(records):
    return [dict(zip(records[0], row)) for row in records[1:] if len(row) == len(records[0])] if records else []


# JSON


def json_value(rng, encoding, depth=0):
    kind = rng.randrange(7 if depth < 3 else 5)
    if kind < 5:
        scalars = [lambda: None, lambda: rng.random() < 0.5, lambda: rng.choice([2**63, -(2**70), whole(rng, 64)]), lambda: number(rng), lambda: text(rng, encoding, nul=True)]
        return scalars[kind]()
    if kind == 5:
        return [json_value(rng, encoding, depth + 1) for _ in range(rng.randrange(4))]
    return {key: json_value(rng, encoding, depth + 1) for key in rng.sample(["a", "b", "\u00e9", "", "a.b", 'q"'], rng.randrange(4))}


def json_rows(rng, encoding):
    names = rng.sample(["n", "value", "list", "a.b", "Text", "\u00e9"], rng.randrange(4))
    rows = []
    for _ in range(rng.randrange(1, 20) if rng.random() < 0.95 else 0):
        row = {name: json_value(rng, encoding) for name in names if rng.random() < 0.9}
        row["text"] = text(rng, encoding, nul=rng.random() < 0.1) if rng.random() < 0.98 else rng.choice([None, 7, ["a"]])
        if rng.random() < 0.05:
            row["x"] = rng.choice([math.nan, math.inf, -math.inf])
        rows.append(row)
    return rows


def frame_of_json(rng, encoding):
    """What pandas has types for; its writer keeps 15 digits."""
    kinds = {
        "text": lambda: text(rng, encoding),
        "n": lambda: whole(rng, 53),
        "x": lambda: rng.choice([None, rng.uniform(-1, 1), rng.gauss(0, 1e6), 1e-9]),
        "flag": lambda: rng.random() < 0.5,
        "list": lambda: [whole(rng, 32) for _ in range(rng.randrange(3))],
        "at": lambda: datetime.datetime(2026, 1, rng.randrange(1, 29), 3, 4, 5),
        "object": lambda: {"a": text(rng, encoding), "b": None},
    }
    names = ["text"] + rng.sample([name for name in kinds if name != "text"], rng.randrange(4))
    rng.shuffle(names)
    count = rng.randrange(1, 20)
    return pd.DataFrame({name: [kinds[name]() for _ in range(count)] for name in names})


def json_text(rng, encoding, lines):
    ascii_only = rng.random() < 0.5
    if rng.random() < 0.4:
        indent = None if lines else rng.choice([None, 2])
        frame = frame_of_json(rng, encoding)
        content = frame.to_json(orient="records", lines=lines, force_ascii=ascii_only, indent=indent, double_precision=15, date_format=rng.choice(["iso", "epoch"]))
        return content, as_json(content), True, f"pandas.to_json lines={lines} indent={indent} force_ascii={ascii_only}"
    rows = json_rows(rng, encoding)
    if ascii_only and rng.random() < 0.1 and rows:
        rows[-1]["text"] = "a\ud800b"  # which only an escape can tell
    separators = rng.choice([None, (",", ":")])
    end = rng.choice(["\n", "\n", "\r\n"])
    if lines:
        content = end.join(json.dumps(row, ensure_ascii=ascii_only, separators=separators) for row in rows)
        content += end if rng.random() < 0.8 else ""
        what = "json.dumps of lines"
    else:
        indent = rng.choice([None, 2, "\t"])
        if rng.random() < 0.15 and indent and len(rows) > 1:
            content = end.join(json.dumps(row, ensure_ascii=ascii_only, indent=indent) for row in rows)
        else:
            content = json.dumps(rows, ensure_ascii=ascii_only, indent=indent, separators=separators)
        what = f"json.dumps indent={indent!r}"
    return content, as_json(content), True, what + f" ensure_ascii={ascii_only}"


def of_json(value):
    """A value of json with the words that JSON lines have for numbers beyond all numbers."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, list):
        return [of_json(element) for element in value]
    return {key: of_json(element) for key, element in value.items()} if isinstance(value, dict) else value


def as_json(content):
    """The objects of an array, or one behind the other; of what is neither, those that are lines."""
    decoder = json.JSONDecoder(parse_float=decimal.Decimal)
    values = []
    at = 0
    try:
        while content[at:].strip():
            at += len(content[at:]) - len(content[at:].lstrip())
            value, at = decoder.raw_decode(content, at)
            values += value if isinstance(value, list) else [value]
    except ValueError:
        values = []
        for line in content.split("\n"):
            try:
                values.append(decoder.decode(line))
            except ValueError:
                pass
    return [of_json(value) for value in values if isinstance(value, dict)]


# Parquet


def scalar_kinds(rng, nanos):
    unit = rng.choice(["s", "ms", "us", "ns"])
    precision = rng.randrange(1, 39)
    kinds = [pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64(), pa.bool_()]
    kinds += [pa.float16(), pa.float32(), pa.float64(), pa.string(), pa.large_string(), pa.binary(), pa.binary(3), pa.large_binary()]
    kinds += [pa.decimal128(precision, rng.randrange(precision + 1)), pa.decimal256(precision + 38, 7), pa.date32(), pa.date64()]
    kinds += [pa.time32("s"), pa.time32("ms"), pa.time64("us"), pa.time64("ns"), pa.timestamp(unit), pa.timestamp(unit, "Europe/Berlin"), pa.duration(unit)]
    return kinds


def random_kind(rng, nanos, depth=0):
    choice = rng.random()
    if depth == 0 and choice < 0.12:
        return rng.choice([pa.null(), pa.string_view(), pa.binary_view(), pa.uuid(), pa.json_(), pa.dictionary(pa.int32(), pa.string()), pa.dictionary(pa.int8(), pa.int64())])
    if depth > 2 or choice < 0.7:
        return rng.choice(scalar_kinds(rng, nanos))
    inner = random_kind(rng, nanos, depth + 1)
    if choice < 0.82:
        return rng.choice([pa.list_, pa.large_list, lambda kind: pa.list_(kind, 2)])(inner)
    if choice < 0.9:
        return pa.map_(rng.choice([pa.string(), pa.int16(), pa.date32()]), inner)
    return pa.struct([("a", inner)] + [(name, random_kind(rng, nanos, depth + 1)) for name in rng.sample(["b", "c.d", "\u00e9"], rng.randrange(3))])


def value_of(rng, kind, none=True):
    """A random value of a type, in Python's words."""
    if none and rng.random() < 0.15 or pa.types.is_null(kind):
        return None
    if isinstance(kind, pa.BaseExtensionType):
        return rng.randbytes(16) if kind == pa.uuid() else json.dumps(of_json(json_value(rng, "utf-8")))
    if pa.types.is_dictionary(kind):
        return rng.choice(["a", "", "\u4e2d"]) if pa.types.is_string(kind.value_type) else rng.choice([1, -(2**63)])
    if pa.types.is_map(kind):
        keys = {value_of(rng, kind.key_type, none=False) for _ in range(rng.randrange(3))}
        return [(key, value_of(rng, kind.item_type)) for key in sorted(keys)]
    if pa.types.is_struct(kind):
        return {field.name: value_of(rng, field.type) for field in kind}
    if pa.types.is_fixed_size_list(kind):
        return [value_of(rng, kind.value_type) for _ in range(kind.list_size)]
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return [value_of(rng, kind.value_type) for _ in range(rng.randrange(4))]
    if pa.types.is_boolean(kind):
        return rng.random() < 0.5
    if pa.types.is_integer(kind):
        return whole(rng, kind.bit_width, pa.types.is_signed_integer(kind))
    if pa.types.is_floating(kind):
        value = rng.choice([math.nan, math.inf, -math.inf, -0.0, 0.1, rng.gauss(0, 100)])
        return np.float16(value) if pa.types.is_float16(kind) else value
    if pa.types.is_decimal(kind):
        digits = rng.randrange(1, kind.precision + 1)
        return decimal.Decimal((rng.randrange(2), tuple(rng.randrange(10) for _ in range(digits)), -kind.scale))
    if pa.types.is_date(kind):
        return datetime.date.fromordinal(rng.choice([1, rng.randint(1, 3652059), rng.randint(700000, 760000)]))
    if pa.types.is_time(kind):
        seconds, micros = rng.randrange(86400), rng.choice([0, 1, 500000, 999999, 678000])
        micros = 0 if kind.unit == "s" else micros // 1000 * 1000 if kind.unit == "ms" else micros
        return (datetime.datetime.min + datetime.timedelta(seconds=seconds, microseconds=micros)).time()
    if pa.types.is_timestamp(kind) or pa.types.is_duration(kind):
        steps = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[kind.unit]
        seconds = rng.choice([0, -1, 10**9, rng.randint(-8 * 10**9, 9 * 10**9)])
        value = seconds * steps + (0 if kind.unit == "s" else rng.randrange(steps) // (1000 if kind.unit == "ns" else 1) * (1000 if kind.unit == "ns" else 1))
        return value
    if pa.types.is_fixed_size_binary(kind):
        return rng.randbytes(kind.byte_width)
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind):
        return rng.randbytes(rng.randrange(6))
    return text(rng, "utf-8", nul=True)


def parquet(rng):
    rows = rng.randrange(1, 20) if rng.random() < 0.95 else 0
    version = rng.choice(["1.0", "2.4", "2.6"])
    old_times = rng.random() < 0.1
    text_kind = rng.choice([pa.string()] * 6 + [pa.large_string(), pa.string_view(), pa.binary(), pa.dictionary(pa.int32(), pa.string())])
    kinds = {}
    for name in rng.sample(["n", "x", "a.b", "\u00e9", "Text", "with space", "", "list", "element"], rng.randrange(6)):
        kinds[name] = rng.choice(scalar_kinds(rng, True)) if old_times else random_kind(rng, True)
    kinds["text"] = text_kind
    names = list(kinds)
    rng.shuffle(names)
    columns = {}
    for name in names:
        if name == "text":
            values = [text(rng, "utf-8", nul=True) if rng.random() < 0.97 else None for _ in range(rows)]
            values = [value.encode() if value is not None and pa.types.is_binary(text_kind) else value for value in values]
        else:
            values = [value_of(rng, kinds[name]) for _ in range(rows)]
        columns[name] = pa.array(values, kinds[name])
    options = {
        "version": version,
        "compression": rng.choice(["none", "snappy", "gzip", "zstd", "lz4"]),
        "use_dictionary": rng.random() < 0.5,
        "data_page_version": rng.choice(["1.0", "2.0"]),
        "row_group_size": rng.choice([1, 3, 7, 1000]),
        "store_schema": rng.random() < 0.8,
        "write_page_index": rng.random() < 0.3,
        "write_page_checksum": rng.random() < 0.3,
        "use_compliant_nested_type": rng.random() < 0.7,
        "data_page_size": rng.choice([1, 64, None]),
        "write_batch_size": rng.choice([1, 5, None, None]),
        "use_deprecated_int96_timestamps": old_times,
    }
    if not options["use_dictionary"] and rng.random() < 0.4 and pa.types.is_string(text_kind):
        options["column_encoding"] = {"text": rng.choice(["PLAIN", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"])}
    table = pa.table(columns)
    if rng.random() < 0.1:  # by way of pandas, which adds its index and its notes
        table = pa.Table.from_pandas(table.to_pandas(types_mapper=pd.ArrowDtype), schema=None, preserve_index=True)
    out = pa.BufferOutputStream()
    pq.write_table(table, out, **options)
    content = out.getvalue().to_pybytes()
    # Small pages of nested columns may be empty, which Java's reader takes for damage.
    plain = not (options["data_page_size"] and any(map(pa.types.is_nested, table.schema.types)))
    try:
        table = pq.ParquetFile(pa.BufferReader(content)).read()
    except (pa.ArrowException, OSError):  # pyarrow does not read all small pages that it writes
        out, plain = pa.BufferOutputStream(), False
        pq.write_table(table, out, **{name: options[name] for name in ("version", "store_schema", "use_deprecated_int96_timestamps")})
        try:
            table = pq.ParquetFile(pa.BufferReader(out.getvalue())).read()
        except (pa.ArrowException, OSError):
            pass
    return content, rows_of(table, old_times), plain, f"Parquet {list(options.values())} {table.schema.types}"


def rows_of(table, old_times):
    columns = {}
    for field in table.schema:
        kind, column = field.type, table[field.name]
        if old_times and pa.types.is_timestamp(kind):  # of the old kind each is an instant
            kind = pa.timestamp(kind.unit, "UTC")
            column = column.cast(kind)
        values = column.to_pylist()
        is_text = field.name == "text" and pa.types.is_binary(kind)
        columns[field.name] = [value and value.decode() if is_text and value else "" if is_text and value == b"" else told(value, kind) for value in values]
    return [dict(zip(columns, row)) for row in zip(*columns.values())] if columns else []


# Names, codecs and the manifest


def packed(rng, codec, content):
    """One or two streams one behind the other."""
    cut = rng.randrange(len(content) + 1) if rng.random() < 0.2 else 0
    return b"".join(packed_once(codec, part) for part in ([content[:cut], content[cut:]] if cut else [content]))


def packed_once(codec, content):
    if codec in ("zstd", "lz4"):
        out = pa.BufferOutputStream()
        with pa.CompressedOutputStream(out, codec) as stream:
            stream.write(content)
        return out.getvalue().to_pybytes()
    return {"none": lambda: content, "gzip": lambda: gzip.compress(content, 1), "bz2": lambda: bz2.compress(content, 1), "xz": lambda: lzma.compress(content, preset=0)}[codec]()


def named(name):
    """The format that the end of a name tells; null for none."""
    name = name.lower()
    for ending in (ending for endings in PACKED.values() for ending in endings if ending):
        if name.endswith(ending):
            name = name[: -len(ending)]
            break
    for kind, endings in ENDINGS.items():
        if any(ending and name.endswith(ending) for ending in endings):
            return kind
    return None


def readings(kind, content, written, encoding):
    """The rows as the library reads them, and as they were written; rows without a text are left out."""
    found = []
    if encoding in ("utf-8", "utf-8-sig", "latin-1") and kind is not None and kind != "parquet":
        characters = content.decode("utf-8", "replace").removeprefix("\ufeff")
        if kind in ("csv", "tsv"):
            found += [as_delimited(characters, kind == "tsv"), as_records(characters, kind == "tsv")]
        else:
            found.append(as_lines(characters) if kind == "text" else as_json(characters))
    elif kind == "parquet":
        found.append(written)
    found = [[row for row in rows if "text" in row and "\ufffd" not in str(row)] for rows in found if rows is not None]
    found.append(written)
    return [reading for at, reading in enumerate(found) if reading not in found[:at]]


def write(rng, number, folder):
    kind = rng.choice(["text", "jsonl", "jsonl", "json", "csv", "csv", "tsv", "parquet", "parquet", "parquet"])
    encoding = "utf-8" if kind == "parquet" or rng.random() < 0.75 else rng.choice(["utf-8-sig", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1"])
    if kind == "parquet":
        content, written, plain, what = parquet(rng)
    else:
        made = {
            "text": lambda: text_lines(rng, encoding),
            "jsonl": lambda: json_text(rng, encoding, True),
            "json": lambda: json_text(rng, encoding, False),
            "csv": lambda: delimited(rng, encoding, False),
            "tsv": lambda: delimited(rng, encoding, True),
        }
        content, written, plain, what = made[kind]()
        content = content.encode(encoding)
        plain = plain and encoding in ("utf-8", "utf-8-sig")
    codec = "none" if kind == "parquet" and rng.random() < 0.95 or rng.random() < 0.4 else rng.choice(list(PACKED))
    ending, codec_ending = rng.choice(ENDINGS[kind]), rng.choice(PACKED[codec])
    given = kind if rng.random() < 0.1 else None
    plain = plain and (kind != "parquet" or codec == "none")
    way = rng.random()
    if way < 0.06:
        ending = rng.choice(OTHER_ENDINGS)
        plain = plain and given is not None
    elif way < 0.1:
        codec_ending = rng.choice([ending for endings in PACKED.values() for ending in endings])
        plain = plain and codec_ending in PACKED[codec]
    elif way < 0.13:
        ending, codec_ending = rng.choice([(ending + ending, codec_ending), (ending, codec_ending + codec_ending)])
        plain = plain and codec_ending in PACKED[codec]
    stream = packed(rng, codec, content)
    if rng.random() < 0.02:
        stream, codec_ending, plain = packed(rng, codec, stream), rng.choice([codec_ending, codec_ending * 2]), plain and codec == "none"
    stem = f"{number:06}" + rng.choice([""] * 20 + [" x", "[1]", "%20", "=x", "{a,b}", "-v"])
    ends = ending + codec_ending
    name = stem + (ends.upper() if rng.random() < 0.05 else ends)
    with open(os.path.join(folder, name), "wb") as file:
        file.write(stream)
    rows = readings(given or named(name), content, written, encoding)
    return {"file": name, "given": given, "plain": bool(plain), "what": f"{what} {encoding} {codec}", "readings": rows}


def exact(value):
    """A decimal, which json has no number for: it becomes one in the line."""
    if isinstance(value, decimal.Decimal):
        return f"\0decimal {value}"
    raise TypeError(f"{value!r} has no form in JSON")


def main(seed, count, folder):
    with open(os.path.join(folder, "manifest.jsonl"), "w", encoding="utf-8") as manifest:
        for number_of_file in range(int(count)):
            line = json.dumps(write(random.Random(f"{seed} {number_of_file}"), number_of_file, folder), default=exact, allow_nan=False)
            manifest.write(re.sub(r'"\\u0000decimal ([-+.0-9E]+)"', r"\1", line) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
