package scriptorium.job.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import scriptorium.engine.ModelFolder;
import scriptorium.engine.TestModels;
import scriptorium.job.config.GenerateOptions;
import scriptorium.job.config.ScoreOptions;
import scriptorium.job.dataset.DatasetGenerator;
import scriptorium.job.dataset.DatasetScorer;
import scriptorium.job.dataset.RowsAhead;
import scriptorium.job.output.ShardInspector;
import scriptorium.job.row.SamplingSetting;
import scriptorium.job.row.ScoreColumn;
import scriptorium.job.store.Manifest;
import scriptorium.job.store.OutputStore;
import scriptorium.job.store.ShardReceipt;
import scriptorium.job.testing.DataSets;
import scriptorium.job.testing.SessionTest;
import scriptorium.job.verify.RowProof;

/** A model that is not finite from position 20 on: longer rows become error rows, others do not. */
class NonFiniteRowsTest extends SessionTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SHORT = "It was";
  private static final String LONG = "the sea and the ship and ".repeat(5);
  private static ModelFolder broken;

  @BeforeAll
  static void load() {
    broken = ModelFolder.open(TestModels.tinyFolderOverflowingFrom(20));
  }

  @AfterAll
  static void close() {
    broken.close();
  }

  private Path out() {
    return folder.resolve("out");
  }

  private static List<JsonNode> rows(Path folder) throws Exception {
    List<JsonNode> rows = new ArrayList<>();
    try (Stream<Path> shards = Files.list(folder)) {
      for (Path shard :
          shards.filter(file -> file.toString().endsWith(".jsonl")).sorted().toList()) {
        for (String line : Files.readAllLines(shard)) {
          rows.add(JSON.readTree(line));
        }
      }
    }
    return rows;
  }

  private Path texts() throws Exception {
    Path texts = folder.resolve("texts.jsonl");
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 12; i++) {
      lines.append("{\"text\": \"").append(i % 3 == 0 ? LONG : SHORT).append("\"}\n");
    }
    return Files.writeString(texts, lines);
  }

  private GenerateOptions prompted() throws Exception {
    GenerateOptions options = DataSets.samples(out(), "jsonl");
    options.split = null;
    options.prompts = texts().toString();
    options.shardRows = 5;
    return options;
  }

  @Test
  void promptsThatLeadThereBecomeErrorRows() throws Exception {
    DataSets.generate(prompted(), broken, session);
    List<JsonNode> rows = rows(out().resolve("set.train"));
    assertEquals(12, rows.size());
    for (int i = 0; i < rows.size(); i++) {
      JsonNode row = rows.get(i);
      assertEquals(i % 3 == 0, row.get("error").asText().startsWith("Logits are not finite"));
      assertEquals(i % 3 == 0, row.get("log_likelihood").isNull(), row.toString());
      assertEquals(i % 3 == 0 ? LONG : SHORT, row.get("prompt").asText());
    }
    assertEquals(4, DataSets.manifest(out()).totals().errors());
    assertEquals(List.of(), DataSets.verify(out()).regenerate(broken, 12, 1));
  }

  @Test
  void onBadRowFailEndsTheRunInOneLine() throws Exception {
    GenerateOptions options = prompted();
    options.onBadRow = "fail";
    Exception e = assertThrows(Exception.class, () -> DataSets.generate(options, broken, session));
    assertTrue(e.toString().contains("Logits are not finite"), e.toString());
    assertTrue(e.toString().contains("--on-bad-row record goes on"), e.toString());
  }

  /** There is no column for the error: the rows hold nothing, and are counted. */
  @ParameterizedTest
  @CsvSource({"jsonl, false", "parquet, false", "jsonl, true"})
  void rowsWithoutPromptsBecomeErrorRows(String format, boolean openAi) throws Exception {
    GenerateOptions options = DataSets.samples(out(), format);
    options.set(SamplingSetting.MAX_NEW_TOKENS, 30);
    options.schema = openAi ? "openai" : null;
    DataSets.generate(options, broken, session);
    Manifest manifest = DataSets.manifest(out());
    assertEquals(30, manifest.totals().rows());
    assertEquals(30, manifest.totals().errors());
    assertEquals(0, manifest.totals().tokens());
    if (format.equals("jsonl")) {
      for (JsonNode row : rows(out().resolve("set.train"))) {
        assertEquals("", row.get("text").asText());
        assertEquals(0, row.get("length").asInt());
        assertFalse(row.get("ended").asBoolean());
        assertTrue(openAi || row.get("log_likelihood").isNull());
      }
    }
    assertEquals(List.of(), DataSets.verify(out()).regenerate(broken, 30, 1));
    ShardReceipt written = manifest.shards().getFirst();
    Optional<ShardReceipt> read =
        ShardInspector.inspect(
            new OutputStore(out().toString(), HADOOP),
            written.file(),
            "train",
            0,
            10,
            new RecordedRun(manifest).schema());
    assertEquals(Optional.of(written), read);
  }

  @ParameterizedTest
  @ValueSource(strings = {"jsonl", "parquet"})
  void textsThatLeadThereBecomeErrorRows(String format) throws Exception {
    ScoreOptions options = DataSets.scores(texts(), out(), format);
    DataSets.score(options, broken, null, session);
    assertEquals(4, DataSets.manifest(out()).totals().errors());
    if (format.equals("jsonl")) {
      List<JsonNode> rows = rows(out().resolve("set.scored"));
      for (int i = 0; i < rows.size(); i++) {
        JsonNode row = rows.get(i);
        assertEquals(i % 3 == 0, row.get("error").asText().startsWith("Logits are not finite"));
        assertEquals(i % 3 == 0, row.get("log_likelihood").isNull(), row.toString());
      }
    }
    RowProof proof = DataSets.verify(out()).rescore(broken, null, 12, 1);
    assertEquals(new RowProof(List.of(), 8, 4), proof);
    options.onBadRow = "fail";
    options.out = folder.resolve("other").toString();
    Exception e =
        assertThrows(Exception.class, () -> DataSets.score(options, broken, null, session));
    assertTrue(e.toString().contains("Logits are not finite"), e.toString());
  }

  @Test
  void datasetsTreatThemAsOtherBadRows() {
    StructType schema = new StructType().add("n", DataTypes.LongType).add("t", "string");
    List<Row> rows = new ArrayList<>();
    for (long i = 0; i < 9; i++) {
      rows.add(RowFactory.create(i, i % 3 == 0 ? LONG : SHORT));
    }
    GenerateOptions settings = new GenerateOptions();
    settings.set(SamplingSetting.MAX_NEW_TOKENS, 5);
    List<Row> samples =
        new DatasetGenerator(session, broken, settings)
            .generate(session.createDataFrame(rows, schema), "t", "n")
            .select("error", "log_likelihood")
            .collectAsList();
    List<Row> scores =
        new DatasetScorer(session, broken, List.of(ScoreColumn.LOG_LIKELIHOOD, ScoreColumn.LENGTH))
            .score(session.createDataFrame(rows, schema), "t")
            .select("log_likelihood", "length")
            .collectAsList();
    for (int i = 0; i < 9; i++) {
      assertEquals(i % 3 == 0, samples.get(i).get(0) != null, samples.toString());
      assertEquals(i % 3 == 0, samples.get(i).get(1) == null, samples.toString());
      assertEquals(i % 3 == 0, scores.get(i).get(0) == null, scores.toString());
    }
    assertNull(scores.getFirst().get(1));
  }

  @Test
  void anErrorOfTheEngineReachesSparkAsItself() {
    OutOfMemoryError thrown = new OutOfMemoryError("for a test");
    RowsAhead<Integer, Integer> rows =
        new RowsAhead<>(
            List.of(1, 2).iterator(),
            row -> 1,
            () -> null,
            (engine, some) -> {
              throw thrown;
            });
    assertEquals(thrown, assertThrows(OutOfMemoryError.class, rows::hasNext));
  }
}
