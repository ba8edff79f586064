package scriptorium.job.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import scriptorium.engine.TextScore;
import scriptorium.job.base.Console;
import scriptorium.job.config.GenerateOptions;
import scriptorium.job.config.JobConfig;
import scriptorium.job.config.ScoreOptions;
import scriptorium.job.dataset.DatasetScorer;
import scriptorium.job.row.SamplingSetting;
import scriptorium.job.row.ScoreColumn;

/** What scores mean: those of generated rows, of prompts, of a second model, of Datasets. */
class ScoreValuesTest extends ScoreRuns {
  @Test
  void generatedRowsReScoredHaveTheirLikelihoodsBitForBit() throws Exception {
    int differing = 0;
    int rows = 0;
    for (String family : List.of("top-k", "top-p", "temperature")) {
      GenerateOptions generate = new GenerateOptions();
      generate.name = family;
      generate.model = model.path().toString();
      generate.count = 700L;
      generate.set(SamplingSetting.TOP_K, family.equals("top-k") ? 40 : null);
      generate.set(SamplingSetting.TOP_P, family.equals("top-p") ? "0.8..1.0" : null);
      generate.set(SamplingSetting.TEMPERATURE, family.equals("temperature") ? 0.9 : null);
      generate.set(SamplingSetting.MAX_NEW_TOKENS, 24);
      generate.tokenColumns = true;
      generate.out = folder.resolve("generated-" + family).toString();
      JobConfig config = JobConfig.of(generate, new GenerateOptions());
      new ShardedRun(new GenerateWork(config, model, null), HADOOP, false, Console.SILENT)
          .execute(session);
      ScoreOptions score = options(Path.of(generate.out));
      score.tokensColumn = "tokens";
      score.columns = List.of("token_log_likelihoods", "token_ranks");
      score.out = folder.resolve("scored-" + family).toString();
      run(score);
      try (Stream<Path> shards = Files.list(Path.of(score.out, "texts.scored"))) {
        for (Path shard : shards.toList()) {
          for (String line : Files.readAllLines(shard)) {
            JsonNode row = JSON.readTree(line);
            rows++;
            differing += sameScores(row) ? 0 : 1;
          }
        }
      }
    }
    assertEquals(2100, rows);
    assertEquals(0, differing);
  }

  private static boolean sameScores(JsonNode row) {
    assertNotNull(row.get("scored_log_likelihood"));
    return row.get("log_likelihood").toString().equals(row.get("scored_log_likelihood").toString())
        && row.get("token_log_likelihoods").equals(row.get("scored_token_log_likelihoods"))
        && row.get("token_ranks").equals(row.get("scored_token_ranks"));
  }

  @Test
  void aPromptIsConditionedOn() throws Exception {
    Path input = folder.resolve("a.jsonl");
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 12; i++) {
      lines
          .append("{\"q\":\"It was the best of times, it was the\",\"text\":\" worst of ")
          .append(i)
          .append("\"}\n");
    }
    lines.append("{\"text\":\"no prompt\"}\n");
    Files.writeString(input, lines.toString());
    ScoreOptions options = options(input);
    options.promptColumn = "q";
    options.columns = List.of("context");
    run(options);
    List<JsonNode> rows = rows();
    assertEquals(11, rows.get(0).get("context").get(0).asInt());
    assertEquals("no column q", rows.get(12).get("error").asText());
    assertFalse(rows.get(0).get("log_likelihood").equals(rows.get(1).get("log_likelihood")));
  }

  /** A model that observes itself: its ratio is that of likelihood and entropy. */
  @Test
  void binocularsIsWrittenWhereASecondModelIsNamed() throws Exception {
    Path input = folder.resolve("a.jsonl");
    Files.writeString(input, jsonl(books(15)));
    ScoreOptions options = options(input);
    options.observer = model.path().toString();
    options.columns = List.of("mean_entropy");
    run(options, model);
    for (JsonNode row : rows()) {
      double mean = -row.get("log_likelihood").asDouble() / row.get("length").asInt();
      assertEquals(
          mean / row.get("mean_entropy").asDouble(), row.get("binoculars").asDouble(), 1e-5);
    }
    JsonNode manifest = JSON.readTree(folder.resolve("out/manifest.json").toFile());
    assertEquals(model.weightsHash(), manifest.at("/observer/weightsSha256").asText());
  }

  @Test
  void datasetsAreScoredWithTheSameBits() throws Exception {
    List<String> texts = books(30);
    Path input = folder.resolve("a.jsonl");
    Files.writeString(input, jsonl(texts) + "{\"key\":\"none\"}\n");
    Dataset<Row> rows = session.read().json(input.toString()).repartition(3);
    List<ScoreColumn> columns =
        List.of(ScoreColumn.LOG_LIKELIHOOD, ScoreColumn.MEAN_RANK, ScoreColumn.TOKEN_RANKS);
    List<Row> scored =
        new DatasetScorer(JavaSparkContext.fromSparkContext(session.sparkContext()), model, columns)
            .score(rows, "text")
            .collectAsList();
    List<TextScore> scores = expected(texts);
    assertEquals(31, scored.size());
    for (Row row : scored) {
      if (row.isNullAt(row.fieldIndex("text"))) {
        assertTrue(row.isNullAt(row.fieldIndex("log_likelihood")));
      } else {
        TextScore score = scores.get((int) row.getLong(row.fieldIndex("n")));
        assertEquals(score.logLikelihood(), row.getDouble(row.fieldIndex("log_likelihood")));
        assertEquals(score.meanRank(), row.getDouble(row.fieldIndex("mean_rank")));
        assertEquals(score.length(), row.getList(row.fieldIndex("token_ranks")).size());
      }
    }
  }
}
