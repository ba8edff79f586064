package scriptorium.job.parquet;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import scriptorium.job.testing.DataSets;
import scriptorium.job.testing.SessionTest;

/** What only the writer of a file says of its columns, in the footer, is heeded. */
class WriterTypesTest extends SessionTest {
  private List<ObjectNode> score(Path input, String format) throws Exception {
    Path out = folder.resolve("out-" + format);
    DataSets.score(DataSets.scores(input, out, format), model, null, session);
    assertEquals(List.of(), DataSets.verify(out).execute(session));
    return DataSets.rows(out);
  }

  private Path written(Dataset<Row> rows, Map<String, String> options) throws Exception {
    Path input = folder.resolve("spark");
    rows.coalesce(1).write().options(options).parquet(input.toString());
    return input;
  }

  @Test
  void intervalsOfSpark() throws Exception {
    Path input =
        written(
            session.sql(
                "SELECT 'a' AS text, INTERVAL '1-2' YEAR TO MONTH AS months,"
                    + " INTERVAL '1 02:03:04.5' DAY TO SECOND AS time,"
                    + " array(INTERVAL '-1' MONTH) AS list,"
                    + " map('k', INTERVAL '1' SECOND) AS map, 5 AS n"),
            Map.of());
    for (String format : List.of("jsonl", "parquet")) {
      ObjectNode row = score(input, format).getFirst();
      assertEquals("P1Y2M", row.path("months").asText());
      assertEquals("PT26H3M4.5S", row.path("time").asText());
      assertEquals(5, row.path("n").asInt());
      if (format.equals("jsonl")) {
        assertEquals("[\"P-1M\"]", row.path("list").toString());
        assertEquals("{\"k\":\"PT1S\"}", row.path("map").toString());
      } else {
        assertEquals("[\"P-1M\"]", row.path("list").toString());
        assertEquals("{\"k\":\"PT1S\"}", row.path("map").asText());
      }
    }
  }

  @Test
  void variantsOfSpark() throws Exception {
    Path input =
        written(
            session.sql(
                "SELECT 'a' AS text, parse_json('{\"a\":[1,2.5,null]}') AS v"
                    + " UNION ALL SELECT 'b', parse_json('\"x\"')"),
            Map.of());
    for (String format : List.of("jsonl", "parquet")) {
      List<ObjectNode> rows = score(input, format);
      assertEquals("{\"a\":[1,2.5,null]}", rows.get(0).path("v").toString());
      assertEquals("\"x\"", rows.get(1).path("v").toString());
    }
  }

  @Test
  void durationsOfArrow() throws Exception {
    Schema arrow =
        new Schema(
            List.of(
                Field.nullable("text", ArrowType.Utf8.INSTANCE),
                Field.nullable("s", new ArrowType.Duration(TimeUnit.SECOND)),
                Field.nullable("ns", new ArrowType.Duration(TimeUnit.NANOSECOND)),
                new Field(
                    "in",
                    FieldType.nullable(ArrowType.Struct.INSTANCE),
                    List.of(Field.nullable("ms", new ArrowType.Duration(TimeUnit.MILLISECOND))))));
    MessageType type =
        MessageTypeParser.parseMessageType(
            "message m { required binary text (STRING); optional int64 s; optional int64 ns;"
                + " optional group in { optional int64 ms; } }");
    Group row = new SimpleGroup(type);
    row.add(0, "a");
    row.add(1, 90L);
    row.add(2, -1L);
    row.addGroup(3).add(0, 1500L);
    Path input = folder.resolve("arrow.parquet");
    String message = Base64.getEncoder().encodeToString(arrow.serializeAsMessage());
    ParquetFiles.write(input, type, List.of(row), Map.of("ARROW:schema", message));
    ObjectNode line = score(input, "jsonl").getFirst();
    assertEquals("PT1M30S", line.path("s").asText());
    assertEquals("PT-0.000000001S", line.path("ns").asText());
    assertEquals("{\"ms\":\"PT1.5S\"}", line.path("in").toString());
    ObjectNode stored = score(input, "parquet").getFirst();
    assertEquals("PT1M30S", stored.path("s").asText());
    assertEquals("{\"ms\":\"PT1.5S\"}", stored.path("in").asText());
  }

  /** Dates before October 1582 as Spark reads them: stored in the Julian calendar by LEGACY. */
  @Test
  void datesOfTheJulianCalendar() throws Exception {
    session.conf().set("spark.sql.parquet.datetimeRebaseModeInWrite", "LEGACY");
    session.conf().set("spark.sql.parquet.int96RebaseModeInWrite", "LEGACY");
    String select =
        "SELECT 'a' AS text, DATE'1000-01-01' AS day, array(DATE'2020-01-01') AS days,"
            + " TIMESTAMP'1000-01-01 00:00:00.123456Z' AS at";
    try {
      for (String type : List.of("INT96", "TIMESTAMP_MICROS", "TIMESTAMP_MILLIS")) {
        session.conf().set("spark.sql.parquet.outputTimestampType", type);
        session.sql(select).coalesce(1).write().parquet(folder + "/spark/" + type);
      }
    } finally {
      session.conf().unset("spark.sql.parquet.outputTimestampType");
      session.conf().unset("spark.sql.parquet.datetimeRebaseModeInWrite");
      session.conf().unset("spark.sql.parquet.int96RebaseModeInWrite");
    }
    for (String format : List.of("jsonl", "parquet")) {
      for (ObjectNode row : score(folder.resolve("spark"), format)) {
        assertEquals("1000-01-01", row.path("day").asText(), format);
        assertEquals("[\"2020-01-01\"]", row.path("days").toString(), format);
        assertEquals("1000-01-01T00:00:00.123", row.path("at").asText().substring(0, 23), format);
      }
    }
    Path out = folder.resolve("out-parquet");
    assertEquals(3, DataSets.rows(out).size());
    assertEquals(
        List.of("1000-01-01", "1000-01-01", "1000-01-01"),
        session
            .read()
            .parquet(ParquetFiles.shards(out).getFirst().toString())
            .selectExpr("cast(day AS string)")
            .collectAsList()
            .stream()
            .map(row -> row.getString(0))
            .toList());
  }
}
