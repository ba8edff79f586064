#!/usr/bin/env python3
"""Writes a Parquet file with a column of every type of pyarrow, and holds what `score` made of it against it.

    pass_types.py write FILE.parquet
    pass_types.py compare FILE.parquet SHARD.jsonl SHARD.parquet

Prints "N columns, M rows" where all are the same, a line for each difference otherwise, and exits with status 1 then.
"""
import base64, datetime, decimal, json, math, sys, uuid

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

D, DAY, TIME, TS, DELTA = decimal.Decimal, datetime.date, datetime.time, datetime.datetime, datetime.timedelta
UTC = datetime.timezone.utc
NAN, INF = math.nan, math.inf
AT = TS(2026, 1, 2, 3, 4, 5, 678000)


def columns():
    whole = {f"int{bits}": pa.array([-(2 ** (bits - 1)), 2 ** (bits - 1) - 1, None], getattr(pa, f"int{bits}")()) for bits in (8, 16, 32, 64)}
    unsigned = {f"uint{bits}": pa.array([0, 2**bits - 1, None], getattr(pa, f"uint{bits}")()) for bits in (8, 16, 32, 64)}
    stamps = {f"timestamp_{unit}": pa.array([AT.replace(microsecond=0), TS(1, 1, 1) if unit != "ns" else TS(1700, 1, 1), None], pa.timestamp(unit)) for unit in ("s", "ms", "us", "ns")}
    zones = {f"instant_{unit}": pa.array([AT.replace(microsecond=0, tzinfo=UTC), TS(1969, 12, 31, tzinfo=UTC), None], pa.timestamp(unit, "America/New_York")) for unit in ("s", "ms", "us", "ns")}
    spans = {f"duration_{unit}": pa.array([DELTA(days=1, seconds=2), DELTA(seconds=-3), None], pa.duration(unit)) for unit in ("s", "ms", "us", "ns")}
    struct = pa.struct([("u", pa.uint32()), ("raw", pa.binary()), ("list", pa.list_(pa.float32()))])
    return {
        "text": pa.array(["One", "Two", "Three"]),
        "null": pa.nulls(3),
        "bool": pa.array([True, False, None]),
        **whole,
        **unsigned,
        "half": pa.array([np.float16(0.1), np.float16(NAN), None], pa.float16()),
        "float": pa.array([0.1, -INF, -0.0], pa.float32()),
        "double": pa.array([0.1, NAN, -0.0], pa.float64()),
        "decimal32": pa.array([D("1.10"), D("-9.99"), None], pa.decimal32(3, 2)),
        "decimal64": pa.array([D("1.10"), D("-99999999.99"), None], pa.decimal64(10, 2)),
        "decimal128": pa.array([D("0.1"), D("9" * 37 + ".9"), None], pa.decimal128(38, 1)),
        "decimal256": pa.array([D("1"), D("-" + "9" * 76), None], pa.decimal256(76, 0)),
        "date32": pa.array([DAY(1, 1, 1), DAY(1582, 10, 10), None], pa.date32()),
        "date64": pa.array([DAY(1, 1, 1), DAY(9999, 12, 31), None], pa.date64()),
        "time_s": pa.array([TIME(0), TIME(23, 59, 59), None], pa.time32("s")),
        "time_ms": pa.array([TIME(0), TIME(23, 59, 59, 999000), None], pa.time32("ms")),
        "time_us": pa.array([TIME(0), TIME(23, 59, 59, 999999), None], pa.time64("us")),
        "time_ns": pa.array([TIME(0), TIME(23, 59, 59, 999999), None], pa.time64("ns")),
        **stamps,
        **zones,
        **spans,
        "binary": pa.array([b"text", b"\xff\x00", None], pa.binary()),
        "fixed": pa.array([b"abc", b"\xff\x00\x01", None], pa.binary(3)),
        "large_binary": pa.array([b"", b"\xff", None], pa.large_binary()),
        "binary_view": pa.array([b"", b"\xff", None], pa.binary_view()),
        "large_string": pa.array(["caf\u00e9", "\u2028", None], pa.large_string()),
        "string_view": pa.array(["", "0", None], pa.string_view()),
        "dictionary": pa.array(["a", "b", None]).dictionary_encode(),
        "uuid": pa.array([uuid.UUID(int=1).bytes, uuid.UUID(int=2**128 - 1).bytes, None], pa.uuid()),
        "json": pa.array(['{"a": 1}', "[]", None], pa.json_()),
        "list": pa.array([[1, None], [], None], pa.list_(pa.uint64())),
        "large_list": pa.array([[1.5, NAN], [], None], pa.large_list(pa.float64())),
        "fixed_list": pa.array([[1, 2], [3, None], [4, 5]], pa.list_(pa.int16(), 2)),
        "struct": pa.array([{"u": 2**32 - 1, "raw": b"\xff", "list": [0.1]}, {"u": None, "raw": None, "list": None}, None], struct),
        "map": pa.array([[("a", 1), ("b", None)], [], None], pa.map_(pa.string(), pa.int8())),
        "day_map": pa.array([[(DAY(2026, 1, 2), [b"x"])], [], None], pa.map_(pa.date32(), pa.list_(pa.binary()))),
        "nested": pa.array([[[{"t": AT}], None], [], None], pa.list_(pa.list_(pa.struct([("t", pa.timestamp("us"))])))),
    }


def fraction(text):
    """Seconds with as many digits as Java's: none or a multiple of three."""
    head, _, digits = text.partition(".")
    digits = digits.rstrip("0")
    return head if not digits else head + "." + digits.ljust(-(-len(digits) // 3) * 3, "0")


def span(nanos):
    """A duration as Java writes it."""
    sign, nanos = (-1 if nanos < 0 else 1), abs(nanos)
    hours, rest = divmod(nanos, 3600 * 10**9)
    minutes, rest = divmod(rest, 60 * 10**9)
    seconds, rest = divmod(rest, 10**9)
    text = (f"{sign * hours}H" if hours else "") + (f"{sign * minutes}M" if minutes else "")
    digits = f".{rest:09}".rstrip("0") if rest else ""
    sign = "-" if sign < 0 else ""
    return "PT" + text + (f"{sign}{seconds}{digits}S" if seconds or digits or not text else "")


def told(value, kind):
    """What JSON lines must have of a value of a type."""
    if value is None:
        return None
    if isinstance(kind, pa.BaseExtensionType):
        return str(value) if isinstance(value, uuid.UUID) else value
    if pa.types.is_dictionary(kind):
        return told(value, kind.value_type)
    if pa.types.is_map(kind):
        return {str(told(key, kind.key_type)): told(item, kind.item_type) for key, item in value}
    if pa.types.is_struct(kind):
        return {field.name: told(value[field.name], field.type) for field in kind}
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return [told(element, kind.value_type) for element in value]
    if pa.types.is_floating(kind):
        value = float(value if pa.types.is_float64(kind) else str(np.float32(value)))  # the shortest that tells it
        return "NaN" if math.isnan(value) else ("-" if value < 0 else "") + "Infinity" if math.isinf(value) else value
    if pa.types.is_duration(kind):
        nanos = {"s": 10**9, "ms": 10**6, "us": 1000, "ns": 1}[kind.unit]
        return span(pa.scalar(value, kind).cast(pa.int64()).as_py() * nanos)
    if pa.types.is_timestamp(kind):
        text = fraction((value.astimezone(UTC) if kind.tz else value).replace(tzinfo=None).isoformat())
        return text + ("Z" if kind.tz else "")
    if pa.types.is_time(kind):
        return fraction(value.isoformat())
    if isinstance(value, DAY):
        return value.isoformat()
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def same(one, other):
    if isinstance(one, float) and isinstance(other, float):
        return math.isnan(one) and math.isnan(other) or one == other and math.copysign(1, one) == math.copysign(1, other)
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    return one == other and (type(one) is type(other) or isinstance(one, DAY))


def close(value, kind):
    """A number of JSON as the type holds it."""
    if pa.types.is_float32(kind) and isinstance(value, float):
        return float(np.float32(value))
    if pa.types.is_float16(kind) and isinstance(value, float):
        return float(np.float16(value))
    if pa.types.is_decimal(kind) and value is not None:
        return D(str(value))
    if pa.types.is_struct(kind) and value is not None:
        return {field.name: close(value[field.name], field.type) for field in kind}
    if pa.types.is_list(kind) and value is not None:
        return [close(element, kind.value_type) for element in value]
    return value


# Arrow's types of which Parquet has none: what pyarrow reads where the file says nothing of Arrow.
def plain(kind):
    if isinstance(kind, pa.BaseExtensionType):
        return kind
    if pa.types.is_dictionary(kind):
        return plain(kind.value_type)
    if pa.types.is_duration(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind):
        return pa.binary()
    if pa.types.is_date64(kind):
        return pa.date32()
    if pa.types.is_time32(kind):
        return pa.time32("ms")
    if pa.types.is_timestamp(kind):
        return pa.timestamp("ms" if kind.unit == "s" else kind.unit, "UTC" if kind.tz else None)
    if pa.types.is_decimal(kind):
        return pa.decimal256(kind.precision, kind.scale) if kind.precision > 38 else pa.decimal128(kind.precision, kind.scale)
    if pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return pa.list_(kind.value_type)
    return pa.int32() if pa.types.is_null(kind) else kind


def compare(file, lines, table):
    before = pq.read_table(file)
    wrong = []
    rows = [json.loads(line) for line in open(lines, encoding="utf-8").read().split("\n")[:-1]]
    exact = [json.loads(line, parse_float=D) for line in open(lines, encoding="utf-8").read().split("\n")[:-1]]
    after = pq.read_table(table)
    for field in before.schema:
        kind, found = field.type, after.schema.field(field.name).type
        if found != plain(kind) and not (pa.types.is_null(kind) and pa.types.is_null(found)):
            wrong.append(f"{field.name}: {found} instead of {plain(kind)}")
        for row, value in enumerate(before[field.name].to_pylist()):
            line = (exact if pa.types.is_decimal(kind) else rows)[row][field.name]
            expected = told(value, kind)
            if not same(close(line, kind), close(expected, kind)):
                wrong.append(f"{field.name}, row {row}: {line!r} instead of {expected!r} in JSON lines")
            there = after[field.name].to_pylist()[row]
            expected = told(value, kind) if pa.types.is_duration(kind) else value
            if not same(there, expected):
                wrong.append(f"{field.name}, row {row}: {there!r} instead of {expected!r} in Parquet")
    print("\n".join(wrong) or f"{before.num_columns} columns, {before.num_rows} rows")
    return 1 if wrong else 0


def main():
    if sys.argv[1] == "write":
        pq.write_table(pa.table(columns()), sys.argv[2], version="2.6")
        return 0
    return compare(*sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
