package scriptorium.job.detect;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.pmod;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import scriptorium.job.BuildInfo;
import scriptorium.job.UserException;
import scriptorium.job.config.DetectConfig;
import scriptorium.job.io.OutputException;
import scriptorium.job.io.ShardStore;

/**
 * Trains the baseline detectors on a corpus and tells how well they do on its test split: TF-IDF
 * with logistic regression, single scores, and a regression on all scores; human text against each
 * sampling family, and against all of them.
 */
public final class DetectJob {
  /** Rows of a partition; sums over two partitions are the same in either order. */
  private static final long ROWS_A_PARTITION = 100_000;

  static final ObjectMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private final DetectConfig config;
  private final ShardStore store;
  private final CorpusReader corpus;
  private final boolean overwrite;
  private final boolean quiet;
  private final List<String> names;

  /**
   * A job.
   *
   * @param overwrite whether what an earlier detect has written is deleted first
   * @param quiet whether no progress is shown
   * @throws UserException where the corpus is none
   */
  public DetectJob(DetectConfig config, Configuration hadoop, boolean overwrite, boolean quiet) {
    this.config = config;
    this.overwrite = overwrite;
    this.quiet = quiet;
    corpus = new CorpusReader(config.corpus(), hadoop);
    store = new ShardStore(config.out(), "jsonl", hadoop);
    names = ScoreDetectors.names(corpus.scores());
  }

  /**
   * Refuses an output that holds something else, or cannot be written.
   *
   * @throws UserException in one line
   */
  public void check() {
    try {
      Outputs.check(store, overwrite, Results.FILE);
    } catch (OutputException e) {
      throw new UserException(e.getMessage(), e);
    }
  }

  /** Trains, evaluates and writes; the session stays open. */
  public Results execute(SparkSession running) {
    SparkSession session = running.newSession();
    Outputs.clear(store, overwrite);
    Dataset<Row> rows = rows(session);
    try {
      List<String> families = families(rows);
      if (names.isEmpty()) {
        tell("the corpus has no scores: detectors by score need scriptorium corpus --model");
      }
      List<Results.Group> groups = new ArrayList<>();
      for (String family : families) {
        groups.add(group(rows.filter(col("family").isin("human", family)), family));
      }
      if (families.size() > 1) {
        groups.add(group(rows, Results.ALL));
      }
      Results results =
          new Results(
              Results.VERSION,
              corpus.entry(),
              new Results.Code(BuildInfo.version(), BuildInfo.commit()),
              groups);
      write(results);
      return results;
    } catch (IOException e) {
      throw new OutputException(
          "Output "
              + store.describe("")
              + " cannot be written ("
              + e.getMessage()
              + "): make room and rights, then run the same command again",
          e);
    } finally {
      rows.unpersist();
    }
  }

  /** All rows, in partitions that do not depend on the cluster. */
  private Dataset<Row> rows(SparkSession session) {
    Dataset<Row> read = ScoreDetectors.with(corpus.read(session), names);
    long count = read.count();
    int partitions = (int) Math.max(2, Math.ceilDiv(count, ROWS_A_PARTITION));
    return read.repartitionById(partitions, pmod(col("row"), lit(partitions)).cast("int"))
        .sortWithinPartitions("row")
        .persist(StorageLevel.MEMORY_AND_DISK());
  }

  private List<String> families(Dataset<Row> rows) {
    TreeSet<String> families = new TreeSet<>();
    for (Row row : rows.groupBy("split", "label", "family").count().collectAsList()) {
      if (row.getDouble(1) == 1) {
        families.add(row.getString(2));
      }
    }
    for (String split : CorpusReader.SPLITS) {
      for (double label : new double[] {0, 1}) {
        if (rows.filter(col("split").equalTo(split).and(col("label").equalTo(label))).isEmpty()) {
          throw new UserException(
              "Corpus "
                  + config.corpus()
                  + " has no "
                  + (label == 0 ? "human" : "synthetic")
                  + " text in the split "
                  + split
                  + ": give more texts or other shares to scriptorium corpus");
        }
      }
    }
    if (families.contains(Results.ALL)) {
      throw new UserException(
          "Family all stands for every family: rename the data set " + Results.ALL);
    }
    return List.copyOf(families);
  }

  private Results.Group group(Dataset<Row> rows, String family) throws IOException {
    List<Results.Detector> detectors = new ArrayList<>();
    tell("human against " + family + ": words");
    Dataset<Row> train = split(rows, "train");
    PipelineModel words = TextDetector.fit(train);
    detectors.add(regression(rows, words, TextDetector.NAME, TextDetector.FEATURES, family));
    if (!names.isEmpty()) {
      tell("human against " + family + ": scores");
      Dataset<Row> filled = ScoreDetectors.filled(rows, names);
      for (String name : names) {
        detectors.add(threshold(rows, name, family));
      }
      PipelineModel scores = ScoreDetectors.fit(train, names);
      detectors.add(
          regression(filled, scores, ScoreDetectors.REGRESSION, ScoreDetectors.FEATURES, family));
    }
    return new Results.Group(family, counts(rows), detectors);
  }

  private static Map<String, Results.Rows> counts(Dataset<Row> rows) {
    Map<String, long[]> counts = new TreeMap<>();
    for (Row row : rows.groupBy("split", "label").count().collectAsList()) {
      counts.computeIfAbsent(row.getString(0), split -> new long[2])[(int) row.getDouble(1)] =
          row.getLong(2);
    }
    Map<String, Results.Rows> ordered = new LinkedHashMap<>();
    for (String split : CorpusReader.SPLITS) {
      ordered.put(split, new Results.Rows(counts.get(split)[0], counts.get(split)[1]));
    }
    return ordered;
  }

  private static Dataset<Row> split(Dataset<Row> rows, String name) {
    return rows.filter(col("split").equalTo(name));
  }

  /** Fits a regression on features, saves it with what makes them, and evaluates it. */
  private Results.Detector regression(
      Dataset<Row> rows, PipelineModel features, String name, String column, String family)
      throws IOException {
    Dataset<Row> vectors =
        features
            .transform(rows)
            .select("row", "split", "label", "family", "characters", column)
            .persist(StorageLevel.MEMORY_AND_DISK());
    try {
      Regression.Fit fit = Regression.fit(split(vectors, "train"), split(vectors, "valid"), column);
      PipelineStage[] stages = {features, fit.model()};
      new Pipeline(name)
          .setStages(stages)
          .fit(rows.limit(0))
          .write()
          .overwrite()
          .save(store.uri(DetectApply.modelFolder(family, name)).toString());
      List<Example> test = new ArrayList<>();
      for (Row row :
          fit.model()
              .transform(split(vectors, "test"))
              .select(
                  Regression.probability(column), col("label"), col("family"), col("characters"))
              .collectAsList()) {
        test.add(Example.of(row));
      }
      Map<String, Object> settings = new LinkedHashMap<>();
      settings.put("C", fit.c());
      settings.put("features", fit.model().numFeatures());
      return evaluated(name, settings, 0.5, true, test, family);
    } finally {
      vectors.unpersist();
    }
  }

  /** Chooses direction and threshold of a score on the training and validation splits. */
  private Results.Detector threshold(Dataset<Row> rows, String name, String family) {
    Dataset<Row> scored =
        rows.select(
                col(name).cast("double").as("score"),
                col("label"),
                col("family"),
                col("characters"),
                col("split"))
            .filter(col("score").isNotNull());
    List<Metrics.Scored> known = new ArrayList<>();
    List<Example> test = new ArrayList<>();
    for (Row row : scored.collectAsList()) {
      Example example = Example.of(row);
      if (row.getString(4).equals("test")) {
        test.add(example);
      } else {
        known.add(example.scored(true));
      }
    }
    Double auc = Metrics.of("known", known, 0).rocAuc();
    boolean higher = auc == null || auc >= 0.5;
    List<Metrics.Scored> turned =
        higher
            ? known
            : known.stream().map(s -> new Metrics.Scored(-s.score(), s.synthetic())).toList();
    double threshold = Metrics.bestThreshold(turned);
    return evaluated(name, Map.of(), higher ? threshold : -threshold, higher, test, family);
  }

  /** A text of the test split. */
  private record Example(double score, boolean synthetic, String family, int characters) {
    static Example of(Row row) {
      return new Example(row.getDouble(0), row.getDouble(1) == 1, row.getString(2), row.getInt(3));
    }

    Metrics.Scored scored(boolean higher) {
      return new Metrics.Scored(higher ? score : -score, synthetic);
    }

    /** The octave of the text's length. */
    int octave() {
      return 31 - Integer.numberOfLeadingZeros(Math.max(1, characters));
    }
  }

  private static Results.Detector evaluated(
      String name,
      Map<String, Object> settings,
      double threshold,
      boolean higher,
      List<Example> test,
      String family) {
    double turned = higher ? threshold : -threshold;
    List<Metrics> results = new ArrayList<>();
    List<Metrics.Scored> all = test.stream().map(one -> one.scored(higher)).toList();
    results.add(Metrics.of("all", all, turned));
    TreeSet<Integer> octaves = new TreeSet<>();
    TreeSet<String> families = new TreeSet<>();
    for (Example example : test) {
      octaves.add(example.octave());
      if (example.synthetic()) {
        families.add(example.family());
      }
    }
    for (int octave : octaves) {
      results.add(
          part(
              "length " + (1L << octave) + ".." + ((2L << octave) - 1),
              test,
              example -> example.octave() == octave,
              higher,
              turned));
    }
    if (family.equals(Results.ALL)) {
      for (String one : families) {
        results.add(
            part(
                "family " + one,
                test,
                example -> !example.synthetic() || example.family().equals(one),
                higher,
                turned));
      }
    }
    return new Results.Detector(name, settings, threshold, higher, results, Metrics.roc(all));
  }

  private static Metrics part(
      String bucket, List<Example> test, Predicate<Example> in, boolean higher, double threshold) {
    return Metrics.of(
        bucket, test.stream().filter(in).map(one -> one.scored(higher)).toList(), threshold);
  }

  private void write(Results results) throws IOException {
    byte[] json = JSON.writeValueAsBytes(results);
    byte[] csv = ResultTables.csv(results).getBytes(StandardCharsets.UTF_8);
    byte[] card = ResultTables.card(results).getBytes(StandardCharsets.UTF_8);
    store.write("results.csv", out -> out.write(csv));
    store.write("README.md", out -> out.write(card));
    store.write(Results.FILE, out -> out.write(json)); // the last: it says that all is there
    store.sweep();
  }

  private void tell(String what) {
    if (!quiet) {
      System.err.println("scriptorium: detect: " + what);
    }
  }
}
