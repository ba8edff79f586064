package scriptorium.job.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.spark.SparkException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import scriptorium.engine.Engine;
import scriptorium.engine.EngineOptions;
import scriptorium.engine.Model;
import scriptorium.engine.Scorer;
import scriptorium.engine.ScoringConfig;
import scriptorium.engine.TextScore;
import scriptorium.job.base.UserException;
import scriptorium.job.config.GenerateOptions;
import scriptorium.job.row.SamplingSetting;
import scriptorium.job.row.ScoreColumn;
import scriptorium.job.testing.DataSets;
import scriptorium.job.testing.Messages;
import scriptorium.job.testing.SessionTest;

/** Generating and scoring from Dataset to Dataset, against the commands and the engine alone. */
class DatasetGeneratorTest extends SessionTest {
  private static final StructType PROMPTS =
      new StructType()
          .add("n", DataTypes.LongType)
          .add("prompt_text", DataTypes.StringType)
          .add("other", DataTypes.IntegerType);

  private static GenerateOptions settings() {
    GenerateOptions settings = new GenerateOptions();
    settings.set(SamplingSetting.TOP_K, 40);
    settings.set(SamplingSetting.MAX_NEW_TOKENS, 12);
    return settings;
  }

  private static Dataset<Row> prompts(List<Row> rows) {
    return session.createDataFrame(rows, PROMPTS);
  }

  private static List<Row> numbered(int count) {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      rows.add(RowFactory.create((long) i, "On day " + i + " of the voyage", i % 3));
    }
    return rows;
  }

  /** Rows as JSON, by their ids. */
  private static Map<Long, String> byId(Dataset<Row> rows) {
    Map<Long, String> byId = new TreeMap<>();
    List<String> json = rows.toJSON().collectAsList();
    List<Row> ids = rows.select("id").collectAsList();
    for (int i = 0; i < json.size(); i++) {
      assertNull(byId.put(ids.get(i).getLong(0), json.get(i)));
    }
    return byId;
  }

  private Dataset<Row> written(GenerateOptions options) {
    DataSets.generate(options, model, session);
    return session.read().parquet(folder.resolve("out/set.train").toString());
  }

  private GenerateOptions command() {
    GenerateOptions options = settings();
    options.name = "set";
    options.model = model.path().toString();
    options.format = "parquet";
    options.out = folder.resolve("out").toString();
    return options;
  }

  @ParameterizedTest
  @CsvSource({"1, false, 0.8..1.0", "3, true, 1"})
  void rowsAreThoseOfTheCommand(int samples, boolean tokens, String topP) throws Exception {
    List<Row> rows = numbered(70);
    Path file = folder.resolve("prompts.txt");
    Files.write(file, rows.stream().map(row -> row.getString(1)).toList());
    GenerateOptions command = command();
    command.prompts = file.toString();
    GenerateOptions settings = settings();
    settings.promptSettings = List.of("stop"); // of prompts in files, and not read here
    for (GenerateOptions options : List.of(command, settings)) {
      options.samplesPerPrompt = samples;
      options.tokenColumns = tokens;
      options.set(SamplingSetting.TOP_P, topP);
    }
    Dataset<Row> expected = written(command);
    Collections.shuffle(rows, new Random(1));
    Dataset<Row> generated =
        new DatasetGenerator(session, model, settings)
            .generate(prompts(rows).repartition(5), "prompt_text", "n")
            .cache();
    assertEquals(List.of(expected.columns()), List.of(generated.columns()));
    assertEquals(70 * samples, generated.count());
    assertEquals(byId(expected), byId(generated));
  }

  @Test
  void withoutPromptsToo() {
    GenerateOptions command = command();
    command.count = 40L;
    Dataset<Row> generated =
        new DatasetGenerator(session, model, settings())
            .generate(session.range(0, 40, 1, 3).toDF(), "id");
    assertEquals(byId(written(command)), byId(generated));
  }

  @Test
  void rowsThatShareAnIdShareItsStream() {
    List<Row> rows =
        List.of(
            RowFactory.create(4L, "It was", 0),
            RowFactory.create(4L, "It was", 1),
            RowFactory.create(4L, "The captain", 2),
            RowFactory.create(5L, "It was", 3));
    List<Row> samples =
        new DatasetGenerator(session, model, settings())
            .generate(prompts(rows).coalesce(1), "prompt_text", "n")
            .select("text", "prompt", "id")
            .collectAsList();
    assertEquals(List.of("It was", "It was", "The captain", "It was"), column(samples, 1));
    assertEquals(List.of(4L, 4L, 4L, 5L), column(samples, 2));
    assertEquals(samples.get(0).getString(0), samples.get(1).getString(0));
    assertFalse(samples.get(0).getString(0).equals(samples.get(3).getString(0)));
  }

  private static List<Object> column(List<Row> rows, int column) {
    return rows.stream().map(row -> row.get(column)).toList();
  }

  @Test
  void promptsThatAreNoneBecomeErrorRows() {
    List<Row> rows =
        List.of(
            RowFactory.create(0L, null, 0),
            RowFactory.create(1L, "a ".repeat(3000), 0),
            RowFactory.create(2L, "", 0),
            RowFactory.create(3L, "\ud800 half", 0));
    List<Row> samples =
        new DatasetGenerator(session, model, settings())
            .generate(prompts(rows).coalesce(1), "prompt_text", "n")
            .select("error", "text", "log_likelihood")
            .collectAsList();
    assertEquals("prompt is null", samples.get(0).getString(0));
    assertTrue(
        samples.get(1).getString(0).startsWith("prompt of 3001 tokens is longer"),
        samples.toString());
    assertNull(samples.get(1).get(2));
    assertNull(samples.get(2).get(0));
    assertNull(samples.get(3).get(0));
  }

  @Test
  void rowsWithoutAStreamStopTheQuery() {
    GenerateOptions settings = settings();
    settings.samplesPerPrompt = 2;
    for (Long id : new Long[] {null, -1L, Long.MAX_VALUE}) {
      DatasetGenerator generator = new DatasetGenerator(session, model, settings);
      Dataset<Row> samples =
          generator.generate(prompts(List.of(RowFactory.create(id, "It", 0))), "prompt_text", "n");
      SparkException e = assertThrows(SparkException.class, samples::collectAsList);
      String message = e.getCause().getMessage();
      assertTrue(message.contains("random stream"), message);
      Messages.assertOneLine(message);
    }
  }

  @ParameterizedTest
  @CsvSource({"other, n", "prompt_text, prompt_text", "missing, n", "prompt_text, missing"})
  void wrongColumnsAreNamed(String text, String id) {
    DatasetGenerator generator = new DatasetGenerator(session, model, settings());
    String message =
        assertThrows(UserException.class, () -> generator.generate(prompts(numbered(1)), text, id))
            .getMessage();
    assertTrue(message.contains("there are n, prompt_text, other"), message);
    Messages.assertOneLine(message);
  }

  @Test
  void anAbandonedPartitionLeavesTheEngineFree() {
    Dataset<Row> many = prompts(numbered(3000)).coalesce(1);
    GenerateOptions settings = settings();
    assertEquals(
        2,
        new DatasetGenerator(session, model, settings)
            .generate(many, "prompt_text", "n")
            .limit(2)
            .collectAsList()
            .size());
    settings.slots = 3; // another engine, which is refused while the first one is in use
    assertEquals(
        1,
        new DatasetGenerator(session, model, settings)
            .generate(many, "prompt_text", "n")
            .limit(1)
            .collectAsList()
            .size());
  }

  @Test
  void scoresKeepTheirOrderWhateverTheLengths() throws Exception {
    Random random = new Random(2);
    List<String> texts =
        IntStream.range(0, 300)
            .mapToObj(i -> "word " + i + " and".repeat(random.nextInt(12)))
            .toList();
    Dataset<Row> rows =
        session
            .createDataset(texts, org.apache.spark.sql.Encoders.STRING())
            .toDF("text")
            .coalesce(1)
            .withColumn("upper", functions.upper(functions.col("text")));
    List<Row> scored =
        new DatasetScorer(session, model, List.of(ScoreColumn.LOG_LIKELIHOOD))
            .score(rows, "text")
            .collectAsList();
    try (Model loaded = Model.load(model);
        Engine engine = new Engine(loaded, EngineOptions.DEFAULT)) {
      List<TextScore> scores = new Scorer(engine, ScoringConfig.LIKELIHOODS).score(texts);
      for (int i = 0; i < texts.size(); i++) {
        assertEquals(texts.get(i), scored.get(i).getString(0));
        assertEquals(scores.get(i).logLikelihood(), scored.get(i).getDouble(2));
      }
    }
    assertEquals(texts.size(), scored.size());
  }
}
