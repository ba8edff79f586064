package scriptorium.job.detect;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import scriptorium.engine.ModelFolder;
import scriptorium.job.base.Console;
import scriptorium.job.base.OutputException;
import scriptorium.job.base.UserException;
import scriptorium.job.broadcast.Parcels;
import scriptorium.job.broadcast.Shared;
import scriptorium.job.config.DetectConfig;
import scriptorium.job.config.ScoreConfig;
import scriptorium.job.dataset.DatasetScorer;
import scriptorium.job.input.InputFile;
import scriptorium.job.input.InputListing;
import scriptorium.job.input.InputReader;
import scriptorium.job.input.InputTable;
import scriptorium.job.output.RecordedInputs;
import scriptorium.job.row.InputColumns;
import scriptorium.job.row.ScoreColumn;
import scriptorium.job.run.InputScans;
import scriptorium.job.spark.JobNames;
import scriptorium.job.spark.MemoryNeed;
import scriptorium.job.store.OutputStore;
import scriptorium.job.store.ShardFiles;

/**
 * Applies trained detectors to texts: the input's rows in their order, each with {@code
 * detector_NAME} and {@code label_NAME} for every detector whose scores there are. A row that
 * cannot be used has an error and null for them. {@code summary.json} has the counts.
 */
public final class ApplyJob {
  static final String SUMMARY = "summary.json";

  private final DetectConfig config;
  private final ModelFolder model;
  private final Configuration hadoop;
  private final Console console;
  private final NewFolder out;
  private final ModelFiles models;
  private String family;
  private List<Detector> detectors;
  private List<InputFile> files;

  /**
   * A job.
   *
   * @param model that scores the texts, null for none: then scores are taken from the input
   * @param overwrite whether an output that is there is replaced
   * @param console where progress and warnings are told
   */
  public ApplyJob(
      DetectConfig config,
      ModelFolder model,
      Configuration hadoop,
      boolean overwrite,
      Console console) {
    this.config = config;
    this.model = model;
    this.hadoop = hadoop;
    this.console = console;
    out = new NewFolder(config.out(), overwrite, SUMMARY, hadoop);
    models = new ModelFiles(config.modelIn(), hadoop);
  }

  /**
   * What was done.
   *
   * @param synthetic rows that each detector calls synthetic
   */
  public record Result(long rows, long errors, SortedMap<String, Long> synthetic) {}

  /**
   * Refuses detectors and inputs that are not there, and an output that is taken.
   *
   * @throws UserException in one line
   */
  public void check() {
    if (model != null) {
      MemoryNeed.check(model.config(), config.engine());
    }
    try {
      family = models.family(config.family());
      detectors = List.copyOf(models.detectors(family));
      InputListing listing =
          InputListing.of(config.input(), config.out(), config.inputFormat(), hadoop);
      listing.warning().ifPresent(console::warn);
      files = listing.files();
      InputReader.check(files, hadoop);
      out.check();
    } catch (OutputException e) {
      throw new UserException(e.getMessage(), e);
    }
  }

  /** Reads, applies and writes; the session stays open. */
  public Result execute(SparkSession running) {
    SparkSession session = running.newSession();
    JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
    String title = "detect " + config.name() + ": ";
    JobNames.set(spark.sc(), title + "read the input");
    InputTable table = new InputTable(InputScans.of(spark, files, InputColumns.NONE, false));
    console.progress("detect: " + table.rows() + " rows, detectors of " + family);
    JobNames.set(spark.sc(), title + "apply detectors of " + family);
    String folder = out.begin();
    Shared<InputTable> shared = Shared.of(spark, table);
    List<AppliedRows.Counts> counts =
        written(spark, rows(session, spark, shared, table.rows()), folder);
    Result result = sum(counts);
    if (config.failOnBadRow() && result.errors() > 0) {
      throw new UserException(
          "Input has " + result.errors() + " bad rows: mend them, or leave --on-bad-row out");
    }
    writeSummary(folder, table, result);
    out.finish();
    return result;
  }

  /** The rows with what the detectors need, a partition a shard. */
  private Dataset<Row> rows(
      SparkSession session, JavaSparkContext spark, Shared<InputTable> table, long count) {
    List<Long> shards = new ArrayList<>();
    for (long from = 0; from < count; from += config.shardRows()) {
      shards.add(from);
    }
    if (shards.isEmpty()) {
      throw new UserException("Input " + config.input() + " has no rows: give at least one text");
    }
    String column = config.textColumn();
    int shardRows = config.shardRows();
    boolean withScores = model == null;
    JavaRDD<Row> read =
        Parcels.distribute(spark, shards, shards.size())
            .flatMap(from -> AppliedRows.read(table.value(), from, shardRows, column, withScores));
    Dataset<Row> rows = session.createDataFrame(read, AppliedRows.table(withScores));
    if (model != null) {
      List<ScoreColumn> columns = new ArrayList<>(ScoreConfig.numbers());
      columns.retainAll(Scores.READ);
      rows = new DatasetScorer(spark, model, columns, 0, config.engine()).score(rows, "text");
    }
    boolean looksAtTexts =
        detectors.stream().anyMatch(detector -> detector.detector().equals(Detector.TFIDF));
    return looksAtTexts
        ? TextDetector.withProbability(models.pipeline(family), rows, AppliedRows.PROBABILITY)
        : rows;
  }

  private List<AppliedRows.Counts> written(
      JavaSparkContext spark, Dataset<Row> rows, String folder) {
    Shared<List<Detector>> shared = Shared.of(spark, detectors);
    String split = ShardFiles.folder(config.name(), "detected");
    return Parcels.collect(
        rows.toJavaRDD()
            .mapPartitionsWithIndex(
                (index, part) -> AppliedRows.write(shared.value(), folder, split, index, part),
                false));
  }

  private static Result sum(List<AppliedRows.Counts> counts) {
    long rows = 0;
    long errors = 0;
    SortedMap<String, Long> synthetic = new TreeMap<>();
    for (AppliedRows.Counts shard : counts) {
      rows += shard.rows();
      errors += shard.errors();
      shard.synthetic().forEach((name, count) -> synthetic.merge(name, count, Long::sum));
    }
    return new Result(rows, errors, synthetic);
  }

  private void writeSummary(String folder, InputTable table, Result result) {
    var summary = ResultFiles.JSON.createObjectNode().put("family", family);
    summary.put("rows", result.rows()).put("errors", result.errors());
    summary.set("synthetic", ResultFiles.JSON.valueToTree(result.synthetic()));
    summary.put("model", model == null ? null : model.name());
    summary.set("inputs", ResultFiles.JSON.valueToTree(RecordedInputs.of(table)));
    new OutputStore(folder, hadoop).write(SUMMARY, to -> ResultFiles.JSON.writeValue(to, summary));
  }
}
