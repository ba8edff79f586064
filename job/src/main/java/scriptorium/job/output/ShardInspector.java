package scriptorium.job.output;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import scriptorium.job.base.Sha256;
import scriptorium.job.row.RowSchema;
import scriptorium.job.store.OutputStore;
import scriptorium.job.store.ShardReceipt;

/**
 * Reads a written shard to make its receipt again, where a run ended before the manifest had it.
 */
public final class ShardInspector {
  private ShardInspector() {}

  /**
   * The receipt of a shard that is on the file system; empty if it cannot be read as a whole shard
   * of so many rows with the columns of a schema.
   */
  public static Optional<ShardReceipt> inspect(
      OutputStore store, String file, String split, int index, long rows, RowSchema schema) {
    try (InputStream in = store.open(file);
        WrittenRows reader = WrittenRows.open(store, file)) {
      long found = 0;
      long tokens = 0;
      long ended = 0;
      long errors = 0;
      for (ObjectNode row = reader.next(); row != null; row = reader.next()) {
        if (schema.wrong(row) != null) {
          return Optional.empty();
        }
        found++;
        tokens += schema.length(row);
        ended += schema.ended(row) ? 1 : 0;
        errors += schema.isError(row) ? 1 : 0;
      }
      if (found != rows) {
        return Optional.empty();
      }
      Sha256.Content written = Sha256.of(in);
      return Optional.of(
          new ShardReceipt(
              split, index, file, rows, tokens, ended, errors, written.bytes(), written.sha256()));
    } catch (IOException | RuntimeException e) { // Parquet throws whatever its bytes lead to
      return Optional.empty();
    }
  }
}
