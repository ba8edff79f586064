package scriptorium.job.parquet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Types;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import scriptorium.job.base.UserException;
import scriptorium.job.testing.DataSets;
import scriptorium.job.testing.SessionTest;

/** Columns of every type go through {@code score} with their values, and, into Parquet, types. */
class EveryTypeTest extends SessionTest {
  private static final int ROWS = 6;
  private static final Type TEXT =
      Types.required(PrimitiveTypeName.BINARY).as(LogicalTypeAnnotation.stringType()).named("text");

  private static MessageType table(Type... others) {
    List<Type> all = new ArrayList<>(List.of(TEXT));
    all.addAll(List.of(others));
    return new MessageType("table", all);
  }

  /** A file with the columns of the table of types. */
  private Path everyType() throws Exception {
    return everyType("every.parquet", TypeTable.columns());
  }

  private Path everyType(String name, List<TypeTable.Column> columns) throws Exception {
    MessageType type = table(columns.stream().map(TypeTable.Column::type).toArray(Type[]::new));
    List<Group> rows = new ArrayList<>();
    for (int row = 0; row < ROWS; row++) {
      Group group = new SimpleGroup(type);
      group.add(0, "Row " + row);
      for (int i = 0; i < columns.size(); i++) {
        if (row < columns.get(i).values().size()) {
          columns.get(i).values().get(row).addTo(group, i + 1);
        }
      }
      rows.add(group);
    }
    Path file = folder.resolve(name);
    ParquetFiles.write(file, type, rows);
    return file;
  }

  private Path file(String name, Type column, List<Consumer<Group>> values) throws Exception {
    MessageType type = table(column);
    List<Group> rows = new ArrayList<>();
    for (Consumer<Group> value : values) {
      Group group = new SimpleGroup(type);
      group.add(0, "A text");
      value.accept(group);
      rows.add(group);
    }
    Path file = folder.resolve(name);
    ParquetFiles.write(file, type, rows);
    return file;
  }

  private Path score(Path input, String format) {
    Path out = folder.resolve("out-" + format);
    DataSets.score(DataSets.scores(input, out, format), model, null, session);
    assertEquals(List.of(), DataSets.verify(out).execute(session));
    return out;
  }

  @Test
  void jsonLinesHoldTheValues() throws Exception {
    jsonLinesHold(everyType(), TypeTable.columns());
  }

  /** Files of old writers, which have no other words for types. */
  @Test
  void convertedTypesAlone() throws Exception {
    List<TypeTable.Column> columns =
        TypeTable.columns().stream().filter(column -> isOld(column.type())).toList();
    assertTrue(columns.size() > 35, String.valueOf(columns.size()));
    Path input = everyType("old.parquet", columns);
    ParquetFiles.age(input);
    jsonLinesHold(input, columns);
  }

  @SuppressWarnings("deprecation") // says which types had a ConvertedType
  private static boolean isOld(Type type) {
    LogicalTypeAnnotation logical = type.getLogicalTypeAnnotation();
    boolean local =
        logical instanceof LogicalTypeAnnotation.TimestampLogicalTypeAnnotation timestamp
            && !timestamp.isAdjustedToUTC();
    return !local && (logical == null || logical.toOriginalType() != null);
  }

  private void jsonLinesHold(Path input, List<TypeTable.Column> columns) throws Exception {
    List<String> lines = Files.readAllLines(ParquetFiles.shards(score(input, "jsonl")).getFirst());
    assertEquals(ROWS, lines.size());
    for (int row = 0; row < ROWS; row++) {
      StringBuilder expected = new StringBuilder("{\"text\":\"Row " + row + "\"");
      for (TypeTable.Column column : columns) {
        expected.append(",\"").append(column.type().getName()).append("\":");
        expected.append(row < column.values().size() ? column.values().get(row).json() : "null");
      }
      expected.append(",\"model\":\"books-8M\"");
      String line = lines.get(row);
      assertEquals(
          expected.toString(), line.substring(0, Math.min(line.length(), expected.length())));
      assertTrue(line.endsWith("\"error\":null}"), line);
    }
  }

  @Test
  void parquetHoldsTypesAndValues() throws Exception {
    Path input = everyType();
    Path shard = ParquetFiles.shards(score(input, "parquet")).getFirst();
    MessageType type = ParquetFiles.type(shard);
    List<Group> before = ParquetFiles.rows(input);
    List<Group> after = ParquetFiles.rows(shard);
    assertEquals(ROWS, after.size());
    for (TypeTable.Column column : TypeTable.columns()) {
      String name = column.type().getName();
      assertEquals(column.type(), type.getType(name));
      for (int row = 0; row < ROWS; row++) {
        assertEquals(
            ParquetFiles.value(before.get(row), name), ParquetFiles.value(after.get(row), name));
      }
    }
  }

  @Test
  void sparkReadsTheSame() throws Exception {
    List<TypeTable.Column> columns =
        TypeTable.columns().stream().filter(TypeTable.Column::spark).toList();
    Path input = everyType("spark.parquet", columns);
    Path shard = ParquetFiles.shards(score(input, "parquet")).getFirst();
    String[] names = columns.stream().map(column -> column.type().getName()).toArray(String[]::new);
    Dataset<Row> theirs = session.read().parquet(input.toString()).select("text", names);
    Dataset<Row> ours = session.read().parquet(shard.toString()).select("text", names);
    assertEquals(theirs.schema().asNullable(), ours.schema().asNullable());
    assertEquals(
        theirs.selectExpr("to_json(struct(*))").collectAsList(),
        ours.selectExpr("to_json(struct(*))").collectAsList());
  }

  /** What was written is read again, into the same lines and types. */
  @Test
  void outputsAreInputs() throws Exception {
    Path input = everyType();
    Path once = score(input, "parquet");
    List<ObjectNode> first = DataSets.rows(once);
    Path again = folder.resolve("again");
    DataSets.score(DataSets.scores(once, again, "parquet"), model, null, session);
    List<ObjectNode> second = DataSets.rows(again);
    for (int row = 0; row < ROWS; row++) {
      for (Type column : ParquetFiles.type(input).getFields()) {
        assertEquals(
            first.get(row).get(column.getName()).toString(),
            second.get(row).get(column.getName()).toString());
      }
    }
    assertEquals(
        ParquetFiles.type(ParquetFiles.shards(once).getFirst()).getType("u64"),
        ParquetFiles.type(ParquetFiles.shards(again).getFirst()).getType("u64"));
  }

  /** Bytes of which no type says that they are text are text where they are to be scored. */
  @Test
  void bytesToBeScoredAreText() throws Exception {
    MessageType type =
        new MessageType("table", Types.optional(PrimitiveTypeName.BINARY).named("text"));
    List<Group> rows = new ArrayList<>();
    for (byte[] text : List.of("caf\u00e9".getBytes(StandardCharsets.UTF_8), new byte[] {-1})) {
      Group row = new SimpleGroup(type);
      row.add(0, Binary.fromConstantByteArray(text));
      rows.add(row);
    }
    Path input = folder.resolve("bytes.parquet");
    ParquetFiles.write(input, type, rows);
    Path out = score(input, "parquet");
    assertEquals("caf\u00e9", DataSets.rows(out).get(0).path("text").asText());
    String error = DataSets.rows(out).get(1).path("error").asText();
    assertTrue(error.endsWith("row 1: column text has no valid UTF-8"), error);
    assertEquals(
        LogicalTypeAnnotation.stringType(),
        ParquetFiles.type(ParquetFiles.shards(out).getFirst())
            .getType("text")
            .getLogicalTypeAnnotation());
  }

  @Test
  void valuesThatNoTypeHasAreErrors() throws Exception {
    Type time =
        Types.optional(PrimitiveTypeName.INT32)
            .as(LogicalTypeAnnotation.timeType(true, LogicalTypeAnnotation.TimeUnit.MILLIS))
            .named("at");
    Path input =
        file(
            "time.parquet",
            time,
            List.of(row -> row.add(1, -1), row -> row.add(1, 86_400_000), row -> row.add(1, 0)));
    List<ObjectNode> rows = DataSets.rows(score(input, "jsonl"));
    for (int row = 0; row < 2; row++) {
      String error = rows.get(row).path("error").asText();
      assertTrue(error.endsWith("column at has a time of day that is not within a day"), error);
    }
    assertEquals("00:00:00", rows.get(2).path("at").asText());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "VARIANT with shredded values",
        "LIST without one repeated field",
        "MAP without pairs of keys and values"
      })
  void whatCannotBeKeptIsRefused(String words) throws Exception {
    Type refused =
        switch (words.substring(0, words.indexOf(' '))) {
          case "VARIANT" ->
              Types.optionalGroup()
                  .as(LogicalTypeAnnotation.variantType((byte) 1))
                  .required(PrimitiveTypeName.BINARY)
                  .named("metadata")
                  .optional(PrimitiveTypeName.BINARY)
                  .named("value")
                  .optional(PrimitiveTypeName.INT64)
                  .named("typed_value")
                  .named("column");
          case "LIST" ->
              Types.optionalGroup()
                  .as(LogicalTypeAnnotation.listType())
                  .optional(PrimitiveTypeName.INT32)
                  .named("element")
                  .named("column");
          default ->
              Types.optionalGroup()
                  .as(LogicalTypeAnnotation.mapType())
                  .repeated(PrimitiveTypeName.INT32)
                  .named("key_value")
                  .named("column");
        };
    Type around = Types.optionalGroup().addField(refused).named("in");
    Path input = file("refused.parquet", around, List.of(row -> {}));
    for (String format : List.of("jsonl", "parquet")) {
      UserException e = assertThrows(UserException.class, () -> score(input, format));
      assertEquals(
          "Input "
              + input
              + ": column in.column is a "
              + words
              + ", which cannot be read: leave the column out, or turn it into text",
          e.getMessage());
    }
  }

  /** Of files whose types differ, the column holds what all values have in common. */
  @Test
  void filesOfDifferentTypes() throws Exception {
    Type int32 = Types.required(PrimitiveTypeName.INT32).named("n");
    Type int64 = Types.optional(PrimitiveTypeName.INT64).named("n");
    file("1.parquet", int32, List.of(row -> row.add(1, 7)));
    file("2.parquet", int64, List.of(row -> row.add(1, 1L << 53), row -> {}));
    Path out = score(folder, "parquet");
    assertEquals(int64, ParquetFiles.type(ParquetFiles.shards(out).getFirst()).getType("n"));
    assertEquals(
        List.of("7", "9007199254740992", "null"),
        DataSets.rows(out).stream().map(row -> row.path("n").toString()).toList());
  }

  /** One that may be null and one that may not are of one type; so is one that has nothing. */
  @Test
  void filesThatDifferInNulls() throws Exception {
    LogicalTypeAnnotation unsigned = LogicalTypeAnnotation.intType(32, false);
    Type must = Types.required(PrimitiveTypeName.INT32).as(unsigned).named("n");
    Type may = Types.optional(PrimitiveTypeName.INT32).as(unsigned).named("n");
    file("1.parquet", must, List.of(row -> row.add(1, -1)));
    file("2.parquet", may, List.of(row -> {}));
    Files.writeString(folder.resolve("3.jsonl"), "{\"text\":\"b\",\"n\":null}\n{\"text\":\"c\"}\n");
    Path out = score(folder, "parquet");
    assertEquals(may, ParquetFiles.type(ParquetFiles.shards(out).getFirst()).getType("n"));
    assertEquals(
        List.of("4294967295", "null", "null", "null"),
        DataSets.rows(out).stream().map(row -> row.path("n").toString()).toList());
  }

  /** JSON has no such numbers: in JSON lines they are texts, in Parquet numbers. */
  @Test
  void numbersThatAreNotFinite() throws Exception {
    Path input = folder.resolve("numbers.jsonl");
    Files.writeString(
        input,
        "{\"text\":\"a\",\"n\":NaN,\"m\":[Infinity,-Infinity,-0.0]}\n"
            + "{\"text\":\"b\",\"n\":-Infinity,\"m\":[]}\n");
    List<String> lines = Files.readAllLines(ParquetFiles.shards(score(input, "jsonl")).getFirst());
    String first = "\"n\":\"NaN\",\"m\":[\"Infinity\",\"-Infinity\",-0.0],";
    assertTrue(lines.get(0).contains(first), lines.get(0));
    assertTrue(lines.get(1).contains("\"n\":\"-Infinity\",\"m\":[],"), lines.get(1));
    List<ObjectNode> rows = DataSets.rows(score(input, "parquet"));
    assertEquals(Double.NaN, rows.get(0).get("n").doubleValue());
    assertEquals(Double.NEGATIVE_INFINITY, rows.get(1).get("n").doubleValue());
    assertEquals(Double.POSITIVE_INFINITY, rows.get(0).get("m").get(0).doubleValue());
    assertEquals(Double.NEGATIVE_INFINITY, rows.get(0).get("m").get(1).doubleValue());
    assertEquals("-0.0", rows.get(0).get("m").get(2).toString());
  }

  @Test
  void theSignOfZeroIsKept() throws Exception {
    Path input = folder.resolve("zeros.jsonl");
    Files.writeString(
        input, "{\"text\":\"a\",\"z\":-0.0,\"e\":-0e3}\n{\"text\":\"b\",\"z\":0.0,\"e\":-1e-2}\n");
    for (String format : List.of("jsonl", "parquet")) {
      List<ObjectNode> rows = DataSets.rows(score(input, format));
      assertEquals("-0.0", rows.get(0).path("z").toString());
      assertEquals("-0.0", rows.get(0).path("e").toString());
      assertEquals("0.0", rows.get(1).path("z").toString());
      assertEquals(-0.01, rows.get(1).path("e").doubleValue());
    }
  }
}
