package scriptorium.job.input;

import java.io.Closeable;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import scriptorium.job.row.InputColumns;
import scriptorium.job.row.InputRow;

/**
 * Reads the rows of one input file in their order; never fails for what is in it: what cannot be
 * read becomes an error row. Not thread-safe.
 */
public abstract class InputReader implements Closeable {
  /**
   * Opens a file at one of its rows.
   *
   * @param mark a place in the file to begin from, and the row it has
   */
  public static InputReader open(
      InputFile file, InputColumns columns, InputScan.Mark mark, Configuration conf)
      throws IOException {
    return file.format() == InputFile.Format.PARQUET
        ? new ParquetInputReader(file, columns, conf)
        : new LineInputReader(file, columns, mark, conf);
  }

  /** The next row, or null at the end. */
  public abstract InputRow next();

  /** Passes over rows. */
  public abstract void skip(long rows);
}
