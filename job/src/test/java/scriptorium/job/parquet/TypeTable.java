package scriptorium.job.parquet;

import static org.apache.parquet.schema.LogicalTypeAnnotation.*;
import static org.apache.parquet.schema.LogicalTypeAnnotation.TimeUnit.*;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.*;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Type.Repetition;
import org.apache.parquet.schema.Types;
import org.apache.spark.types.variant.Variant;
import org.apache.spark.types.variant.VariantBuilder;

/** A column of every type of Parquet, with values and what they are in JSON. */
final class TypeTable {
  /**
   * A column.
   *
   * @param spark whether Spark reads the type
   * @param values of its rows; the rows after them have null
   */
  record Column(Type type, boolean spark, List<Value> values) {
    Column withoutSpark() {
      return new Column(type, false, values);
    }
  }

  /**
   * A value: a boxed primitive, the bytes of a binary, or what fills a group.
   *
   * @param json as JSON lines have it
   */
  record Value(Object stored, String json) {
    @SuppressWarnings("unchecked")
    void addTo(Group row, int field) {
      switch (stored) {
        case null -> {}
        case Boolean value -> row.add(field, value);
        case Integer value -> row.add(field, value);
        case Long value -> row.add(field, value);
        case Float value -> row.add(field, value);
        case Double value -> row.add(field, value);
        case byte[] value -> row.add(field, Binary.fromConstantByteArray(value));
        default -> ((Consumer<Group>) stored).accept(row.addGroup(field));
      }
    }
  }

  private TypeTable() {}

  static List<Column> columns() {
    List<Column> all = new ArrayList<>();
    numbers(all);
    decimals(all);
    times(all);
    bytes(all);
    groups(all);
    lists(all);
    return all;
  }

  private static void numbers(List<Column> all) {
    all.add(primitive("flag", BOOLEAN, null, value(true, "true"), value(false, "false")));
    all.add(
        primitive("i32", INT32, null, value(-1, "-1"), value(Integer.MIN_VALUE, "-2147483648")));
    all.add(
        primitive(
            "i64",
            INT64,
            null,
            value(9007199254740993L, "9007199254740993"),
            value(Long.MIN_VALUE, "-9223372036854775808")));
    all.add(primitive("i8", INT32, intType(8), value(-128, "-128"), value(127, "127")));
    all.add(primitive("i16", INT32, intType(16), value(-32768, "-32768")));
    all.add(primitive("i32s", INT32, intType(32), value(Integer.MAX_VALUE, "2147483647")));
    all.add(primitive("i64s", INT64, intType(64), value(Long.MAX_VALUE, "9223372036854775807")));
    all.add(primitive("u8", INT32, intType(8, false), value(255, "255"), value(0, "0")));
    all.add(primitive("u16", INT32, intType(16, false), value(65535, "65535")));
    all.add(
        primitive(
            "u32",
            INT32,
            intType(32, false),
            value(-1, "4294967295"),
            value(Integer.MIN_VALUE, "2147483648"),
            value(7, "7")));
    all.add(
        primitive(
            "u64",
            INT64,
            intType(64, false),
            value(-1L, "18446744073709551615"),
            value(Long.MIN_VALUE, "9223372036854775808"),
            value(7L, "7")));
    all.add(
        primitive(
            "f32",
            FLOAT,
            null,
            value(0.1f, "0.1"),
            value(-0.0f, "-0.0"),
            value(Float.NaN, "\"NaN\""),
            value(Float.NEGATIVE_INFINITY, "\"-Infinity\""),
            value(Float.MIN_VALUE, "1.4E-45")));
    all.add(
        primitive(
            "f64",
            DOUBLE,
            null,
            value(0.1, "0.1"),
            value(-0.0, "-0.0"),
            value(Double.NaN, "\"NaN\""),
            value(Double.POSITIVE_INFINITY, "\"Infinity\""),
            value(1e300, "1.0E300")));
    all.add(
        fixed(
                "f16",
                2,
                float16Type(),
                value(hex("662e"), "0.099975586"),
                value(hex("0080"), "-0.0"),
                value(hex("007e"), "\"NaN\""),
                value(hex("00fc"), "\"-Infinity\""),
                value(hex("ff7b"), "65504.0"))
            .withoutSpark());
  }

  private static void decimals(List<Column> all) {
    all.add(
        primitive(
            "d9", INT32, decimalType(2, 9), value(-110, "-1.10"), value(999999999, "9999999.99")));
    all.add(
        primitive(
            "d18",
            INT64,
            decimalType(18, 18),
            value(999999999999999999L, "0.999999999999999999"),
            value(0L, "0E-18")));
    String most = "9".repeat(38);
    all.add(
        fixed(
            "d38",
            16,
            decimalType(0, 38),
            value(unscaled(most, 16), most),
            value(unscaled("-1", 16), "-1")));
    all.add(fixed("d20", 9, decimalType(5, 20), value(unscaled("-12345", 9), "-0.12345")));
    all.add(
        primitive(
            "dbytes",
            BINARY,
            decimalType(10, 30),
            value(
                new BigInteger("-" + "7".repeat(30)).toByteArray(),
                "-" + "7".repeat(20) + "." + "7".repeat(10)),
            value(new byte[] {1}, new BigDecimal("1E-10").toString())));
    String beyond = "8".repeat(60);
    all.add(
        fixed("d60", 26, decimalType(0, 60), value(unscaled(beyond, 26), beyond)).withoutSpark());
  }

  private static void times(List<Column> all) {
    all.add(
        primitive(
            "day",
            INT32,
            dateType(),
            value(0, "\"1970-01-01\""),
            value((int) LocalDate.of(1582, 10, 14).toEpochDay(), "\"1582-10-14\""),
            value((int) LocalDate.of(1, 1, 1).toEpochDay(), "\"0001-01-01\""),
            value((int) LocalDate.of(-43, 3, 15).toEpochDay(), "\"-0043-03-15\"")));
    all.add(
        primitive(
                "t_ms",
                INT32,
                timeType(true, MILLIS),
                value(0, "\"00:00:00\""),
                value(86_399_999, "\"23:59:59.999\""))
            .withoutSpark());
    all.add(
        primitive(
                "t_us",
                INT64,
                timeType(false, MICROS),
                value(86_399_999_999L, "\"23:59:59.999999\""))
            .withoutSpark());
    all.add(
        primitive(
                "t_ns",
                INT64,
                timeType(true, NANOS),
                value(86_399_999_999_999L, "\"23:59:59.999999999\""),
                value(60_000_000_000L, "\"00:01:00\""))
            .withoutSpark());
    all.add(
        primitive(
            "ts_ms",
            INT64,
            timestampType(true, MILLIS),
            value(-1L, "\"1969-12-31T23:59:59.999Z\""),
            value(253402300800000L, "\"+10000-01-01T00:00:00Z\"")));
    all.add(
        primitive(
            "ts_us",
            INT64,
            timestampType(true, MICROS),
            value(1L, "\"1970-01-01T00:00:00.000001Z\""),
            value(-62135596800000000L, "\"0001-01-01T00:00:00Z\"")));
    all.add(
        primitive(
                "ts_ns",
                INT64,
                timestampType(true, NANOS),
                value(Long.MAX_VALUE, "\"2262-04-11T23:47:16.854775807Z\""),
                value(Long.MIN_VALUE, "\"1677-09-21T00:12:43.145224192Z\""))
            .withoutSpark());
    all.add(
        primitive(
            "local_ms", INT64, timestampType(false, MILLIS), value(0L, "\"1970-01-01T00:00:00\"")));
    all.add(
        primitive(
            "local_us",
            INT64,
            timestampType(false, MICROS),
            value(-1L, "\"1969-12-31T23:59:59.999999\"")));
    all.add(
        primitive(
                "local_ns",
                INT64,
                timestampType(false, NANOS),
                value(1_500_000_000L, "\"1970-01-01T00:00:01.500\""))
            .withoutSpark());
    all.add(
        primitive(
            "int96",
            INT96,
            null,
            value(int96(2440588, 1000), "\"1970-01-01T00:00:00.000001Z\""),
            value(int96(1721426, 0), "\"0001-01-01T00:00:00Z\"")));
    all.add(
        fixed(
                "interval",
                12,
                intervalType(),
                value(hex("0e00000003000000050f0000"), "\"P14M3DT3.845S\""),
                value(hex("ffffffff00000000ffffffff"), "\"P4294967295M0DT4294967.295S\""))
            .withoutSpark());
  }

  private static void bytes(List<Column> all) {
    all.add(
        primitive(
            "words",
            BINARY,
            stringType(),
            text("caf\u00e9 \u2028", "\"caf\u00e9 \u2028\""),
            text("", "\"\"")));
    all.add(primitive("choice", BINARY, enumType(), text("RED", "\"RED\"")));
    all.add(primitive("json", BINARY, jsonType(), text("{\"a\": 1}", "\"{\\\"a\\\": 1}\"")));
    all.add(primitive("bson", BINARY, bsonType(), value(hex("0500000000"), "\"BQAAAAA=\"")));
    all.add(
        primitive("raw", BINARY, null, text("text", "\"dGV4dA==\""), value(hex("ff"), "\"/w==\"")));
    all.add(fixed("raw3", 3, null, value(hex("00ff10"), "\"AP8Q\"")));
    all.add(
        fixed(
                "uuid",
                16,
                uuidType(),
                value(
                    hex("f81d4fae7dec11d0a76500a0c91e6bf6"),
                    "\"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\""))
            .withoutSpark());
    all.add(primitive("nothing", INT32, unknownType()).withoutSpark());
  }

  private static void groups(List<Column> all) {
    Type struct =
        Types.optionalGroup()
            .optional(INT32)
            .as(intType(32, false))
            .named("u")
            .optionalGroup()
            .optional(BINARY)
            .named("raw")
            .named("in")
            .named("struct");
    all.add(
        column(
            struct,
            fill(
                group -> {
                  group.add(0, -1);
                  group.addGroup(1).add(0, Binary.fromConstantByteArray(hex("ff")));
                },
                "{\"u\":4294967295,\"in\":{\"raw\":\"/w==\"}}"),
            fill(group -> group.addGroup(1), "{\"u\":null,\"in\":{\"raw\":null}}"),
            fill(group -> {}, "{\"u\":null,\"in\":null}")));
    Type map = Types.optionalMap().key(INT32).optionalValue(DOUBLE).named("map");
    all.add(
        column(
            map,
            fill(
                group -> {
                  pair(group, 1, Double.NaN);
                  pair(group, -5, null);
                },
                "{\"1\":\"NaN\",\"-5\":null}"),
            fill(group -> {}, "{}")));
    Type days =
        Types.optionalMap()
            .key(INT32)
            .as(dateType())
            .requiredListValue()
            .optionalElement(BINARY)
            .as(stringType())
            .named("days");
    all.add(
        column(
            days,
            fill(
                group -> {
                  Group pair = group.addGroup(0);
                  pair.add(0, 1);
                  Group list = pair.addGroup(1);
                  list.addGroup(0).add(0, "a");
                  list.addGroup(0);
                },
                "{\"1970-01-02\":[\"a\",null]}")));
    Type variant =
        Types.optionalGroup()
            .as(variantType((byte) 1))
            .required(BINARY)
            .named("metadata")
            .required(BINARY)
            .named("value")
            .named("variant");
    all.add(
        column(variant, variant("{\"a\":[1,\"x\",null,1.50]}"), variant("null"), variant("\"b\"")));
  }

  private static void lists(List<Column> all) {
    all.add(
        column(
            Types.optionalList().optionalElement(FLOAT).named("list"),
            fill(
                group -> {
                  group.addGroup(0).add(0, 0.1f);
                  group.addGroup(0);
                },
                "[0.1,null]"),
            fill(group -> {}, "[]")));
    Type repeated = Types.repeated(INT64).as(intType(64, false)).named("element");
    all.add(
        column(
            Types.buildGroup(Repetition.OPTIONAL).as(listType()).addField(repeated).named("two"),
            fill(group -> group.add(0, -1L), "[18446744073709551615]"),
            fill(group -> {}, "[]")));
    Type tuple = Types.repeatedGroup().optional(INT32).named("x").named("array");
    all.add(
        column(
            Types.buildGroup(Repetition.OPTIONAL).as(listType()).addField(tuple).named("structs"),
            fill(
                group -> {
                  group.addGroup(0).add(0, 3);
                  group.addGroup(0);
                },
                "[{\"x\":3},{\"x\":null}]")));
    Type inner = Types.optionalList().requiredElement(INT32).named("element");
    all.add(
        column(
            Types.optionalList().element(inner).named("nested"),
            fill(
                group -> {
                  group.addGroup(0);
                  group.addGroup(0).addGroup(0);
                  group.addGroup(0).addGroup(0).addGroup(0).add(0, 4);
                },
                "[null,[],[4]]")));
  }

  private static Column primitive(
      String name, PrimitiveTypeName type, LogicalTypeAnnotation logical, Value... values) {
    return column(Types.optional(type).as(logical).named(name), values);
  }

  private static Column fixed(
      String name, int length, LogicalTypeAnnotation logical, Value... values) {
    return column(
        Types.optional(FIXED_LEN_BYTE_ARRAY).length(length).as(logical).named(name), values);
  }

  private static Column column(Type type, Value... values) {
    return new Column(type, true, Arrays.asList(values));
  }

  private static Value value(Object stored, String json) {
    return new Value(stored, json);
  }

  private static Value text(String stored, String json) {
    return value(stored.getBytes(StandardCharsets.UTF_8), json);
  }

  private static Value fill(Consumer<Group> stored, String json) {
    return value(stored, json);
  }

  private static Value variant(String json) {
    Variant variant;
    try {
      variant = VariantBuilder.parseJson(json, false);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    return fill(
        group -> {
          group.add("metadata", Binary.fromConstantByteArray(variant.getMetadata()));
          group.add("value", Binary.fromConstantByteArray(variant.getValue()));
        },
        json.replace("1.50", "1.5"));
  }

  private static void pair(Group map, int key, Double value) {
    Group pair = map.addGroup(0);
    pair.add(0, key);
    if (value != null) {
      pair.add(1, value);
    }
  }

  static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits);
  }

  static byte[] int96(int julianDay, long nanos) {
    return ByteBuffer.allocate(12)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(nanos)
        .putInt(julianDay)
        .array();
  }

  private static byte[] unscaled(String digits, int length) {
    byte[] shortest = new BigInteger(digits).toByteArray();
    byte[] padded = new byte[length];
    Arrays.fill(padded, (byte) (shortest[0] < 0 ? -1 : 0));
    System.arraycopy(shortest, 0, padded, length - shortest.length, shortest.length);
    return padded;
  }
}
