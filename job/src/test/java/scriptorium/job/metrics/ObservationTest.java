package scriptorium.job.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.Logger;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;
import org.apache.spark.SparkConf;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scriptorium.engine.EngineOptions;
import scriptorium.engine.ModelFolder;
import scriptorium.engine.model.CacheType;
import scriptorium.job.base.Console;
import scriptorium.job.broadcast.BroadcastModel;
import scriptorium.job.broadcast.ExecutorModel;
import scriptorium.job.config.CorpusConfig;
import scriptorium.job.config.CorpusOptions;
import scriptorium.job.config.DetectOptions;
import scriptorium.job.corpus.CorpusJob;
import scriptorium.job.spark.Sessions;
import scriptorium.job.store.Manifest;
import scriptorium.job.testing.DataSets;
import scriptorium.job.testing.DetectCorpora;

/** What Spark's UI, its metrics and the log tell of the commands' work. */
class ObservationTest {
  private static SparkSession session;
  private static ModelFolder model;
  @TempDir static Path folder;

  @BeforeAll
  static void start() {
    SparkConf conf =
        Sessions.conf("test", "local[2]").set("spark.ui.enabled", "true").set("spark.ui.port", "0");
    session = SparkSession.builder().config(conf).getOrCreate();
    model = DataSets.model();
  }

  @AfterAll
  static void stop() {
    session.stop();
    model.close();
  }

  /** Names of jobs, and of their stages. */
  private static final class Names extends SparkListener {
    final List<String> jobs = new CopyOnWriteArrayList<>();
    final List<String> stages = new CopyOnWriteArrayList<>();

    @Override
    public void onJobStart(SparkListenerJobStart job) {
      jobs.add(String.valueOf(job.properties().getProperty("spark.job.description")));
    }

    @Override
    public void onStageSubmitted(SparkListenerStageSubmitted stage) {
      stages.add(stage.stageInfo().name());
    }
  }

  @Test
  void jobsAndStagesOfShardsAreNamedByWhatTheyDo() throws Exception {
    Names names = new Names();
    session.sparkContext().addSparkListener(names);
    Path samples = folder.resolve("named");
    DataSets.generate(DataSets.samples(samples, "jsonl"), model, session);
    Path texts = DataSets.texts(folder.resolve("texts.jsonl"), 12);
    DataSets.score(
        DataSets.scores(texts, folder.resolve("scored"), "parquet"), model, null, session);
    assertTrue(DataSets.verify(samples).execute(session).isEmpty());
    check(
        names,
        "(generate|score|verify) set.*",
        "generate set: 30 rows",
        "score set: read the texts",
        "score set: 12 rows",
        "verify set");
  }

  @Test
  @Tag("slow")
  void jobsAndStagesOfCorporaAreNamedByWhatTheyDo() throws Exception {
    Names names = new Names();
    session.sparkContext().addSparkListener(names);
    corpus();
    detect();
    check(
        names,
        "(corpus corpus|detect detect): .*",
        "corpus corpus: read the sources",
        "corpus corpus: score the chosen texts",
        "corpus corpus: write",
        "detect detect: read the corpus",
        "detect detect: k40: train tfidf_lr",
        "detect detect: apply detectors of k40");
  }

  private static void check(Names names, String pattern, String... expected) throws Exception {
    session.sparkContext().listenerBus().waitUntilEmpty();
    session.sparkContext().removeSparkListener(names);
    Set<String> jobs = new TreeSet<>(names.jobs);
    for (String name : expected) {
      assertTrue(jobs.contains(name), name + " is not in " + jobs);
    }
    assertTrue(jobs.stream().allMatch(job -> job.matches(pattern)), jobs.toString());
    Set<String> places =
        names.stages.stream()
            .filter(stage -> stage.matches(".* at \\S+\\.(java|scala):\\d+"))
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(Set.of(), places);
  }

  private static void corpus() throws Exception {
    CorpusOptions options = new CorpusOptions();
    options.human = List.of(rows("human.jsonl", "human", 1));
    options.synthetic = List.of(rows("small-124M-k40.train.jsonl", "k40", 2));
    options.out = folder.resolve("corpus").toString();
    CorpusJob job =
        new CorpusJob(
            CorpusConfig.of(options, new CorpusOptions()),
            model,
            DataSets.HADOOP,
            false,
            Console.SILENT);
    job.check();
    job.execute(session);
  }

  private static String rows(String file, String family, long seed) throws Exception {
    List<String> lines =
        DetectCorpora.texts("train", family, 60, false, seed).stream()
            .map(row -> "{\"text\":" + row.get("text") + "}")
            .toList();
    return Files.write(folder.resolve(file), lines).toString();
  }

  private static void detect() throws Exception {
    List<ObjectNode> rows = new ArrayList<>();
    for (String split : List.of("train", "valid", "test")) {
      for (String family : List.of("human", "k40")) {
        List<ObjectNode> some =
            DetectCorpora.texts(split, family, 24, family.equals("k40"), rows.size());
        DetectCorpora.score(some, family.equals("k40"), rows.size());
        rows.addAll(some);
      }
    }
    DetectOptions options = new DetectOptions();
    options.corpus = DetectCorpora.write(folder.resolve("rows"), "done", rows).toString();
    options.out = folder.resolve("detectors").toString();
    DetectCorpora.train(options, session);
    DetectOptions apply = new DetectOptions();
    apply.modelIn = options.out;
    apply.input = List.of(rows("given.jsonl", "k40", 3));
    apply.out = folder.resolve("applied").toString();
    DetectCorpora.apply(apply, model, session);
  }

  @Test
  void thePageForPrometheusHasWhatTheEnginesDid() throws Exception {
    long[] before = {
      gauge("engine_generatedTokens"), gauge("engine_rows"), gauge("engine_sequences")
    };
    Path out = folder.resolve("measured");
    DataSets.generate(DataSets.samples(out, "jsonl"), model, session);
    Manifest.Totals totals = DataSets.manifest(out).totals();
    long ended = 0;
    for (var shard : DataSets.manifest(out).shards()) {
      ended += shard.ended();
    }
    long generated = gauge("engine_generatedTokens");
    assertEquals(totals.tokens() + ended, generated - before[0]);
    assertEquals(30, gauge("engine_rows") - before[1]);
    assertEquals(30, gauge("engine_sequences") - before[2]);
    assertTrue(gauge("engine_slots") > 0);
    assertTrue(gauge("engine_pages") > 0);
    assertEquals(0, gauge("engine_waiting"));
    while (gauge("all_generatedTokens") < generated) {
      Thread.onSpinWait(); // the next reading comes to the driver within seconds
    }
    assertEquals(generated, gauge("all_generatedTokens"));
    assertEquals(gauge("engine_slots"), gauge("all_slots"));
    assertFalse(page().contains("NaN"));
  }

  private static String page() throws IOException, InterruptedException {
    URI address =
        URI.create(session.sparkContext().uiWebUrl().get()).resolve("/metrics/prometheus/");
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<String> answer =
          client.send(
              HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofString());
      assertEquals(200, answer.statusCode());
      return answer.body();
    }
  }

  private static long gauge(String name) throws IOException, InterruptedException {
    String page = page();
    Matcher line =
        Pattern.compile(
                "metrics_scriptorium_driver_plugin_scriptorium_job_metrics_ScriptoriumPlugin_"
                    + name
                    + "_Value\\{type=\"gauges\"\\} (\\d+)")
            .matcher(page);
    assertTrue(line.find(), name + " is not in\n" + page);
    return Long.parseLong(line.group(1));
  }

  @Test
  void anEngineIsOneLineInTheLog() {
    List<String> lines = new CopyOnWriteArrayList<>();
    AbstractAppender appender =
        new AbstractAppender("lines", null, null, true, Property.EMPTY_ARRAY) {
          @Override
          public void append(LogEvent event) {
            lines.add(event.getMessage().getFormattedMessage());
          }
        };
    appender.start();
    Logger logger = (Logger) LogManager.getLogger(ExecutorModel.class);
    logger.addAppender(appender);
    try {
      BroadcastModel sent = new BroadcastModel(model, true);
      EngineOptions size = new EngineOptions(2, 3, 0, 0, CacheType.F16);
      long memory = sent.acquire(size).model().offHeapBytes();
      sent.acquire(size);
      ExecutorModel.release();
      ExecutorModel.release();
      assertEquals(1, lines.size(), lines.toString());
      Matcher line =
          Pattern.compile(
                  "kernels: (machine code \\d+ bits|Vector API \\d+ bits.*|scalar), threads: 2, slots: 3, weights: f16 \\d+"
                      + " MiB, KV cache: f16 \\d+ MiB, off-heap: (\\d+) bytes")
              .matcher(lines.getFirst());
      assertTrue(line.matches(), lines.getFirst());
      assertTrue(Long.parseLong(line.group(2)) > memory, lines.getFirst());
    } finally {
      logger.removeAppender(appender);
    }
  }
}
