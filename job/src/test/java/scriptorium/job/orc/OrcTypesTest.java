package scriptorium.job.orc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TimeZone;
import java.util.function.BiConsumer;
import org.apache.hadoop.hive.ql.exec.vector.BytesColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.ColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.DateColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.DecimalColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.DoubleColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.ListColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.LongColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.MapColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.StructColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.TimestampColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.UnionColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.VectorizedRowBatch;
import org.apache.hadoop.hive.serde2.io.HiveDecimalWritable;
import org.apache.orc.OrcFile;
import org.apache.orc.TypeDescription;
import org.apache.orc.Writer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import scriptorium.job.testing.DataSets;
import scriptorium.job.testing.SessionTest;
import scriptorium.job.testing.TypedRows;

/** Columns of every type of ORC, written by its own library and by Spark, go through score. */
class OrcTypesTest extends SessionTest {
  private static final TimeZone ZONE = TimeZone.getDefault();

  @AfterEach
  void zoneAsBefore() {
    TimeZone.setDefault(ZONE);
  }

  /** A column of a file: two values, and a null behind them. */
  private record Column(String type, BiConsumer<ColumnVector, Integer> fill, List<String> json) {}

  private static Column column(
      String type, String one, String other, BiConsumer<ColumnVector, Integer> fill) {
    return new Column(type, fill, List.of(one, other, "null"));
  }

  private static Column whole(String type, long one, String json, long other, String otherJson) {
    return column(
        type,
        json,
        otherJson,
        (c, row) -> ((LongColumnVector) c).vector[row] = row == 0 ? one : other);
  }

  private static Column real(String type, double one, String json, double two, String otherJson) {
    return column(
        type,
        json,
        otherJson,
        (c, row) -> ((DoubleColumnVector) c).vector[row] = row == 0 ? one : two);
  }

  private static Column bytes(String type, byte[] one, String json, byte[] two, String otherJson) {
    return column(
        type,
        json,
        otherJson,
        (c, row) -> ((BytesColumnVector) c).setVal(row, row == 0 ? one : two));
  }

  private static Column decimal(String type, String one, String two) {
    return column(
        type,
        one,
        two,
        (c, row) ->
            ((DecimalColumnVector) c).set(row, new HiveDecimalWritable(row == 0 ? one : two)));
  }

  private static Column time(String type, String one, String two) {
    String zone = type.equals("timestamp") ? "Z" : "";
    return column(
        type,
        "\"" + one + "\"",
        "\"" + two + "\"",
        (c, row) -> {
          Instant instant = Instant.parse((row == 0 ? one : two) + zone);
          TimestampColumnVector times = (TimestampColumnVector) c;
          times.changeCalendar(true, false);
          times.time[row] = instant.toEpochMilli();
          times.nanos[row] = instant.getNano();
        });
  }

  private static List<Column> columns() {
    List<Column> all = new ArrayList<>();
    all.add(whole("boolean", 1, "true", 0, "false"));
    all.add(whole("tinyint", -128, "-128", 127, "127"));
    all.add(whole("smallint", -32768, "-32768", 1, "1"));
    all.add(whole("int", Integer.MIN_VALUE, "-2147483648", 7, "7"));
    all.add(
        whole(
            "bigint",
            9007199254740993L,
            "9007199254740993",
            Long.MIN_VALUE,
            "-9223372036854775808"));
    all.add(real("float", 0.1f, "0.1", Float.NaN, "\"NaN\""));
    all.add(real("double", -0.0, "-0.0", 0.1, "0.1"));
    all.add(
        real(
            "double",
            Double.POSITIVE_INFINITY,
            "\"Infinity\"",
            Double.NEGATIVE_INFINITY,
            "\"-Infinity\""));
    all.add(bytes("string", "caf\u00e9".getBytes(UTF_8), "\"caf\u00e9\"", new byte[0], "\"\""));
    all.add(bytes("varchar(4)", "abcd".getBytes(UTF_8), "\"abcd\"", new byte[0], "\"\""));
    all.add(bytes("char(2)", "ab".getBytes(UTF_8), "\"ab\"", "cd".getBytes(UTF_8), "\"cd\""));
    all.add(bytes("binary", new byte[] {-1, 0}, "\"/wA=\"", new byte[0], "\"\""));
    all.add(decimal("decimal(10,2)", "1.10", "-12345678.00"));
    all.add(decimal("decimal(38,10)", "1234567890123456789012345678.0123456789", "-1E-10"));
    all.add(
        column(
            "date",
            "\"1970-01-01\"",
            "\"-0001-12-31\"",
            (c, row) -> {
              ((DateColumnVector) c).changeCalendar(true, false);
              ((DateColumnVector) c).vector[row] = row == 0 ? 0 : -719529;
            }));
    all.add(time("timestamp", "2026-07-01T12:30:00", "1969-12-31T23:59:59.000000001"));
    all.add(
        time(
            "timestamp with local time zone",
            "2026-07-01T12:30:00.123456789Z",
            "1969-12-31T23:59:58.500Z")); // ORC has none between the last second of 1969 and 1970
    all.add(
        column(
            "array<int>",
            "[1,null]",
            "[]",
            (c, row) -> {
              ListColumnVector list = (ListColumnVector) c;
              list.offsets[row] = 0;
              list.lengths[row] = row == 0 ? 2 : 0;
              ((LongColumnVector) list.child).vector[0] = 1;
              list.child.isNull[1] = true;
              list.child.noNulls = false;
            }));
    all.add(
        column(
            "map<int,string>",
            "{\"5\":\"a\"}",
            "{}",
            (c, row) -> {
              MapColumnVector map = (MapColumnVector) c;
              map.offsets[row] = 0;
              map.lengths[row] = row == 0 ? 1 : 0;
              ((LongColumnVector) map.keys).vector[0] = 5;
              ((BytesColumnVector) map.values).setVal(0, "a".getBytes(UTF_8));
            }));
    all.add(
        column(
            "struct<x:int,y:struct<d:date>>",
            "{\"x\":1,\"y\":{\"d\":\"1970-01-02\"}}",
            "{\"x\":1,\"y\":{\"d\":\"1970-01-02\"}}",
            (c, row) -> {
              StructColumnVector struct = (StructColumnVector) c;
              ((LongColumnVector) struct.fields[0]).vector[row] = 1;
              StructColumnVector inner = (StructColumnVector) struct.fields[1];
              ((LongColumnVector) inner.fields[0]).vector[row] = 1;
            }));
    all.add(
        column(
            "uniontype<int,string>",
            "7",
            "\"a\"",
            (c, row) -> {
              UnionColumnVector union = (UnionColumnVector) c;
              union.tags[row] = row;
              ((LongColumnVector) union.fields[0]).vector[row] = 7;
              ((BytesColumnVector) union.fields[1]).setVal(row, "a".getBytes(UTF_8));
            }));
    return all;
  }

  private static void write(Path file, List<Column> columns) throws Exception {
    TypeDescription type = TypeDescription.createStruct();
    type.addField("text", TypeDescription.createString());
    for (int i = 0; i < columns.size(); i++) {
      type.addField("c" + i, TypeDescription.fromString(columns.get(i).type()));
    }
    VectorizedRowBatch batch = type.createRowBatch();
    for (int row = 0; row < 3; row++) {
      ((BytesColumnVector) batch.cols[0]).setVal(row, ("Row " + row).getBytes(UTF_8));
      for (int i = 0; i < columns.size(); i++) {
        ColumnVector column = batch.cols[i + 1];
        if (row < 2) {
          columns.get(i).fill().accept(column, row);
        } else {
          column.noNulls = false;
          column.isNull[row] = true;
        }
      }
    }
    batch.size = 3;
    try (Writer writer =
        OrcFile.createWriter(
            new org.apache.hadoop.fs.Path(file.toUri()),
            OrcFile.writerOptions(HADOOP)
                .setSchema(type)
                .setProlepticGregorian(true)
                .useUTCTimestamp(true))) {
      writer.addRowBatch(batch);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTC", "America/New_York"})
  void bothOutputsHoldTheValues(String zone) throws Exception {
    Path file = folder.resolve("every.orc");
    write(file, columns());
    TimeZone.setDefault(TimeZone.getTimeZone(zone));
    Map<String, List<String>> json = new LinkedHashMap<>();
    for (int i = 0; i < columns().size(); i++) {
      json.put("c" + i, columns().get(i).json());
    }
    TypedRows.assertScored(file, json, this);
  }

  /** Spark has types that ORC does not, which it marks. */
  @Test
  void ofSpark() throws Exception {
    TimeZone.setDefault(TimeZone.getTimeZone("America/New_York"));
    Path written = folder.resolve("spark");
    session
        .sql(
            "SELECT 'Row 0' text, timestamp'2026-07-01 12:30:00.123456 UTC' instant,"
                + " timestamp_ntz'2026-07-01 12:30:00.5' clock, date'1582-10-04' day,"
                + " date'1500-02-28' old, timestamp'1500-03-01 12:00:00 UTC' early,"
                + " interval '26:03:04.5' hour to second span, interval '1-2' year to month months,"
                + " cast(1.10 as decimal(5,2)) price, array(named_struct('t', X'ff')) list,"
                + " timestamp_ntz'1500-03-01 12:00:00' ntz, date'-0044-03-15' ides")
        .coalesce(1)
        .write()
        .orc(written.toString());
    TimeZone.setDefault(TimeZone.getTimeZone("Asia/Tokyo"));
    Map<String, List<String>> json = new LinkedHashMap<>();
    json.put("instant", List.of("\"2026-07-01T12:30:00.123456Z\""));
    json.put("clock", List.of("\"2026-07-01T12:30:00.500\""));
    json.put("day", List.of("\"1582-10-04\""));
    json.put("old", List.of("\"1500-02-28\""));
    json.put("early", List.of("\"1500-03-01T12:00:00Z\""));
    json.put("span", List.of("\"PT26H3M4.5S\""));
    json.put("months", List.of("\"P1Y2M\""));
    json.put("price", List.of("1.10"));
    json.put("list", List.of("[{\"t\":\"/w==\"}]"));
    json.put("ntz", List.of("\"1500-03-01T12:00:00\""));
    json.put("ides", List.of("\"-0044-03-15\""));
    TypedRows.assertScored(written, json, this);
  }

  @Test
  void bytesToBeScoredAreText() throws Exception {
    Path file = folder.resolve("bytes.orc");
    TypeDescription type = TypeDescription.fromString("struct<text:binary>");
    VectorizedRowBatch batch = type.createRowBatch();
    ((BytesColumnVector) batch.cols[0]).setVal(0, "caf\u00e9".getBytes(UTF_8));
    ((BytesColumnVector) batch.cols[0]).setVal(1, new byte[] {-1});
    batch.size = 2;
    try (Writer writer =
        OrcFile.createWriter(
            new org.apache.hadoop.fs.Path(file.toUri()),
            OrcFile.writerOptions(HADOOP).setSchema(type))) {
      writer.addRowBatch(batch);
    }
    Path out = folder.resolve("out");
    DataSets.score(DataSets.scores(file, out, "jsonl"), model, null, session);
    List<ObjectNode> rows = DataSets.rows(out);
    assertEquals("caf\u00e9", rows.get(0).path("text").asText());
    String error = rows.get(1).path("error").asText();
    assertTrue(error.endsWith("row 1: column text has no valid UTF-8"), error);
  }
}
