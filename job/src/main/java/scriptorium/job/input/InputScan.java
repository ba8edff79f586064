package scriptorium.job.input;

import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import scriptorium.job.base.Sha256;
import scriptorium.job.input.format.InputFormat;
import scriptorium.job.row.ColumnKind;
import scriptorium.job.row.InputColumns;
import scriptorium.job.row.InputRow;
import scriptorium.job.row.TableColumn;

/**
 * What a first reading of an input file finds: its rows, its hash, and places to enter it again.
 *
 * @param rows rows, error rows included
 * @param error how the file's end was lost; null where it was not
 * @param marks ascending; the first is the file's begin
 * @param columns the columns of all rows, null where they were not asked for
 */
public record InputScan(
    InputFile file,
    long rows,
    long bytes,
    String sha256,
    String error,
    List<Mark> marks,
    Map<String, TableColumn> columns)
    implements Serializable {
  /** Rows between two marks, about. */
  private static final int MARK_ROWS = 1000;

  /** The begin of every file. */
  public static final Mark BEGIN = new Mark(0, 0, 0);

  /** A place in a file: a row, the byte where it begins, and the lines before it. */
  record Mark(long row, long offset, long lines) implements Serializable {}

  /**
   * Reads a file.
   *
   * @param columns those that are scored
   * @param withKinds whether the kinds of all columns are found out, which reads every value
   * @throws scriptorium.job.base.InputException where it cannot be opened
   */
  public static InputScan of(
      InputFile file, InputColumns columns, boolean withKinds, Configuration conf) {
    try (InputStream raw = file.raw(conf)) {
      Sha256.Content content = Sha256.of(raw);
      Map<String, TableColumn> table = withKinds ? columns(file, columns, conf) : null;
      return file.format() == InputFormat.PARQUET
          ? parquet(file, content, table, conf)
          : rows(file, content, table, conf);
    } catch (IOException e) {
      throw file.cannotBeRead(e);
    }
  }

  private static Map<String, TableColumn> columns(
      InputFile file, InputColumns columns, Configuration conf) throws IOException {
    Map<String, ColumnKind> kinds = new LinkedHashMap<>();
    try (InputReader reader = InputReader.open(file, columns, BEGIN, conf)) {
      for (InputRow row = reader.next(); row != null; row = reader.next()) {
        ColumnKind.widen(kinds, row.columns());
      }
    }
    return TableColumn.of(
        kinds,
        file.format() == InputFormat.PARQUET
            ? ParquetInputReader.columns(file, columns, conf)
            : Map.of());
  }

  private static InputScan parquet(
      InputFile file, Sha256.Content content, Map<String, TableColumn> table, Configuration conf) {
    ParquetInputReader.Size size = ParquetInputReader.size(file, conf);
    return new InputScan(
        file, size.rows(), content.bytes(), content.sha256(), size.error(), List.of(BEGIN), table);
  }

  private static InputScan rows(
      InputFile file, Sha256.Content content, Map<String, TableColumn> table, Configuration conf)
      throws IOException {
    List<Mark> marks = new ArrayList<>(List.of(BEGIN));
    long rows = 0;
    String error = null;
    try (InputReader reader = InputReader.open(file, InputColumns.NONE, BEGIN, conf)) {
      while (reader.pass()) {
        Mark mark = rows >= marks.getLast().row() + MARK_ROWS ? reader.mark() : null;
        if (mark != null) {
          marks.add(mark);
        }
        rows++;
      }
      if (reader.failure() != null) {
        error = "damaged after row " + rows + ": " + reader.failure();
        rows++; // the error row that stands for the rest
      }
    }
    return new InputScan(
        file, rows, content.bytes(), content.sha256(), error, List.copyOf(marks), table);
  }

  InputScan withoutColumns() {
    return new InputScan(file, rows, bytes, sha256, error, marks, null);
  }

  /** The last mark at or before a row. */
  Mark mark(long row) {
    int low = 0;
    int high = marks.size() - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (marks.get(middle).row() <= row) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return marks.get(low);
  }
}
