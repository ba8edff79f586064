package scriptorium.job.detect;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import scriptorium.engine.ModelFolder;
import scriptorium.job.DatasetScorer;
import scriptorium.job.HadoopSettings;
import scriptorium.job.MappedIterator;
import scriptorium.job.UserException;
import scriptorium.job.config.DetectConfig;
import scriptorium.job.config.ScoreConfig;
import scriptorium.job.io.InputColumns;
import scriptorium.job.io.InputFile;
import scriptorium.job.io.InputRow;
import scriptorium.job.io.InputScan;
import scriptorium.job.io.InputTable;
import scriptorium.job.io.OutputException;
import scriptorium.job.io.ShardStore;

/**
 * Applies trained detectors to texts: the rows in their order, with each detector's score and what
 * it calls the text. Rows that hold no text get null, and the reason.
 */
public final class DetectApply {
  private static final String FOLDER = "detected";
  private static final int SHARD_ROWS = 1000;

  private final DetectConfig config;
  private final ModelFolder model;
  private final Configuration hadoop;
  private final boolean overwrite;
  private final ShardStore store;
  private final ShardStore trained;
  private List<InputFile> files;
  private Results.Group group;
  private List<Results.Detector> detectors;

  /**
   * A job.
   *
   * @param model that scores the texts, null for none: detectors by score are left out then
   * @param overwrite whether what an earlier detect has written is deleted first
   */
  public DetectApply(
      DetectConfig config, ModelFolder model, Configuration hadoop, boolean overwrite) {
    this.config = config;
    this.model = model;
    this.hadoop = hadoop;
    this.overwrite = overwrite;
    store = new ShardStore(config.out(), "jsonl", hadoop);
    trained = new ShardStore(config.modelIn(), "jsonl", hadoop);
  }

  /**
   * What was done.
   *
   * @param family whose detectors were applied
   * @param synthetic texts that each detector calls so
   */
  public record Result(String family, long rows, long errors, Map<String, Long> synthetic) {}

  static String modelFolder(String family, String detector) {
    return "models/" + family + "/" + detector;
  }

  /**
   * Refuses texts and detectors that are not there, and an output that holds something else.
   *
   * @throws UserException in one line
   */
  public void check() {
    try {
      files = InputFile.list(config.input(), config.out(), hadoop);
      group = group(read());
      List<String> known = ScoreDetectors.names(ScoreConfig.numbers());
      detectors =
          group.detectors().stream()
              .filter(
                  detector ->
                      detector.detector().equals(TextDetector.NAME)
                          || model != null
                              && (known.contains(detector.detector())
                                  || detector.detector().equals(ScoreDetectors.REGRESSION)
                                      && known.containsAll(scoreNames())))
              .toList();
      Outputs.check(store, overwrite, FOLDER);
    } catch (OutputException e) {
      throw new UserException(e.getMessage(), e);
    }
  }

  /** The scores that the regression of the group was fit on, in their order. */
  private List<String> scoreNames() {
    return group.detectors().stream()
        .map(Results.Detector::detector)
        .filter(name -> !name.equals(TextDetector.NAME) && !name.equals(ScoreDetectors.REGRESSION))
        .toList();
  }

  private Results read() {
    try (InputStream in = trained.open(Results.FILE)) {
      Results results = DetectJob.JSON.readValue(in, Results.class);
      if (results == null || results.groups() == null || results.groups().isEmpty()) {
        throw new UserException(
            "Detectors in " + config.modelIn() + " are none: give a folder that detect wrote");
      }
      return results;
    } catch (FileNotFoundException e) {
      throw new UserException(
          "Detectors in "
              + config.modelIn()
              + " are none (no "
              + Results.FILE
              + "): give a folder that detect wrote",
          e);
    } catch (IOException e) {
      throw new UserException(
          "Detectors in "
              + config.modelIn()
              + " cannot be read ("
              + e.getMessage()
              + "): give a folder that detect wrote",
          e);
    }
  }

  private Results.Group group(Results results) {
    List<String> families = results.groups().stream().map(Results.Group::family).toList();
    String wanted =
        config.family() != null
            ? config.family()
            : families.contains(Results.ALL) ? Results.ALL : families.getFirst();
    return results.groups().stream()
        .filter(one -> wanted.equals(one.family()) && wanted.matches("[A-Za-z0-9._-]+"))
        .findFirst()
        .orElseThrow(
            () ->
                new UserException(
                    "Family "
                        + wanted
                        + " has no detectors in "
                        + config.modelIn()
                        + ": give one of "
                        + String.join(", ", families)));
  }

  /** Reads, applies and writes; the session stays open. */
  public Result execute(SparkSession session) {
    Outputs.clear(store, overwrite);
    JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
    Dataset<Row> rows = texts(session, spark);
    List<Column> kept = new ArrayList<>(List.of(col("columns"), col("error")));
    if (model != null) {
      rows =
          ScoreDetectors.with(
              new DatasetScorer(spark, model, ScoreConfig.numbers()).score(rows, "text"),
              scoreNames());
      rows = ScoreDetectors.filled(rows, scoreNames());
    }
    for (Results.Detector detector : detectors) {
      String name = detector.detector();
      Column score = col(name).cast("double");
      if (name.equals(TextDetector.NAME) || name.equals(ScoreDetectors.REGRESSION)) {
        String features =
            name.equals(TextDetector.NAME) ? TextDetector.FEATURES : ScoreDetectors.FEATURES;
        rows = load(name).transform(rows);
        score = Regression.probability(features);
      }
      kept.add(score.as("detector_" + name));
    }
    Writer writer =
        new Writer(
            store.describe(""),
            detectors.stream().map(Results.Detector::detector).toList(),
            detectors.stream().map(Results.Detector::threshold).toList(),
            detectors.stream().map(Results.Detector::higherIsSynthetic).toList());
    List<long[]> counts =
        rows.select(kept.toArray(Column[]::new))
            .toJavaRDD()
            .mapPartitionsWithIndex(writer::write, false)
            .collect();
    store.sweep();
    return result(counts);
  }

  private PipelineModel load(String name) {
    String folder = modelFolder(group.family(), name);
    try {
      return PipelineModel.load(trained.describe(folder));
    } catch (RuntimeException e) { // Spark throws what the files lead to
      throw new UserException(
          "Detector "
              + trained.describe(folder)
              + " cannot be loaded ("
              + String.valueOf(e.getMessage()).lines().findFirst().orElse("")
              + "): give a folder that detect wrote",
          e);
    }
  }

  private Result result(List<long[]> counts) {
    Map<String, Long> synthetic = new LinkedHashMap<>();
    for (int i = 0; i < detectors.size(); i++) {
      int at = i + 2;
      synthetic.put(
          detectors.get(i).detector(), counts.stream().mapToLong(count -> count[at]).sum());
    }
    return new Result(
        group.family(),
        counts.stream().mapToLong(count -> count[0]).sum(),
        counts.stream().mapToLong(count -> count[1]).sum(),
        synthetic);
  }

  private record Range(long from, long to) implements Serializable {}

  /** The rows of the input, a shard a partition. */
  private Dataset<Row> texts(SparkSession session, JavaSparkContext spark) {
    InputColumns columns = new InputColumns(config.textColumn(), null, null);
    InputTable table =
        new InputTable(
            spark
                .parallelize(files, files.size())
                .map(file -> InputScan.of(file, columns, false, HadoopSettings.current()))
                .collect());
    List<Range> ranges = new ArrayList<>();
    for (long from = 0; from < table.rows(); from += SHARD_ROWS) {
      ranges.add(new Range(from, Math.min(table.rows(), from + SHARD_ROWS)));
    }
    if (ranges.isEmpty()) {
      throw new UserException(
          "Input " + String.join(", ", config.input()) + " has no rows: give at least one text");
    }
    var shared = spark.broadcast(table);
    StructType schema =
        new StructType()
            .add("columns", DataTypes.StringType)
            .add("text", DataTypes.StringType)
            .add("error", DataTypes.StringType);
    Dataset<Row> rows =
        session.createDataFrame(
            spark
                .parallelize(ranges, ranges.size())
                .flatMap(
                    range ->
                        new MappedIterator<>(
                            shared
                                .value()
                                .rows(range.from(), range.to(), columns, HadoopSettings.current()),
                            DetectApply::row)),
            schema);
    return rows.withColumn("text", coalesce(col("text"), lit("")));
  }

  private static Row row(InputRow row) {
    return RowFactory.create(row.columns().toString(), row.text(), row.error());
  }

  /**
   * Writes a partition as a shard; returns rows, errors, and the synthetic ones of each detector.
   */
  private record Writer(
      String out, List<String> names, List<Double> thresholds, List<Boolean> higher)
      implements Serializable {
    Iterator<long[]> write(int index, Iterator<Row> rows) {
      ShardStore store = new ShardStore(out, "jsonl", HadoopSettings.current());
      ObjectMapper json = new ObjectMapper();
      long[] counts = new long[2 + names.size()];
      store.write(
          FOLDER + "/" + String.format(Locale.ROOT, "part-%05d.jsonl", index),
          bytes -> {
            while (rows.hasNext()) {
              bytes.write(json.writeValueAsBytes(line(json, rows.next(), counts)));
              bytes.write('\n');
            }
          });
      return List.of(counts).iterator();
    }

    private ObjectNode line(ObjectMapper json, Row row, long[] counts)
        throws JsonProcessingException {
      ObjectNode line = (ObjectNode) json.readTree(row.getString(0));
      String error = row.getString(1);
      counts[0]++;
      counts[1] += error == null ? 0 : 1;
      for (int i = 0; i < names.size(); i++) {
        boolean none = error != null || row.isNullAt(2 + i);
        Double score = none ? null : (Double) row.getDouble(2 + i);
        boolean synthetic =
            !none && (higher.get(i) ? score >= thresholds.get(i) : score <= thresholds.get(i));
        counts[2 + i] += synthetic ? 1 : 0;
        line.put(free(line, "detector_" + names.get(i)), score);
        line.put(
            free(line, "label_" + names.get(i)), none ? null : synthetic ? "synthetic" : "human");
      }
      line.put(free(line, "error"), error);
      return line;
    }

    /** A column that the input has keeps its name. */
    private static String free(ObjectNode line, String name) {
      return line.has(name) ? free(line, "scored_" + name) : name;
    }
  }
}
