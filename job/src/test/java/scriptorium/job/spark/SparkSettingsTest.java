package scriptorium.job.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import scriptorium.engine.ModelFolder;
import scriptorium.job.base.Console;
import scriptorium.job.config.CorpusConfig;
import scriptorium.job.config.CorpusOptions;
import scriptorium.job.config.DetectOptions;
import scriptorium.job.config.GenerateOptions;
import scriptorium.job.config.ScoreOptions;
import scriptorium.job.corpus.CorpusJob;
import scriptorium.job.dataset.DatasetGenerator;
import scriptorium.job.dataset.DatasetScorer;
import scriptorium.job.detect.fit.LogisticFit;
import scriptorium.job.detect.fit.RowBatches;
import scriptorium.job.row.SamplingSetting;
import scriptorium.job.row.ScoreColumn;
import scriptorium.job.sql.ScriptoriumExtensions;
import scriptorium.job.testing.DataSets;
import scriptorium.job.testing.DetectCorpora;

/**
 * Every command, Dataset facade and function of SQL has the same bytes under settings of Spark's
 * that users have in their spark-defaults.conf.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SparkSettingsTest {
  private static final String KRYO =
      "spark.serializer=org.apache.spark.serializer.KryoSerializer spark.kryo.registrationRequired=";

  @TempDir static Path folder;
  private ModelFolder model;
  private Map<String, String> expected;

  @BeforeAll
  void withSparksDefaults() throws Exception {
    model = DataSets.model();
    expected = all("defaults", "spark.ui.enabled=false");
    assertEquals(0, expected.values().stream().filter(String::isEmpty).count());
  }

  @AfterAll
  void close() {
    model.close();
  }

  /** The hardest of them: what is sent to executors and back must be of registered classes. */
  @Test
  void kryoWithRegistrationChangesNoByte() throws Exception {
    assertEquals(expected, all("kryo-registered", (KRYO + "true").split(" ")));
  }

  @Tag("slow")
  @ParameterizedTest
  @CsvSource({
    "kryo, " + KRYO + "false spark.kryo.unsafe=true spark.kryo.referenceTracking=false",
    "ansi, spark.sql.ansi.enabled=true spark.sql.session.timeZone=Asia/Kathmandu",
    "lenient, spark.sql.ansi.enabled=false spark.sql.session.timeZone=America/St_Johns",
    "compressed, spark.rdd.compress=true spark.broadcast.compress=true spark.io.compression.codec=snappy",
    "rows, spark.sql.adaptive.enabled=false spark.sql.codegen.wholeStage=false spark.sql.caseSensitive=true",
  })
  void settingsChangeNoByte(String name, String settings) throws Exception {
    assertEquals(expected, all(name, settings.split(" ")));
  }

  /** As a command makes it of the settings that spark-submit hands on. */
  private SparkSession session(String... settings) {
    for (String setting : settings) {
      System.setProperty(setting.split("=", 2)[0], setting.split("=", 2)[1]);
    }
    try {
      SparkConf conf =
          Sessions.conf("test", "local[2]")
              .set("spark.sql.extensions", ScriptoriumExtensions.class.getName())
              .set("spark.scriptorium.model", model.path().toString())
              .set("spark.scriptorium.maxNewTokens", "6");
      return SparkSession.builder().config(conf).getOrCreate();
    } finally {
      for (String setting : settings) {
        System.clearProperty(setting.split("=", 2)[0]);
      }
    }
  }

  /** What all of them write and return, by file or name. */
  private Map<String, String> all(String name, String... settings) throws Exception {
    Path out = Files.createDirectory(folder.resolve(name));
    Map<String, String> results = new TreeMap<>();
    try (SparkSession session = session(settings)) {
      GenerateOptions samples = DataSets.samples(out.resolve("samples"), "jsonl");
      samples.tokenColumns = true;
      DataSets.generate(samples, model, session);
      mend(samples, session, results);
      ScoreOptions scores =
          DataSets.scores(out.resolve("samples/set.train"), out.resolve("scores"), "parquet");
      DataSets.score(scores, model, null, session);
      results.put("verify", DataSets.verify(out.resolve("scores")).execute(session).toString());
      corpus(out, session);
      detect(out, session);
      facades(session, results);
    }
    addFiles(out, results);
    return results;
  }

  /** Shards without their receipts and a damaged one are found, and that one is written again. */
  private void mend(GenerateOptions samples, SparkSession session, Map<String, String> results)
      throws Exception {
    Path out = Path.of(samples.out);
    Files.writeString(out.resolve("set.train/part-00001.jsonl"), "damaged\n");
    results.put("damaged", DataSets.verify(out).execute(session).size() + " defects");
    Files.delete(out.resolve("set.train/part-00001.jsonl"));
    DataSets.generate(samples, model, session);
    results.put("mended", DataSets.verify(out).execute(session).toString());
  }

  private void corpus(Path out, SparkSession session) throws Exception {
    CorpusOptions options = new CorpusOptions();
    options.human = List.of(DataSets.texts(out.resolve("human.jsonl"), 60).toString());
    options.synthetic = List.of(out.resolve("samples").toString());
    options.out = out.resolve("corpus").toString();
    CorpusJob job =
        new CorpusJob(
            CorpusConfig.of(options, new CorpusOptions()),
            null,
            DataSets.HADOOP,
            false,
            Console.SILENT);
    job.check();
    job.execute(session);
  }

  private void detect(Path out, SparkSession session) throws Exception {
    List<ObjectNode> rows = new ArrayList<>();
    int seed = 0;
    for (String family : List.of("human", "k40")) {
      for (String split : List.of("train", "valid", "test")) {
        boolean leans = family.equals("k40");
        List<ObjectNode> some = DetectCorpora.texts(split, family, 30, leans, seed++);
        DetectCorpora.score(some, leans, seed++);
        rows.addAll(some);
      }
    }
    DetectOptions train = new DetectOptions();
    train.corpus = DetectCorpora.write(out.resolve("leaning"), "done", rows).toString();
    train.out = out.resolve("detectors").toString();
    DetectCorpora.train(train, session);
    DetectOptions apply = new DetectOptions();
    apply.modelIn = train.out;
    apply.input = List.of(out.resolve("human.jsonl").toString());
    apply.out = out.resolve("applied").toString();
    DetectCorpora.apply(apply, model, session);
  }

  private void facades(SparkSession session, Map<String, String> results) {
    List<Row> rows = new ArrayList<>();
    for (long i = 0; i < 9; i++) {
      rows.add(RowFactory.create(i, "On day " + i + " of the voyage"));
    }
    Dataset<Row> texts =
        session
            .createDataFrame(rows, new StructType().add("id", "long").add("text", "string"))
            .repartition(3);
    texts.createOrReplaceTempView("texts");
    GenerateOptions settings = new GenerateOptions();
    settings.set(SamplingSetting.MAX_NEW_TOKENS, 6);
    List<ScoreColumn> scores =
        List.of(ScoreColumn.LOG_LIKELIHOOD, ScoreColumn.TOKEN_RANKS, ScoreColumn.MEAN_ENTROPY);
    List<Dataset<Row>> made =
        List.of(
            new DatasetGenerator(session, model, settings).generate(texts, "text", "id"),
            new DatasetScorer(session, model, scores).score(texts, "text"),
            session.sql(
                "SELECT id, gpt2_log_likelihood(text), gpt2_tokens(text), gpt2_generate(text, id) FROM texts"));
    for (int i = 0; i < made.size(); i++) {
      results.put("made " + i, made.get(i).orderBy("id").toJSON().collectAsList().toString());
    }
  }

  private static void addFiles(Path out, Map<String, String> results) throws Exception {
    try (Stream<Path> files = Files.walk(out)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = out.relativize(file).toString();
        if (name.matches(".*/part-\\d+\\.(jsonl|parquet)|detectors/results\\.csv")) {
          results.put(name, DataSets.hash(file));
        }
      }
    }
  }

  /** Batches of a training set beyond the driver's memory stay with the executors. */
  @Test
  void aFitOnTheExecutorsIsTheDriversUnderKryo() throws Exception {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      double lean = i % 2 == 0 ? 1 : -0.5;
      rows.add(RowFactory.create(i % 2 == 0, Vectors.dense(lean * (i % 7), 1, -lean * (i % 5)), i));
    }
    try (SparkSession session = session((KRYO + "true").split(" "))) {
      StructType table =
          new StructType()
              .add("synthetic", "boolean")
              .add("features", org.apache.spark.ml.linalg.SQLDataTypes.VectorType())
              .add("id", "int");
      Dataset<Row> labelled =
          session.createDataFrame(rows, table).repartition(3).sortWithinPartitions("id");
      try (RowBatches there = RowBatches.of(labelled, 0);
          RowBatches here = RowBatches.of(labelled, RowBatches.MOST_ON_DRIVER)) {
        assertArrayEquals(
            LogisticFit.fit(here, 0.25, new double[4]),
            LogisticFit.fit(there, 0.25, new double[4]));
      }
    }
  }
}
