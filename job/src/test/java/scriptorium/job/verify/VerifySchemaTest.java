package scriptorium.job.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.Test;
import scriptorium.job.base.UserException;
import scriptorium.job.config.GenerateOptions;
import scriptorium.job.config.ScoreOptions;
import scriptorium.job.row.SamplingSetting;
import scriptorium.job.testing.DataSets;
import scriptorium.job.testing.SessionTest;

/** Shards whose hash the manifest has, and whose columns are not what its settings promise. */
class VerifySchemaTest extends SessionTest {
  private static final String SHARD = "set.train/part-00001.";

  private Path out() {
    return folder.resolve("out");
  }

  private List<String> defects() {
    return DataSets.verify(out()).execute(session).stream().map(Object::toString).toList();
  }

  private void assertOneDefect(String expected) {
    assertEquals(List.of(expected), defects());
  }

  private void forge(int line, UnaryOperator<String> change, String expected) throws Exception {
    Path shard = out().resolve(SHARD + "jsonl");
    byte[] before = Files.readAllBytes(shard);
    DataSets.forgeLine(out(), SHARD + "jsonl", line, change);
    assertOneDefect(SHARD + "jsonl: row " + line + " " + expected);
    Files.write(shard, before);
  }

  @Test
  void aLineWithOtherColumnsIsFound() throws Exception {
    DataSets.generate(DataSets.samples(out(), "jsonl"), model, session);
    assertEquals(List.of(), defects());
    forge(
        4,
        line -> line.replaceFirst(",\"log_likelihood\":[^,]*", ""),
        "lacks the column log_likelihood");
    forge(
        5,
        line -> line.replace("}", ",\"rank\":1}"),
        "has the column rank, which the settings do not promise");
    forge(
        6,
        line -> line.replaceFirst("(\"ended\":[a-z]*),(\"length\":[0-9]*)", "$2,$1"),
        "has the column length where ended belongs");
    forge(
        7,
        line -> line.replaceFirst("\"length\":[0-9]*", "\"length\":\"twelve\""),
        "has a text in the column length, no int");
    forge(
        8,
        line -> line.replaceFirst("\"log_likelihood\":[^,]*", "\"log_likelihood\":null"),
        "has null in the column log_likelihood, no double");
    for (String value : List.of("NaN", "-Infinity")) {
      forge(
          2,
          line ->
              line.replaceFirst("\"log_likelihood\":[^,]*", "\"log_likelihood\":\"" + value + "\""),
          "has "
              + value
              + " in the column log_likelihood, which is no likelihood: its model or settings overflowed");
    }
    String unreadable = "cannot be read as an object that has each column once";
    forge(9, line -> line.substring(1), unreadable);
    forge(3, line -> line.replace("\"text\":", "\"text\":\"mine\",\"text\":"), unreadable);
  }

  @Test
  void everySchemaOfGenerateIsSound() throws Exception {
    Path prompts = folder.resolve("prompts.jsonl");
    Files.writeString(prompts, "{\"text\":\"Once\"}\nnothing\n{\"text\":\"Then\"}\n");
    for (String format : List.of("jsonl", "parquet")) {
      GenerateOptions full = DataSets.samples(folder.resolve(format), format);
      full.split = null;
      full.prompts = prompts.toString();
      full.set(SamplingSetting.TOP_P, "0.8..1.0");
      full.tokenColumns = true;
      DataSets.generate(full, model, session);
      assertEquals(List.of(), DataSets.verify(folder.resolve(format)).execute(session));
      GenerateOptions few = DataSets.samples(folder.resolve(format + "-few"), format);
      few.schema = "openai";
      DataSets.generate(few, model, session);
      assertEquals(List.of(), DataSets.verify(folder.resolve(format + "-few")).execute(session));
    }
  }

  @Test
  void aSettingThatPromisesOtherColumnsIsFoundInEveryShard() throws Exception {
    DataSets.generate(DataSets.samples(out(), "jsonl"), model, session);
    Path manifest = out().resolve("manifest.json");
    String before = Files.readString(manifest);
    Files.writeString(
        manifest, before.replace("\"tokenColumns\" : false", "\"tokenColumns\" : true"));
    assertEquals(4, defects().size());
    assertTrue(defects().getFirst().endsWith(": row 0 lacks the column tokens"));
    Files.writeString(manifest, before.replace("\"tokenColumns\" : false", "\"tokenColumns\" : 7"));
    String wrong = assertThrows(UserException.class, this::defects).getMessage();
    assertTrue(wrong.startsWith("Manifest setting tokenColumns of data set set is 7: "), wrong);
  }

  private void forgeTable(UnaryOperator<Dataset<Row>> change, String expected) throws Exception {
    Path shard = out().resolve(SHARD + "parquet");
    byte[] before = Files.readAllBytes(shard);
    DataSets.forgeTable(out(), SHARD + "parquet", session, change);
    assertOneDefect(SHARD + "parquet: " + expected);
    Files.write(shard, before);
  }

  @Test
  void aTableWithOtherColumnsIsFound() throws Exception {
    DataSets.generate(DataSets.samples(out(), "parquet"), model, session);
    assertEquals(List.of(), defects());
    forgeTable(table -> table.drop("log_likelihood"), "lacks the column log_likelihood");
    forgeTable(
        table -> table.withColumn("rank", functions.lit(1)),
        "has the column rank, which the settings do not promise");
    forgeTable(
        table -> table.select(order(table, "ended", "id")),
        "has the column ended where id belongs");
    forgeTable(
        table -> table.withColumn("length", table.col("length").cast("long")),
        "has the column optional int64 length, no optional int32 length");
    forgeTable(
        table -> table.withColumn("log_likelihood", functions.lit(null).cast("double")),
        "row 0 has null in the column log_likelihood, no double");
  }

  /** All columns, some of them first. */
  private static Column[] order(Dataset<Row> table, String... first) {
    List<String> firsts = List.of(first);
    return java.util.stream.Stream.concat(
            firsts.stream(), Arrays.stream(table.columns()).filter(name -> !firsts.contains(name)))
        .map(table::col)
        .toArray(Column[]::new);
  }

  private void score(String format) throws Exception {
    ScoreOptions options =
        DataSets.scores(DataSets.texts(folder.resolve("texts.jsonl"), 23), out(), format);
    options.columns = List.of("all", "tokens", "token_entropies");
    DataSets.score(options, model, null, session);
    assertEquals(List.of(), defects());
  }

  @Test
  void aScoredLineWithOtherColumnsIsFound() throws Exception {
    score("jsonl");
    String shard = "set.scored/part-00001.jsonl";
    DataSets.forgeLine(out(), shard, 3, line -> line.replaceFirst(",\"scored_length\":[0-9]*", ""));
    DataSets.forgeLine(
        out(),
        "set.scored/part-00000.jsonl",
        2,
        line -> line.replaceFirst("\"mean_rank\":[^,]*", "\"mean_rank\":true"));
    DataSets.forgeLine(
        out(), "set.scored/part-00002.jsonl", 0, line -> line.replace("}", ",\"label\":1}"));
    assertEquals(
        List.of(
            "set.scored/part-00000.jsonl: row 2 has a boolean in the column mean_rank, no double",
            shard + ": row 3 lacks the column scored_length",
            "set.scored/part-00002.jsonl: row 0 has the column label, which the settings do not promise"),
        defects());
  }

  @Test
  void aScoredTableWithOtherColumnsIsFound() throws Exception {
    score("parquet");
    String shard = "set.scored/part-00001.parquet";
    DataSets.forgeTable(out(), shard, session, table -> table.drop("perplexity"));
    assertOneDefect(shard + ": lacks the column perplexity");
    DataSets.forgeTable(
        out(),
        shard,
        session,
        table ->
            table
                .withColumn("perplexity", functions.lit(1f))
                .select(order(table, "text", "length", "before", "model", "log_likelihood")));
    assertEquals(1, defects().size());
  }

  @Test
  void everyInputOfScoreIsSound() throws Exception {
    Path odd = folder.resolve("odd.jsonl");
    Files.writeString(
        odd,
        """
        {"text":"One.","error":"theirs","model":1,"scored_model":2}
        no JSON
        {"text":7}
        {"text":""}
        {"text":"Two.","length":1,"scored_length":2,"log_likelihood":-1}
        """);
    for (String format : List.of("jsonl", "parquet")) {
      DataSets.score(DataSets.scores(odd, folder.resolve(format), format), model, null, session);
      assertEquals(List.of(), DataSets.verify(folder.resolve(format)).execute(session));
    }
  }
}
