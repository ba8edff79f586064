package scriptorium.job.input;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import scriptorium.job.base.InputException;
import scriptorium.job.base.Texts;
import scriptorium.job.row.InputColumns;
import scriptorium.job.row.InputRow;

/**
 * Reads the rows of one input file in their order; never fails for what is in it: what cannot be
 * read becomes an error row. Not thread-safe.
 */
public abstract class InputReader implements Closeable {
  /** Files whose columns are read before a run begins: some seconds on an object store. */
  private static final int LOOK_FILES = 100;

  private final InputFile file;
  private final InputColumns columns;
  private long row;
  private boolean lossTold;

  /** A reader that stands before the row of a mark. */
  InputReader(InputFile file, InputColumns columns, InputScan.Mark mark) {
    this.file = file;
    this.columns = columns;
    row = mark.row();
  }

  /**
   * Opens a file at one of its rows.
   *
   * @param mark a place in the file to begin from, and the row it has
   */
  public static InputReader open(
      InputFile file, InputColumns columns, InputScan.Mark mark, Configuration conf)
      throws IOException {
    return switch (file.format()) {
      case TEXT, JSONL -> new LineInputReader(file, columns, mark, conf);
      case JSON -> new JsonInputReader(file, columns, conf);
      case CSV, SPARK_CSV, TSV, SPARK_TSV -> new DelimitedInputReader(file, columns, mark, conf);
      case PARQUET -> new ParquetInputReader(file, columns, conf);
      case ORC -> new OrcInputReader(file, columns, conf);
      case AVRO -> new AvroInputReader(file, columns, mark, conf);
    };
  }

  /**
   * Looks at the columns of the first files that have types; those of the others are looked at
   * where they are read.
   *
   * @throws InputException if a file's rows cannot be kept
   */
  public static void check(List<InputFile> files, Configuration conf) {
    files.stream()
        .filter(file -> !file.format().isText())
        .limit(LOOK_FILES)
        .forEach(file -> check(file, conf));
  }

  private static void check(InputFile file, Configuration conf) {
    try {
      open(file, InputColumns.NONE, InputScan.BEGIN, conf).close();
    } catch (IOException e) {
      throw file.cannotBeRead(e);
    }
  }

  /** What is told where a library of a codec is not on the class path. */
  static InputException missingLibrary(InputFile file, LinkageError e) {
    return new InputException(
        "Input "
            + file.path()
            + " needs a library that is missing ("
            + Texts.firstLine(e)
            + "): write it with another codec, such as zstd",
        e);
  }

  /** The next row, or null at the end. */
  public final InputRow next() {
    ReadRow row = row();
    if (row == null) {
      return null;
    }
    return row.error() == null
        ? columns.row(row.columns()).withStored(row.stored())
        : InputColumns.error(row.error(file));
  }

  /** The next row, whatever its columns, with those of its folders; null at the end. */
  final ReadRow row() {
    ReadRow row = read();
    if (row != null && row.error() == null) {
      file.partitions()
          .forEach((name, value) -> row.columns().putIfAbsent(name, folderValue(value)));
    }
    return row;
  }

  private static JsonNode folderValue(String value) {
    return value == null ? NullNode.instance : TextNode.valueOf(value);
  }

  private ReadRow read() {
    ReadRow next = parse();
    if (next != null) {
      row++;
      return next;
    }
    if (failure() == null || lossTold) {
      return null;
    }
    lossTold = true;
    return ReadRow.lost(row, failure());
  }

  /** Passes over the next row; false at the end. */
  final boolean pass() {
    boolean passed = passOver();
    row += passed ? 1 : 0;
    return passed;
  }

  /** Passes over rows. */
  public final void skip(long rows) {
    row += passOver(rows);
  }

  /** Reads the next row of the file; null at the end and where the rest is lost. */
  abstract ReadRow parse();

  /** As {@link #parse}, for a row that nobody asks for; false where that gives null. */
  abstract boolean passOver();

  /** Passes over rows, and returns how many there were. */
  long passOver(long rows) {
    long passed = 0;
    while (passed < rows && passOver()) {
      passed++;
    }
    return passed;
  }

  /** The number of the next row in the file. */
  final long rowNumber() {
    return row;
  }

  /** Where the row that was passed over last can be entered again; null where it cannot. */
  InputScan.Mark mark() {
    return null;
  }

  /** How the rest of the file was lost behind the row that was read last; null for not. */
  String failure() {
    return null;
  }

  final InputFile file() {
    return file;
  }

  final InputColumns columns() {
    return columns;
  }
}
