package scriptorium.job.detect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import scriptorium.job.base.MappedIterator;
import scriptorium.job.base.ShardFormat;
import scriptorium.job.base.Texts;
import scriptorium.job.input.InputTable;
import scriptorium.job.row.InputColumns;
import scriptorium.job.row.InputRow;
import scriptorium.job.row.RowJson;
import scriptorium.job.row.ScoreColumn;
import scriptorium.job.spark.HadoopSettings;
import scriptorium.job.store.OutputStore;
import scriptorium.job.store.ShardFiles;

/** Rows that detectors are applied to: read, and written with what these say, on an executor. */
final class AppliedRows {
  /** The column of what the pipeline of texts says. */
  static final String PROBABILITY = "synthetic_probability";

  private AppliedRows() {}

  /**
   * What became of a shard.
   *
   * @param synthetic rows that each detector calls synthetic
   */
  record Counts(long rows, long errors, TreeMap<String, Long> synthetic) implements Serializable {}

  /** What is read: the row as JSON, its text, its error, and its scores where they are wanted. */
  static StructType table(boolean withScores) {
    StructType table =
        new StructType().add("row", "string").add("text", "string").add("error", "string");
    if (withScores) {
      for (ScoreColumn column : Scores.READ) {
        table = table.add(column.columnName(), "double");
      }
    }
    return table;
  }

  /** The rows of a shard. */
  static Iterator<Row> read(
      InputTable table, long from, int rows, String textColumn, boolean withScores) {
    InputTable.Rows range =
        table.rows(
            from,
            Math.min(table.rows(), from + rows),
            new InputColumns(textColumn, null, null),
            HadoopSettings.current());
    return new MappedIterator<>(range, row -> row(row, withScores));
  }

  private static Row row(InputRow row, boolean withScores) {
    List<Object> values = new ArrayList<>();
    values.add(Texts.wellFormed(row.columns().toString()));
    values.add(row.error() == null ? row.text() : "");
    values.add(row.error());
    if (withScores) {
      for (ScoreColumn column : Scores.READ) {
        JsonNode number = row.columns().get(column.columnName());
        values.add(number != null && number.isNumber() ? (Double) number.doubleValue() : null);
      }
    }
    return RowFactory.create(values.toArray());
  }

  /** Writes a shard. */
  static Iterator<Counts> write(
      List<Detector> detectors, String folder, String split, int index, Iterator<Row> rows) {
    OutputStore store = new OutputStore(folder, HadoopSettings.current());
    long[] counts = new long[2];
    TreeMap<String, Long> synthetic = new TreeMap<>();
    detectors.forEach(detector -> synthetic.put(detector.detector(), 0L));
    store.write(
        new ShardFiles(ShardFormat.JSONL).file(split, index),
        out -> {
          while (rows.hasNext()) {
            Row row = rows.next();
            counts[0]++;
            counts[1] += row.isNullAt(row.fieldIndex("error")) ? 0 : 1;
            out.write((line(row, detectors, synthetic) + "\n").getBytes(StandardCharsets.UTF_8));
          }
        });
    return List.of(new Counts(counts[0], counts[1], synthetic)).iterator();
  }

  private static String line(Row row, List<Detector> detectors, SortedMap<String, Long> synthetic) {
    ObjectNode line = RowJson.columns(row.<String>getAs("row"));
    String error = row.getAs("error");
    double[] numbers = new double[Scores.values().length];
    for (Scores score : Scores.values()) {
      numbers[score.ordinal()] = score.of(column -> number(row, column.columnName()));
    }
    for (Detector detector : detectors) {
      Double score = error == null ? score(detector, numbers, row) : null;
      String label = null;
      if (score != null) {
        boolean machine = detector.isSynthetic(score);
        label = machine ? "synthetic" : Corpus.HUMAN;
        synthetic.merge(detector.detector(), machine ? 1L : 0L, Long::sum);
      }
      line.put("detector_" + detector.detector(), score);
      line.put("label_" + detector.detector(), label);
    }
    line.put("error", error);
    return line.toString();
  }

  /** The number of a column as a double; null where it has none. */
  private static Double number(Row row, String column) {
    int index = List.of(row.schema().fieldNames()).indexOf(column);
    return index < 0 || row.isNullAt(index)
        ? null
        : (Double) ((Number) row.get(index)).doubleValue();
  }

  /** What a detector says; null where it looks at scores and the row has none of them. */
  private static Double score(Detector detector, double[] numbers, Row row) {
    if (detector.detector().equals(Detector.TFIDF)) {
      return row.getAs(PROBABILITY);
    }
    boolean some =
        detector.inputs().stream().anyMatch(input -> !Double.isNaN(numbers[input.place()]));
    return some ? (Double) detector.score(numbers) : null;
  }
}
