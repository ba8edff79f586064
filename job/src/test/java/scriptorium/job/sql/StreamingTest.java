package scriptorium.job.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeoutException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.StreamingQueryException;
import org.apache.spark.sql.streaming.Trigger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scriptorium.engine.Engine;
import scriptorium.engine.EngineOptions;
import scriptorium.engine.Model;
import scriptorium.engine.ModelFolder;
import scriptorium.engine.Scorer;
import scriptorium.engine.ScoringConfig;
import scriptorium.job.dataset.DatasetScorer;
import scriptorium.job.row.ScoreColumn;

/** Scoring of files as they arrive, in SQL and by a scorer, in sessions that end in between. */
class StreamingTest {
  private static final Path MODEL =
      Path.of(System.getProperty("scriptorium.home"), "datasets", "books-8M");

  @TempDir Path folder;
  private SparkSession session;
  private ModelFolder model;

  @BeforeEach
  void start() throws Exception {
    Files.createDirectories(folder.resolve("in"));
    model = ModelFolder.open(MODEL);
    newSession();
  }

  @AfterEach
  void stop() {
    session.stop();
    model.close();
  }

  private void newSession() {
    session =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.extensions", ScriptoriumExtensions.class.getName())
            .config("spark.scriptorium.model", MODEL.toString())
            .config("spark.scriptorium.maxNewTokens", "4")
            .getOrCreate();
  }

  /** Texts from..to, of which every fifth is null. */
  private void arrive(int from, int to) throws Exception {
    StringBuilder lines = new StringBuilder();
    for (int i = from; i < to; i++) {
      lines.append(
          "{\"id\":%d,\"text\":%s}%n".formatted(i, i % 5 == 4 ? "null" : "\"" + text(i) + "\""));
    }
    Files.writeString(folder.resolve("in/" + from + ".json"), lines.toString());
  }

  private static String text(int i) {
    return "Chapter " + i + ". It was a dark night.";
  }

  /** Works on what is there until nothing is left. */
  private void run(String sample) throws TimeoutException, StreamingQueryException {
    Dataset<Row> texts =
        session
            .readStream()
            .schema("id long, text string")
            .option("maxFilesPerTrigger", 1)
            .json(folder.resolve("in").toString())
            .selectExpr("id", "text", "gpt2_log_likelihood(text) AS by_sql", sample);
    new DatasetScorer(session, model, List.of(ScoreColumn.LOG_LIKELIHOOD))
        .score(texts, "text")
        .writeStream()
        .format("parquet")
        .option("checkpointLocation", folder.resolve("checkpoint").toString())
        .trigger(Trigger.AvailableNow())
        .start(folder.resolve("scores").toString())
        .awaitTermination();
  }

  private Map<Long, Row> scores() {
    Map<Long, Row> scores = new TreeMap<>();
    for (Row row : session.read().parquet(folder.resolve("scores").toString()).collectAsList()) {
      Row before = scores.put(row.getLong(0), row);
      assertEquals(null, before, "twice");
    }
    return scores;
  }

  private void assertScored(int count) throws Exception {
    Map<Long, Row> scores = scores();
    assertEquals(count, scores.size());
    try (Model loaded = Model.load(model);
        Engine engine = new Engine(loaded, EngineOptions.DEFAULT)) {
      Scorer scorer = new Scorer(engine, ScoringConfig.LIKELIHOODS);
      for (Row row : scores.values()) {
        int id = (int) row.getLong(0);
        Double expected = id % 5 == 4 ? null : (Double) scorer.score(text(id)).logLikelihood();
        assertEquals(expected, row.getAs("by_sql"));
        assertEquals(expected, row.getAs("log_likelihood"));
      }
    }
  }

  @Test
  void everyTextIsScoredOnceWhateverEndsInBetween() throws Exception {
    arrive(0, 10);
    arrive(10, 20);
    run("'' AS sample");
    assertScored(20);
    run("'' AS sample"); // nothing new
    assertScored(20);
    arrive(20, 30);
    session.stop();
    newSession();
    run("'' AS sample");
    assertScored(30);
  }

  @Test
  @Tag("slow")
  void aQueryThatFailedGoesOnWhereItStood() throws Exception {
    arrive(0, 10);
    run("gpt2_generate(text, id) AS sample");
    arrive(10, 20);
    arrive(20, 30);
    String fails = "gpt2_generate(text, CASE WHEN id = 27 THEN -1 ELSE id END) AS sample";
    Exception e = assertThrows(StreamingQueryException.class, () -> run(fails));
    assertTrue(e.getMessage().contains("Row id -1"), e.getMessage());
    assertTrue(scores().size() >= 10 && !scores().containsKey(27L));
    run("gpt2_generate(text, id) AS sample");
    assertScored(30);
  }
}
