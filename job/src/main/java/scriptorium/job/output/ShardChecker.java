package scriptorium.job.output;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import scriptorium.job.base.Sha256;
import scriptorium.job.input.InputFile;
import scriptorium.job.input.ParquetInputReader;
import scriptorium.job.input.format.Codec;
import scriptorium.job.input.format.InputFormat;
import scriptorium.job.row.RowSchema;
import scriptorium.job.store.OutputStore;
import scriptorium.job.store.ShardReceipt;

/** Holds the files of a data set against its manifest. */
public final class ShardChecker {
  /** What is wrong with a file. */
  public record Defect(String file, String what) implements Serializable {
    @Override
    public String toString() {
      return file + ": " + what;
    }
  }

  private ShardChecker() {}

  /**
   * The defects of a shard: size, hash, number of rows, columns, and, of generated ones, ids. Of
   * many wrong rows the first is told.
   *
   * @param firstId id of its first row; -1 where rows have none
   * @param schema the columns of its rows
   */
  public static List<Defect> check(
      OutputStore store, ShardReceipt shard, long firstId, RowSchema schema, Configuration conf) {
    List<Defect> defects = checkFile(store, shard.file(), shard.bytes(), shard.sha256());
    if (!defects.isEmpty()) {
      return defects; // what a changed file holds tells no more
    }
    List<Defect> found = new ArrayList<>();
    long rows = 0;
    try {
      rows = checkRows(store, shard, firstId, schema, conf, found);
    } catch (IOException e) {
      found.add(new Defect(shard.file(), "cannot be read: " + e.getMessage()));
    }
    if (rows != shard.rows()) {
      found.add(new Defect(shard.file(), rows + " rows, the manifest has " + shard.rows()));
    }
    return found;
  }

  /** Adds the first thing that is wrong with columns or rows, and returns the number of rows. */
  private static long checkRows(
      OutputStore store,
      ShardReceipt shard,
      long firstId,
      RowSchema schema,
      Configuration conf,
      List<Defect> found)
      throws IOException {
    if (shard.file().endsWith(".parquet")) {
      InputFile file =
          new InputFile(store.uri(shard.file()).toString(), InputFormat.PARQUET, Codec.NONE);
      String wrong = schema.wrong(ParquetInputReader.table(file, conf));
      if (wrong != null) {
        found.add(new Defect(shard.file(), wrong));
      }
    }
    long rows = 0;
    try (WrittenRows reader = WrittenRows.open(store, shard.file())) {
      for (ObjectNode row = reader.next(); row != null; row = reader.next()) {
        if (found.isEmpty()) {
          String wrong = wrong(row, firstId < 0 ? -1 : firstId + rows, schema);
          if (wrong != null) {
            found.add(new Defect(shard.file(), "row " + rows + " " + wrong));
          }
        }
        rows++;
      }
    }
    return rows;
  }

  private static String wrong(ObjectNode row, long id, RowSchema schema) {
    String wrong = schema.wrong(row);
    if (wrong != null) {
      return wrong;
    }
    JsonNode found = row.path("id");
    return id < 0 || found.isIntegralNumber() && found.longValue() == id
        ? null
        : "has the id " + found + " instead of " + id;
  }

  /** The defects of a file as a whole: its size, else its hash. */
  public static List<Defect> checkFile(OutputStore store, String file, long bytes, String sha256) {
    if (!store.exists(file)) {
      return List.of(new Defect(file, "missing"));
    }
    if (store.size(file) != bytes) {
      return List.of(new Defect(file, store.size(file) + " bytes, the manifest has " + bytes));
    }
    try (InputStream in = store.open(file)) {
      String found = Sha256.of(in).sha256();
      return found.equals(sha256)
          ? List.of()
          : List.of(new Defect(file, "changed: SHA-256 " + found + ", the manifest has " + sha256));
    } catch (IOException e) {
      return List.of(new Defect(file, "cannot be read: " + e.getMessage()));
    }
  }
}
