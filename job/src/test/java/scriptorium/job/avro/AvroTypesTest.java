package scriptorium.job.avro;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Conversions;
import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.junit.jupiter.api.Test;
import scriptorium.job.testing.DataSets;
import scriptorium.job.testing.SessionTest;
import scriptorium.job.testing.TypedRows;

/** Columns of every type of Avro, written by its own library, go through {@code score}. */
class AvroTypesTest extends SessionTest {
  /** A column with a value of each row, and what these are in JSON. */
  private record Column(Schema schema, List<Object> values, List<String> json) {}

  private final List<Column> columns = new ArrayList<>();

  private void add(Schema schema, Object one, String json, Object other, String otherJson) {
    columns.add(new Column(schema, List.of(one, other), List.of(json, otherJson)));
  }

  private static Schema of(LogicalType logical, Schema.Type type) {
    return logical.addToSchema(Schema.create(type));
  }

  private static Schema fixed(String name, int size) {
    return Schema.createFixed(name, null, null, size);
  }

  private static Schema nullable(Schema schema) {
    return Schema.createUnion(Schema.create(Schema.Type.NULL), schema);
  }

  private static GenericData.Fixed fixed(Schema schema, int... bytes) {
    byte[] all = new byte[schema.getFixedSize()];
    for (int i = 0; i < bytes.length; i++) {
      all[i] = (byte) bytes[i];
    }
    return new GenericData.Fixed(schema, all);
  }

  private void plain() {
    add(Schema.create(Schema.Type.BOOLEAN), true, "true", false, "false");
    add(Schema.create(Schema.Type.INT), -1, "-1", Integer.MIN_VALUE, "-2147483648");
    add(
        Schema.create(Schema.Type.LONG),
        9007199254740993L,
        "9007199254740993",
        Long.MIN_VALUE,
        "-9223372036854775808");
    add(Schema.create(Schema.Type.FLOAT), 0.1f, "0.1", Float.NaN, "\"NaN\"");
    add(Schema.create(Schema.Type.DOUBLE), -0.0, "-0.0", 0.1, "0.1");
    add(
        Schema.create(Schema.Type.DOUBLE),
        Double.POSITIVE_INFINITY,
        "\"Infinity\"",
        Double.NEGATIVE_INFINITY,
        "\"-Infinity\"");
    add(Schema.create(Schema.Type.STRING), "caf\u00e9", "\"caf\u00e9\"", "", "\"\"");
    add(
        Schema.create(Schema.Type.BYTES),
        ByteBuffer.wrap(new byte[] {-1, 0}),
        "\"/wA=\"",
        ByteBuffer.allocate(0),
        "\"\"");
    Schema fixed = fixed("Three", 3);
    add(fixed, fixed(fixed, 1, 2, 3), "\"AQID\"", fixed(fixed), "\"AAAA\"");
    Schema word = Schema.createEnum("Word", null, null, List.of("A", "B"));
    add(
        word,
        new GenericData.EnumSymbol(word, "B"),
        "\"B\"",
        new GenericData.EnumSymbol(word, "A"),
        "\"A\"");
    add(Schema.create(Schema.Type.NULL), Void.class, "null", Void.class, "null");
  }

  private void times() {
    add(of(LogicalTypes.date(), Schema.Type.INT), 0, "\"1970-01-01\"", -719529, "\"-0001-12-31\"");
    add(
        of(LogicalTypes.timeMillis(), Schema.Type.INT),
        0,
        "\"00:00:00\"",
        86_399_999,
        "\"23:59:59.999\"");
    add(
        of(LogicalTypes.timeMicros(), Schema.Type.LONG),
        86_399_999_999L,
        "\"23:59:59.999999\"",
        60_000_000L,
        "\"00:01:00\"");
    String[] units = {"001", "000001", "000000001"};
    LogicalType[] instants = {
      LogicalTypes.timestampMillis(), LogicalTypes.timestampMicros(), LogicalTypes.timestampNanos()
    };
    LogicalType[] locals = {
      LogicalTypes.localTimestampMillis(),
      LogicalTypes.localTimestampMicros(),
      LogicalTypes.localTimestampNanos()
    };
    String[] nines = {"999", "999999", "999999999"};
    for (int i = 0; i < units.length; i++) {
      String one = "1970-01-01T00:00:00." + units[i];
      String before = "1969-12-31T23:59:59." + nines[i];
      add(of(instants[i], Schema.Type.LONG), 1L, "\"" + one + "Z\"", -1L, "\"" + before + "Z\"");
      add(of(locals[i], Schema.Type.LONG), 1L, "\"" + one + "\"", -1L, "\"" + before + "\"");
    }
    Schema duration = LogicalTypes.duration().addToSchema(fixed("Span", 12));
    byte[] parts = new byte[12];
    ByteBuffer.wrap(parts).order(ByteOrder.LITTLE_ENDIAN).putInt(14).putInt(3).putInt(3845);
    add(
        duration,
        new GenericData.Fixed(duration, parts),
        "\"P14M3DT3.845S\"",
        fixed(duration),
        "\"P0M0DT0.000S\"");
  }

  private void decimals() {
    Schema decimal = LogicalTypes.decimal(20, 2).addToSchema(Schema.create(Schema.Type.BYTES));
    add(
        decimal,
        ByteBuffer.wrap(new byte[] {110}),
        "1.10",
        ByteBuffer.wrap(new byte[] {-1}),
        "-0.01");
    Schema fixed = LogicalTypes.decimal(4, 1).addToSchema(fixed("Tenths", 2));
    add(fixed, fixed(fixed, 0, 100), "10.0", fixed(fixed, 0xff, 0xf6), "-1.0");
    Schema big = of(LogicalTypes.bigDecimal(), Schema.Type.BYTES);
    Conversions.BigDecimalConversion conversion = new Conversions.BigDecimalConversion();
    add(
        big,
        conversion.toBytes(new BigDecimal("1.2300"), big, big.getLogicalType()),
        "1.2300",
        conversion.toBytes(new BigDecimal("-7"), big, big.getLogicalType()),
        "-7");
    String uuid = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6";
    add(
        of(LogicalTypes.uuid(), Schema.Type.STRING),
        uuid,
        "\"" + uuid + "\"",
        uuid,
        "\"" + uuid + "\"");
    Schema bytes = LogicalTypes.uuid().addToSchema(fixed("Id", 16));
    add(
        bytes,
        fixed(bytes, 0xf8, 0x1d, 0x4f, 0xae, 0x7d, 0xec, 0x11, 0xd0, 0xa7, 0x65, 0, 0xa0, 0xc9),
        "\"f81d4fae-7dec-11d0-a765-00a0c9000000\"",
        fixed(bytes),
        "\"00000000-0000-0000-0000-000000000000\"");
  }

  private void groups() {
    Schema point =
        SchemaBuilder.record("Point").fields().requiredInt("x").optionalString("y").endRecord();
    GenericRecord one = new GenericData.Record(point);
    one.put("x", 1);
    GenericRecord two = new GenericData.Record(point);
    two.put("x", 2);
    two.put("y", "b");
    add(point, one, "{\"x\":1,\"y\":null}", two, "{\"x\":2,\"y\":\"b\"}");
    add(
        Schema.createMap(nullable(Schema.create(Schema.Type.LONG))),
        Map.of("k", 7L),
        "{\"k\":7}",
        Map.of(),
        "{}");
    add(Schema.createArray(point), List.of(one), "[{\"x\":1,\"y\":null}]", List.of(), "[]");
    Schema days = Schema.createArray(of(LogicalTypes.date(), Schema.Type.INT));
    add(days, List.of(0, 1), "[\"1970-01-01\",\"1970-01-02\"]", List.of(), "[]");
    Schema union =
        Schema.createUnion(
            Schema.create(Schema.Type.NULL),
            Schema.create(Schema.Type.STRING),
            of(LogicalTypes.date(), Schema.Type.INT),
            point);
    add(union, "a", "\"a\"", 1, "\"1970-01-02\"");
    add(union, two, "{\"x\":2,\"y\":\"b\"}", Void.class, "null");
    add(nullable(Schema.create(Schema.Type.DOUBLE)), 1.5, "1.5", Void.class, "null");
  }

  private Path everyType() throws Exception {
    plain();
    times();
    decimals();
    groups();
    List<Schema.Field> fields = new ArrayList<>();
    fields.add(new Schema.Field("text", Schema.create(Schema.Type.STRING)));
    for (int i = 0; i < columns.size(); i++) {
      fields.add(new Schema.Field("c" + i, columns.get(i).schema()));
    }
    Schema schema = Schema.createRecord("Row", null, "a", false, fields);
    Path file = folder.resolve("every.avro");
    try (DataFileWriter<GenericRecord> writer =
        new DataFileWriter<>(new GenericDatumWriter<>(schema))) {
      writer.create(schema, file.toFile());
      for (int row = 0; row < 2; row++) {
        GenericRecord record = new GenericData.Record(schema);
        record.put("text", "Row " + row);
        for (int i = 0; i < columns.size(); i++) {
          Object value = columns.get(i).values().get(row);
          record.put("c" + i, value == Void.class ? null : value);
        }
        writer.append(record);
      }
    }
    return file;
  }

  @Test
  void bothOutputsHoldTheValues() throws Exception {
    Path file = everyType();
    Map<String, List<String>> json = new LinkedHashMap<>();
    for (int i = 0; i < columns.size(); i++) {
      json.put("c" + i, columns.get(i).json());
    }
    TypedRows.assertScored(file, json, this);
  }

  @Test
  void bytesToBeScoredAreText() throws Exception {
    Schema schema =
        SchemaBuilder.record("Row")
            .fields()
            .name("text")
            .type(nullable(Schema.create(Schema.Type.BYTES)))
            .noDefault()
            .endRecord();
    Path file = folder.resolve("bytes.avro");
    try (DataFileWriter<GenericRecord> writer =
        new DataFileWriter<>(new GenericDatumWriter<>(schema))) {
      writer.create(schema, file.toFile());
      for (byte[] text : List.of("caf\u00e9".getBytes(StandardCharsets.UTF_8), new byte[] {-1})) {
        GenericRecord record = new GenericData.Record(schema);
        record.put("text", ByteBuffer.wrap(text));
        writer.append(record);
      }
    }
    Path out = folder.resolve("out");
    DataSets.score(DataSets.scores(file, out, "jsonl"), model, null, session);
    assertEquals("caf\u00e9", DataSets.rows(out).get(0).path("text").asText());
    String error = DataSets.rows(out).get(1).path("error").asText();
    assertTrue(error.endsWith("row 1: column text has no valid UTF-8"), error);
  }
}
