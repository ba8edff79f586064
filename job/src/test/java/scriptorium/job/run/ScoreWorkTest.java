package scriptorium.job.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import scriptorium.engine.TextScore;
import scriptorium.job.base.UserException;
import scriptorium.job.config.ScoreOptions;

/** Whole runs of score: what becomes of the rows of every format of texts. */
class ScoreWorkTest extends ScoreRuns {
  private static byte[] gzip(String text) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(bytes)) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return bytes.toByteArray();
  }

  @Test
  void rowsKeepTheirColumnsAndOrderAndGetTheEnginesScores() throws Exception {
    List<String> texts = books(47);
    texts.set(3, "");
    texts.set(4, "One\u00a0\"line\"\n\twith <|endoftext|> and \ud83d\ude00");
    Files.writeString(folder.resolve("a.jsonl"), jsonl(texts));
    ScoreOptions options = options(folder.resolve("a.jsonl"));
    options.columns =
        List.of(
            "all", "tokens", "token_log_likelihoods", "token_ranks", "token_entropies", "context");
    ShardedRun.Result result = run(options);
    assertEquals(47, result.newRows());
    List<JsonNode> rows = rows();
    List<TextScore> scores = expected(texts);
    assertEquals(47, rows.size());
    for (int i = 0; i < rows.size(); i++) {
      JsonNode row = rows.get(i);
      TextScore score = scores.get(i);
      assertEquals("k" + i, row.get("key").asText());
      assertEquals(texts.get(i), row.get("text").asText());
      assertEquals("[1.5,\"a\"]", row.get("list").toString());
      assertEquals(score.logLikelihood(), row.get("log_likelihood").asDouble());
      assertEquals(score.length(), row.get("length").asInt());
      assertTrue(row.get("error").isNull());
      assertArrayEquals(score.tokens(), JSON.convertValue(row.get("tokens"), int[].class));
      assertArrayEquals(score.ranks(), JSON.convertValue(row.get("token_ranks"), int[].class));
      assertArrayEquals(score.contexts(), JSON.convertValue(row.get("context"), int[].class));
      if (i == 3) {
        assertTrue(row.get("perplexity").isNull());
        assertTrue(row.get("mean_rank").isNull());
        assertEquals(0, row.get("log_likelihood").asDouble());
      } else {
        int bytes = texts.get(i).getBytes(StandardCharsets.UTF_8).length;
        assertEquals(score.bitsPerByte(bytes), row.get("bits_per_byte").asDouble());
        assertEquals(score.perplexity(), row.get("perplexity").asDouble());
        assertEquals(score.meanLogRank(), row.get("mean_log_rank").asDouble());
        assertEquals(score.fastDetectGpt(), row.get("fast_detect_gpt").asDouble());
        assertEquals(score.topShare(100), row.get("top_100_share").asDouble());
      }
    }
    assertTrue(Files.readString(folder.resolve("out/README.md")).contains("fast_detect_gpt"));
  }

  @Test
  void everyFormatGivesTheSameScores() throws Exception {
    List<String> texts = books(25);
    texts.replaceAll(text -> text.replace('\n', ' ').replace('\r', ' '));
    texts.set(7, "");
    Path inputs = Files.createDirectories(folder.resolve("in/deep"));
    Files.writeString(inputs.resolve("a.jsonl"), jsonl(texts));
    Files.write(inputs.resolve("b.jsonl.gz"), gzip(jsonl(texts)));
    Files.writeString(inputs.resolve("c.txt"), String.join("\r\n", texts));
    Files.write(inputs.resolve("d.txt.gz"), gzip(String.join("\n", texts) + "\n"));
    Files.writeString(inputs.resolve("_hidden.jsonl"), "{}");
    Files.writeString(inputs.resolve("notes.md"), "no texts");
    session
        .read()
        .schema("key string, text string, n bigint, list array<string>")
        .json(inputs.resolve("a.jsonl").toString())
        .coalesce(1)
        .selectExpr(
            "text",
            "n",
            "list",
            "map(key, n) as m",
            "named_struct('x', 1.5D, 'y', cast(2.25 as decimal(9,3))) as s",
            "timestamp'2024-05-06 07:08:09' as at",
            "date'2024-05-06' as day",
            "cast('abc' as binary) as raw")
        .write()
        .parquet(inputs.resolve("e.parquet").toString());
    run(options(folder.resolve("in")));
    List<JsonNode> rows = rows();
    assertEquals(125, rows.size());
    for (int i = 0; i < 25; i++) {
      for (int file = 1; file < 5; file++) {
        assertEquals(rows.get(i).get("text"), rows.get(25 * file + i).get("text"));
        assertEquals(
            rows.get(i).get("log_likelihood"), rows.get(25 * file + i).get("log_likelihood"));
      }
    }
    JsonNode row = rows.get(101);
    assertEquals(1, row.get("n").asLong());
    assertEquals("[\"1.5\",\"a\"]", row.get("list").toString());
    assertEquals("{\"k1\":1}", row.get("m").toString());
    assertEquals("{\"x\":1.5,\"y\":2.25}", row.get("s").toString());
    assertTrue(row.get("at").asText().startsWith("2024-05-0"), row.get("at").asText());
    assertEquals("2024-05-06", row.get("day").asText());
  }

  @Test
  void parquetHoldsTheSameRows() throws Exception {
    Path input = folder.resolve("a.jsonl");
    String lines =
        jsonl(books(25)).replaceFirst("\"n\":3", "\"n\":3.5")
            + "no json\n"
            + "{\"text\":7,\"big\":9007199254740993,\"mixed\":[1,\"a\"],\"length\":4,\"many\":[1,2.5]}\n"
            + "{\"text\":\"end\",\"big\":1,\"mixed\":{\"x\":null},\"many\":[]}\n";
    Files.writeString(input, lines);
    ScoreOptions json = options(input);
    json.columns = List.of("all", "tokens", "token_log_likelihoods");
    run(json);
    List<JsonNode> expected = rows();
    ScoreOptions parquet = options(input);
    parquet.columns = json.columns;
    parquet.format = "parquet";
    parquet.out = folder.resolve("parquet").toString();
    run(parquet);
    assertEquals(0, run(parquet).newRows());
    Dataset<Row> table = session.read().parquet(folder.resolve("parquet/texts.scored").toString());
    assertEquals(
        "key STRING,text STRING,n DOUBLE,list STRING,big BIGINT,mixed STRING,length BIGINT,"
            + "many ARRAY<DOUBLE>,model STRING,log_likelihood DOUBLE,scored_length INT",
        table.schema().toDDL().substring(0, table.schema().toDDL().indexOf(",bits_per_byte")));
    List<Row> rows = new ArrayList<>(table.collectAsList());
    rows.sort(java.util.Comparator.comparing(ScoreWorkTest::index));
    assertEquals(28, rows.size());
    for (int i = 0; i < 25; i++) {
      JsonNode row = expected.get(i);
      assertEquals(row.get("text").asText(), rows.get(i).getAs("text"));
      assertEquals(row.get("n").asDouble(), (double) rows.get(i).getAs("n"));
      assertEquals("[1.5,\"a\"]", rows.get(i).getAs("list"));
      assertEquals(
          row.get("log_likelihood").asDouble(), (double) rows.get(i).getAs("log_likelihood"));
      assertEquals(row.get("length").asInt(), (int) rows.get(i).getAs("scored_length"));
      assertEquals(
          row.get("tokens").size(), rows.get(i).getList(rows.get(i).fieldIndex("tokens")).size());
    }
    Row bad = rows.get(26);
    assertEquals("7", bad.getAs("text"));
    assertEquals(9007199254740993L, (long) bad.getAs("big"));
    assertEquals("[1,\"a\"]", bad.getAs("mixed"));
    assertEquals(4L, (long) bad.getAs("length"));
    assertEquals("column text is a number, no text", bad.getAs("error"));
    assertEquals("{\"x\":null}", rows.get(27).getAs("mixed"));
  }

  /** Rows of a table have no order of their own: that of their key, the bad ones last. */
  private static int index(Row row) {
    String key = row.getAs("key");
    if (key != null) {
      return Integer.parseInt(key.substring(1));
    }
    return row.getAs("text") == null ? 25 : "7".equals(row.getAs("text")) ? 26 : 27;
  }

  @Test
  void badRowsBecomeErrorRowsAndTheRestIsScored() throws Exception {
    Path inputs = Files.createDirectories(folder.resolve("in"));
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    lines.writeBytes(
        "{\"text\": \"good\", \"n\": 12345678901234567890.10}\n".getBytes(StandardCharsets.UTF_8));
    lines.writeBytes("{\"text\": \"cut\n".getBytes(StandardCharsets.UTF_8));
    lines.writeBytes(new byte[] {'{', (byte) 0xff, (byte) 0xfe, '}', '\n'});
    lines.writeBytes(
        "{\"text\": null, \"n\": 3}\n{\"n\": 4}\n{\"text\": 5}\n[1]\n\n"
            .getBytes(StandardCharsets.UTF_8));
    lines.writeBytes("{\"text\": \"lone \\ud800 half\"}\n\n\n".getBytes(StandardCharsets.UTF_8));
    Files.write(inputs.resolve("a.jsonl"), lines.toByteArray());
    byte[] whole = gzip(jsonl(books(60)));
    Files.write(inputs.resolve("b.jsonl.gz"), Arrays.copyOf(whole, whole.length * 2 / 3));
    Files.write(
        inputs.resolve("d.parquet"), Arrays.copyOf("PAR1".getBytes(StandardCharsets.UTF_8), 100));
    Files.writeString(inputs.resolve("e.jsonl"), "");
    Files.writeString(inputs.resolve("f.txt"), "the end");
    run(options(inputs));
    List<JsonNode> rows = rows();
    List<String> errors =
        rows.stream()
            .map(row -> row.get("error").isNull() ? "" : row.get("error").asText())
            .toList();
    assertEquals("", errors.get(0));
    assertEquals("12345678901234567890.10", rawN(0));
    assertTrue(errors.get(1).contains("line 2: no valid JSON"), errors.get(1));
    assertTrue(errors.get(2).contains("line 3: no valid UTF-8"), errors.get(2));
    assertEquals("column text is null, no text", errors.get(3));
    assertEquals(3, rows.get(3).get("n").asInt());
    assertEquals("no column text", errors.get(4));
    assertEquals("column text is a number, no text", errors.get(5));
    assertTrue(errors.get(6).contains("line 7: no JSON object"), errors.get(6));
    assertTrue(errors.get(7).contains("line 8: no JSON object"), errors.get(7));
    assertEquals("", errors.get(8));
    int broken = 9;
    while (errors.get(broken).isEmpty()) {
      broken++;
    }
    assertTrue(broken > 20, "rows of a gzip before its cut: " + (broken - 9));
    assertTrue(errors.get(broken).contains("b.jsonl.gz is damaged after row"), errors.get(broken));
    assertTrue(
        errors.get(broken + 1).contains("d.parquet, row 0: damaged"), errors.get(broken + 1));
    assertEquals("the end", rows.get(broken + 2).get("text").asText());
    assertEquals(broken + 3, rows.size());
    JsonNode manifest = JSON.readTree(folder.resolve("out/manifest.json").toFile());
    assertEquals(9, manifest.at("/totals/errors").asInt());
    assertEquals(rows.size(), manifest.at("/totals/rows").asInt());
    assertTrue(manifest.at("/inputs/files/1/error").asText().contains("damaged after row"));
    for (JsonNode row : rows) {
      assertEquals(row.get("error").isNull(), row.get("log_likelihood").isNumber());
    }
  }

  private String rawN(int row) throws IOException {
    String line = Files.readAllLines(folder.resolve("out/texts.scored/part-00000.jsonl")).get(row);
    return line.replaceFirst(".*\"n\":([0-9.]+).*", "$1");
  }

  @Test
  void aColumnThatNoRowHasAndTextsWithoutRowsAreRefused() throws Exception {
    Path input = folder.resolve("a.jsonl");
    Files.writeString(input, "no json\n" + jsonl(books(3)));
    ScoreOptions options = options(input);
    options.textColumn = "words";
    String message = assertThrows(UserException.class, () -> run(options)).getMessage();
    assertTrue(message.contains("no column words in its first rows, but key, text"), message);
    Files.writeString(input, "\n\n");
    String empty = assertThrows(UserException.class, () -> run(options(input))).getMessage();
    assertTrue(empty.contains("has no rows"), empty);
  }

  @Test
  void patternsNameFiles() throws Exception {
    Files.writeString(folder.resolve("a1.jsonl"), jsonl(books(5)));
    Files.writeString(folder.resolve("a2.txt"), "one\ntwo\n");
    Files.writeString(folder.resolve("b.jsonl"), jsonl(books(5)));
    run(options(folder.resolve("a*")));
    assertEquals(7, rows().size());
  }

  @Test
  void anOutputWithinTheInputIsNoInput() throws Exception {
    Files.writeString(folder.resolve("a.jsonl"), jsonl(books(5)));
    run(options(folder));
    assertEquals(0, run(options(folder)).newRows());
    assertEquals(5, rows().size());
  }
}
