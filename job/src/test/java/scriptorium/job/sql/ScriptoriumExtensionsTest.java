package scriptorium.job.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import scriptorium.engine.Engine;
import scriptorium.engine.EngineOptions;
import scriptorium.engine.Model;
import scriptorium.engine.ModelFolder;
import scriptorium.engine.Scorer;
import scriptorium.engine.ScoringConfig;
import scriptorium.job.config.GenerateOptions;
import scriptorium.job.dataset.DatasetGenerator;
import scriptorium.job.row.SamplingSetting;
import scriptorium.job.testing.Messages;

/** The functions of SQL in a session that knows them by its settings alone. */
class ScriptoriumExtensionsTest {
  private static final Path MODEL =
      Path.of(System.getProperty("scriptorium.home"), "datasets", "books-8M");
  private static final List<String> TEXTS =
      Arrays.asList(
          "It was the best of times.",
          null,
          "",
          "\ud83d\ude00 caf\u00e9 \u4e2d\u6587",
          "\ud800 half a pair",
          "line\nbreak\u0000null<|endoftext|>",
          "The sea was calm. ".repeat(300));

  private static SparkSession session;

  @BeforeAll
  static void start() {
    session =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.extensions", ScriptoriumExtensions.class.getName())
            .config("spark.scriptorium.model", MODEL.toString())
            .config("spark.scriptorium.maxNewTokens", "6")
            .config("spark.scriptorium.topK", "40")
            .getOrCreate();
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < TEXTS.size(); i++) {
      rows.add(RowFactory.create(i, TEXTS.get(i)));
    }
    session
        .createDataFrame(
            rows,
            new StructType().add("id", DataTypes.IntegerType).add("text", DataTypes.StringType))
        .repartition(3)
        .createOrReplaceTempView("texts");
  }

  @AfterAll
  static void stop() {
    session.stop();
  }

  private static List<Object> values(String query) {
    List<Object> values = new ArrayList<>();
    session.sql(query).collectAsList().forEach(row -> values.add(row.get(0)));
    return values;
  }

  private static String asSparkHasIt(String text) {
    return text == null ? null : text.replace('\ud800', '?').replace("?\ude00", "\ud83d\ude00");
  }

  @Test
  void textsAreScoredAndCutAsByTheEngine() throws Exception {
    List<Row> rows =
        session
            .sql(
                "SELECT gpt2_log_likelihood(text), gpt2_tokens(text), gpt2_token_count(text)"
                    + " FROM texts ORDER BY id")
            .collectAsList();
    try (ModelFolder folder = ModelFolder.open(MODEL);
        Model model = Model.load(folder);
        Engine engine = new Engine(model, EngineOptions.DEFAULT)) {
      Scorer scorer = new Scorer(engine, ScoringConfig.LIKELIHOODS);
      for (int i = 0; i < TEXTS.size(); i++) {
        String text = asSparkHasIt(TEXTS.get(i));
        if (text == null) {
          assertEquals(Arrays.asList(null, null, null), values(rows.get(i)));
          continue;
        }
        int[] tokens = folder.tokenizer().encode(text);
        assertEquals(scorer.score(text).logLikelihood(), rows.get(i).getDouble(0));
        assertEquals(Arrays.stream(tokens).boxed().toList(), rows.get(i).<Integer>getList(1));
        assertEquals(tokens.length, rows.get(i).getInt(2));
      }
    }
  }

  private static List<Object> values(Row row) {
    List<Object> values = new ArrayList<>();
    for (int i = 0; i < row.length(); i++) {
      values.add(row.get(i));
    }
    return values;
  }

  private static final String SAMPLES =
      "SELECT id, gpt2_generate(text, id) FROM prompts ORDER BY id";

  /** The generator's samples of the view prompts, which is made. */
  private static List<Row> samples(List<String> stop) {
    GenerateOptions settings = new GenerateOptions();
    settings.set(SamplingSetting.TOP_K, 40);
    settings.set(SamplingSetting.MAX_NEW_TOKENS, 6);
    settings.set(SamplingSetting.STOP, stop);
    Dataset<Row> prompts =
        session
            .range(0, 30, 1, 3)
            .selectExpr("id * 7 AS id", "concat('On day ', id, ' of the') AS text");
    prompts.createOrReplaceTempView("prompts");
    try (ModelFolder model = ModelFolder.open(MODEL)) {
      return new DatasetGenerator(session, model, settings)
          .generate(prompts, "text", "id")
          .select("id", "text")
          .orderBy("id")
          .collectAsList();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "e                | e",
        "['e', ' th']     | e; th",
        "['\\u0065']      | e",
        "[e]              | [e]",
        "[1]              | [1]",
        "[]               | ",
      })
  void stopStringsAreOneOrAnArrayInJson(String value, String stop) {
    List<Row> expected = samples(stop == null ? List.of() : List.of(stop.split(";")));
    session.sql("SET spark.scriptorium.stop=" + value.replace('\'', '"'));
    try {
      assertEquals(expected, session.sql(SAMPLES).collectAsList());
      if (value.contains("e'") || value.equals("e")) {
        assertNotEquals(samples(List.of()), expected);
      }
    } finally {
      session.sql("RESET spark.scriptorium.stop");
    }
  }

  @Test
  void samplesAreThoseOfTheGenerator() {
    List<Row> expected = samples(null);
    assertEquals(expected, session.sql(SAMPLES).collectAsList());
    session.sql("SET spark.scriptorium.seed=7");
    assertNotEquals(expected, session.sql(SAMPLES).collectAsList());
    session.sql("RESET spark.scriptorium.seed");
    assertEquals(expected, session.sql(SAMPLES).collectAsList());
  }

  /** The condition, always true, has each row's calls made alone. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "gpt2_log_likelihood(text) / gpt2_token_count(text)",
        "gpt2_tokens(gpt2_generate(text, id))",
        "concat(gpt2_generate(text, id), text, gpt2_generate(text, id))",
        "gpt2_generate(text, id % 3)",
        "named_struct('a', gpt2_token_count(text), 'b', array(gpt2_generate('', id)))",
      })
  void manyRowsAtATimeHaveTheSameValues(String expression) {
    Dataset<Row> rows =
        session
            .range(0, 24, 1, 2)
            .selectExpr("id", "CASE WHEN id % 7 < 6 THEN concat('Day ', id) END AS text")
            .cache();
    Dataset<Row> together = rows.selectExpr("text", expression + " AS v", "id");
    Dataset<Row> alone =
        rows.selectExpr("text", "CASE WHEN id >= 0 THEN " + expression + " END AS v", "id");
    assertTrue(plan(together).contains("MapPartitions"), plan(together));
    assertFalse(plan(alone).contains("MapPartitions"), plan(alone));
    assertEquals(alone.collectAsList(), together.collectAsList());
    assertEquals(List.of("text", "v", "id"), List.of(together.columns()));
    rows.unpersist();
  }

  @Test
  void aSelectThatIsFilteredAfterwardsIsCalledForManyRows() {
    Dataset<Row> low =
        session.sql(
            "SELECT id FROM (SELECT id, gpt2_log_likelihood(text) AS l FROM texts) WHERE l < -20");
    assertEquals(5, low.collectAsList().size());
    assertTrue(plan(low).contains("MapPartitions"), plan(low));
  }

  private static String plan(Dataset<Row> rows) {
    return ((org.apache.spark.sql.classic.Dataset<Row>) rows)
        .queryExecution()
        .executedPlan()
        .toString();
  }

  @Test
  void nullArgumentsGiveNull() {
    assertEquals(
        Collections.nCopies(3, null),
        values(
            "SELECT gpt2_generate(p, i) FROM VALUES"
                + " ('a', NULL), (NULL, 1L), (NULL, NULL) AS t(p, i)"));
  }

  @Test
  void constantsFiltersAggregatesAndViewsKnowTheFunctions() {
    assertEquals(List.of(2), values("SELECT gpt2_token_count('Hello world')"));
    assertEquals(
        List.of(5L), values("SELECT count(*) FROM texts WHERE gpt2_log_likelihood(text) < -20"));
    session.sql(
        "CREATE OR REPLACE TEMP VIEW scored AS SELECT id, gpt2_log_likelihood(text) l FROM texts");
    assertEquals(
        values("SELECT sum(gpt2_log_likelihood(text)) FROM texts WHERE id = 0"),
        values("SELECT l FROM scored WHERE id = 0"));
    assertTrue(
        values("DESCRIBE FUNCTION gpt2_generate").toString().contains("gpt2_generate(prompt, id)"));
  }

  @Test
  void queriesRunSideBySide() throws Exception {
    List<Object> expected =
        values("SELECT gpt2_log_likelihood(concat('Day ', id, '.')) FROM range(0, 7) ORDER BY id");
    List<Callable<List<Object>>> queries = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      SparkSession own = i % 2 == 0 ? session : session.newSession();
      queries.add(
          () -> {
            List<Object> values = new ArrayList<>();
            own.range(0, TEXTS.size(), 1, 2)
                .selectExpr("id", "gpt2_log_likelihood(concat('Day ', id, '.')) l")
                .orderBy("id")
                .collectAsList()
                .forEach(row -> values.add(row.get(1)));
            return values;
          });
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(6)) {
      for (Future<List<Object>> values : threads.invokeAll(queries)) {
        assertEquals(expected, values.get());
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "topK        | abc      | topK abc has the wrong type: job/docs/options.md has the right one",
        "topk        | 3        | topk is unknown: job/docs/options.md lists the keys",
        "stop        | [\"\"]   | Stop string 1 is empty",
        "cacheMemory | 1k       | Cache memory 1k holds no sequence of the whole context: give at least 6m",
        "topP        | 7        | Top-p 7.0",
        "topK        | 0        | Top-k 0: give at least 1",
        "seed        | 1.5      | spark.scriptorium.seed 1.5",
        "model       | /nowhere | give spark.scriptorium.model a checkpoint folder",
        "model       | ''       | The model's name is empty: give spark.scriptorium.model a checkpoint",
        "out         | x        | spark.scriptorium.out is of runs",
        "stride      | -1       | spark.scriptorium.stride -1",
        "stride      | 999999   | spark.scriptorium.stride 999999",
        "onBadRow    | record   | spark.scriptorium.onBadRow record",
        "cacheMemory | much     | Invalid cache memory much",
      })
  void wrongSettingsAreOneLine(String key, String value, String expected) {
    String setting = "spark.scriptorium." + key;
    String before = session.conf().contains(setting) ? session.conf().get(setting) : null;
    session.conf().set(setting, value);
    try {
      String message =
          assertThrows(AnalysisException.class, () -> session.sql("SELECT gpt2_tokens('a')"))
              .getMessage();
      assertTrue(message.contains(expected), message);
      Messages.assertOneLine(message);
    } finally {
      if (before == null) {
        session.conf().unset(setting);
      } else {
        session.conf().set(setting, before);
      }
    }
  }

  @Test
  void withoutAModelTheSettingIsNamed() {
    session.conf().unset("spark.scriptorium.model");
    try {
      String message =
          assertThrows(AnalysisException.class, () -> session.sql("SELECT gpt2_tokens('a')"))
              .getMessage();
      assertTrue(message.contains("spark.scriptorium.model is missing"), message);
    } finally {
      session.conf().set("spark.scriptorium.model", MODEL.toString());
    }
  }

  @ParameterizedTest
  @CsvSource({"1, -1", "3000, 1"})
  void badRowsFailOrAreNull(int words, long id) {
    String query =
        "SELECT gpt2_generate(repeat('a ', %d), i) FROM VALUES (%dL) AS t(i)".formatted(words, id);
    Exception e = assertThrows(Exception.class, () -> values(query));
    assertTrue(e.toString().contains("Row id " + id), e.toString());
    assertTrue(e.toString().contains("spark.scriptorium.onBadRow null"), e.toString());
    session.sql("SET spark.scriptorium.onBadRow=null");
    assertEquals(Collections.singletonList(null), values(query));
    session.sql("RESET spark.scriptorium.onBadRow");
  }

  @Test
  void twoEnginesInOneTaskAreRefusedInOneLine() {
    Dataset<Row> first = session.table("texts").selectExpr("text", "gpt2_log_likelihood(text) a");
    session.sql("SET spark.scriptorium.slots=3");
    Dataset<Row> both = first.selectExpr("a", "gpt2_log_likelihood(text) b");
    session.sql("RESET spark.scriptorium.slots");
    Exception e = assertThrows(Exception.class, both::collectAsList);
    assertTrue(e.toString().contains("Another model or engine size is in use"), e.toString());
    // and the session goes on
    assertEquals(TEXTS.size(), first.collectAsList().size());
  }
}
