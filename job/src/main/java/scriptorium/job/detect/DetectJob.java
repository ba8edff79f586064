package scriptorium.job.detect;

import static org.apache.spark.sql.functions.col;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import scriptorium.job.base.Console;
import scriptorium.job.base.DataSetFiles;
import scriptorium.job.config.DetectConfig;
import scriptorium.job.spark.JobNames;
import scriptorium.job.spark.Shuffles;
import scriptorium.job.store.OutputStore;

/**
 * Trains the baseline detectors on a corpus and holds them against its test split: for the human
 * texts and each family, and, where there are several, for all families together. results.json is a
 * function of the corpus and the code alone.
 */
public final class DetectJob {
  /** The file of what came out, whose format is that of {@code format_version} in it. */
  public static final String RESULTS = DataSetFiles.RESULTS;

  private final DetectConfig config;
  private final Configuration hadoop;
  private final Console console;
  private final NewFolder out;
  private Corpus corpus;

  /**
   * A job.
   *
   * @param overwrite whether results that are there are replaced
   * @param console where progress and warnings are told
   */
  public DetectJob(DetectConfig config, Configuration hadoop, boolean overwrite, Console console) {
    this.config = config;
    this.hadoop = hadoop;
    this.console = console;
    out = new NewFolder(config.out(), overwrite, RESULTS, hadoop);
  }

  /**
   * What came out.
   *
   * @param table lines for a terminal
   * @param note what was left out and why, null for nothing
   */
  public record Result(List<String> table, String note) {}

  /**
   * Refuses a folder that is not a finished corpus, and an output that is taken.
   *
   * @throws scriptorium.job.base.UserException in one line
   */
  public void check() {
    corpus = Corpus.open(config.corpus(), hadoop);
    out.check();
  }

  /** Trains, evaluates and writes; the session stays open. */
  public Result execute(SparkSession running) {
    SparkSession session = running.newSession(); // whose settings are this run's own
    tell("reading " + corpus.path());
    name(session, "read the corpus");
    Dataset<Row> rows = corpus.rows(session).persist(StorageLevel.MEMORY_AND_DISK());
    try {
      List<TextRow> facts = corpus.facts(rows);
      Shuffles.fit(session, facts.size());
      List<String> families = corpus.families(facts);
      Set<Scores> scored = Corpus.scored(facts);
      String folder = out.begin();
      ModelFiles models = new ModelFiles(folder, hadoop);
      List<Group> groups = new ArrayList<>();
      for (String family : families) {
        groups.add(group(family, List.of(family), rows, facts, scored, models));
      }
      if (families.size() > 1) {
        groups.add(group(Corpus.ALL, families, rows, facts, scored, models));
      }
      new ResultFiles(corpus, groups).write(new OutputStore(folder, hadoop));
      out.finish();
      return new Result(
          table(groups),
          scored.isEmpty()
              ? "the corpus has no scores, so that tfidf_lr alone was trained: corpus --model adds them"
              : null);
    } finally {
      rows.unpersist();
    }
  }

  /** Names the work that follows, in Spark's UI. */
  private void name(SparkSession session, String what) {
    JobNames.set(session.sparkContext(), "detect " + config.name() + ": " + what);
  }

  private Group group(
      String name,
      List<String> families,
      Dataset<Row> rows,
      List<TextRow> facts,
      Set<Scores> scored,
      ModelFiles models) {
    List<TextRow> members =
        facts.stream()
            .filter(fact -> !fact.synthetic() || families.contains(fact.family()))
            .toList();
    List<List<TextRow>> splits =
        Corpus.SPLITS.stream()
            .map(split -> members.stream().filter(row -> row.split().equals(split)).toList())
            .toList();
    List<TextRow> test = splits.get(2);
    boolean all = families.size() > 1;
    List<Results> results = new ArrayList<>();
    List<String> kept = new ArrayList<>(families);
    kept.add(Corpus.HUMAN);
    Dataset<Row> texts = rows.filter(col("family").isin(kept.toArray()));
    name(rows.sparkSession(), name + ": train " + Detector.TFIDF);
    TextDetector text =
        TextDetector.train(texts, splits.getFirst().size(), what -> tell(name + ": " + what));
    name(rows.sparkSession(), name + ": write " + Detector.TFIDF);
    models.write(name, text);
    name(rows.sparkSession(), name + ": apply " + Detector.TFIDF + " to the test split");
    Map<Long, Double> probabilities = text.probabilities(TextDetector.split(texts, "test"));
    results.add(
        Results.of(
            text.detector(),
            test,
            test.stream().mapToDouble(row -> probabilities.get(row.id())).toArray(),
            all));
    ScoreDetectors fits = new ScoreDetectors(splits.get(0), splits.get(1));
    List<Detector> detectors = new ArrayList<>();
    scored.forEach(score -> detectors.add(fits.zeroShot(score)));
    if (!scored.isEmpty()) {
      detectors.add(fits.regression(scored));
    }
    for (Detector detector : detectors) {
      models.write(name, detector);
      double[] scores = test.stream().mapToDouble(row -> detector.score(row.scores())).toArray();
      results.add(Results.of(detector, test, scores, all));
    }
    return new Group(name, splits.stream().map(DetectJob::counts).toList(), results);
  }

  private static long[] counts(List<TextRow> rows) {
    long synthetic = rows.stream().filter(TextRow::synthetic).count();
    return new long[] {rows.size() - synthetic, synthetic};
  }

  private static List<String> table(List<Group> groups) {
    List<String> lines = new ArrayList<>();
    String form = "%-12s %-20s %-30s %8s %12s";
    lines.add(
        String.format(
            Locale.ROOT, form, "family", "detector", "accuracy (95 %)", "ROC AUC", "TPR @ 1 %"));
    for (Group group : groups) {
      for (Results results : group.detectors()) {
        Results.Bucket all = results.buckets().getFirst();
        lines.add(
            String.format(
                Locale.ROOT,
                form,
                group.family(),
                results.detector().detector(),
                ResultFiles.interval(all.accuracy()),
                ResultFiles.fraction(all.area()),
                ResultFiles.percent(all.truePositivesAtOnePercent())));
      }
    }
    return lines;
  }

  private void tell(String what) {
    console.progress("detect: " + what);
  }
}
