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
import scriptorium.job.input.format.InputFormat;
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

  InputReader(InputFile file, InputColumns columns) {
    this.file = file;
    this.columns = columns;
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
      if (file.format() == InputFormat.PARQUET) {
        ParquetInputReader.size(file, conf);
      } else {
        open(file, InputColumns.NONE, InputScan.BEGIN, conf).close();
      }
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

  /** The next row of the file, or null at the end. */
  abstract ReadRow read();

  /** Passes over the next row; false at the end. */
  abstract boolean pass();

  /** Passes over rows. */
  public void skip(long rows) {
    for (long i = 0; i < rows; i++) {
      pass();
    }
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
