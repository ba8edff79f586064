package scriptorium.job.row;

import java.io.Closeable;
import java.io.IOException;

/** Writes the rows of one shard; the bytes follow from the rows alone. Not thread-safe. */
public interface RowWriter extends Closeable {
  /** Writes a row's values in the order of the columns; null for none. */
  void write(Object[] values) throws IOException;
}
