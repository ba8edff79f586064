package scriptorium.job.output;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.function.Function;
import org.apache.hadoop.conf.Configuration;
import scriptorium.job.base.Sha256;
import scriptorium.job.base.ShardFormat;
import scriptorium.job.row.JsonlRowWriter;
import scriptorium.job.row.ParquetRowWriter;
import scriptorium.job.row.RowWriter;
import scriptorium.job.row.SampleRow;
import scriptorium.job.row.SampleSchema;
import scriptorium.job.row.ScoreSchema;
import scriptorium.job.row.ScoredRow;
import scriptorium.job.store.OutputStore;
import scriptorium.job.store.ShardFiles;
import scriptorium.job.store.ShardReceipt;

/** Makes the bytes of shards from their rows and puts them into an output. Thread-safe. */
public final class ShardWriter {
  private final OutputStore store;
  private final ShardFiles files;

  /** A writer of shards of a format. */
  public ShardWriter(OutputStore store, ShardFormat format) {
    this.store = store;
    files = new ShardFiles(format);
  }

  /** The configuration that the output's file system was found by. */
  public Configuration configuration() {
    return store.configuration();
  }

  /** Writes one shard of samples, which are in the order of their ids. */
  public ShardReceipt writeSamples(
      String folder, String split, int index, SampleSchema schema, List<SampleRow> rows) {
    String file = files.file(folder, index);
    Sha256.Content written = write(file, schema.columns(), rows, schema::values);
    return new ShardReceipt(
        split,
        index,
        file,
        rows.size(),
        rows.stream().mapToLong(SampleRow::length).sum(),
        rows.stream().filter(SampleRow::ended).count(),
        rows.stream().filter(row -> row.error() != null).count(),
        written.bytes(),
        written.sha256());
  }

  /** Writes one shard of scored rows, in the order given. */
  public ShardReceipt writeScores(
      String folder, String split, int index, ScoreSchema schema, List<ScoredRow> rows) {
    String file = files.file(folder, index);
    Sha256.Content written =
        files.format() == ShardFormat.PARQUET
            ? write(file, out -> new ParquetRowWriter(out, schema.table()), rows, ScoredRow::values)
            : store.write(
                file,
                out -> {
                  for (ScoredRow row : rows) {
                    out.write(row.line());
                    out.write('\n');
                  }
                });
    return new ShardReceipt(
        split,
        index,
        file,
        rows.size(),
        rows.stream().mapToLong(ScoredRow::tokens).sum(),
        0,
        rows.stream().filter(ScoredRow::error).count(),
        written.bytes(),
        written.sha256());
  }

  /**
   * Writes one shard of rows of some columns, in the order given.
   *
   * @param tokens that the rows have
   */
  public ShardReceipt writeRows(
      String folder,
      String split,
      int index,
      List<SampleSchema.Column> columns,
      List<Object[]> rows,
      long tokens) {
    String file = files.file(folder, index);
    Sha256.Content written = write(file, columns, rows, row -> row);
    return new ShardReceipt(
        split, index, file, rows.size(), tokens, 0, 0, written.bytes(), written.sha256());
  }

  private <T> Sha256.Content write(
      String file, List<SampleSchema.Column> columns, List<T> rows, Function<T, Object[]> values) {
    return write(
        file,
        out ->
            files.format() == ShardFormat.PARQUET
                ? new ParquetRowWriter(out, columns)
                : new JsonlRowWriter(out, columns),
        rows,
        values);
  }

  /** Opens the writer of a shard. */
  private interface Opening {
    RowWriter on(OutputStream out) throws IOException;
  }

  private <T> Sha256.Content write(
      String file, Opening opening, List<T> rows, Function<T, Object[]> values) {
    return store.write(
        file,
        out -> {
          try (RowWriter writer = opening.on(out)) {
            for (T row : rows) {
              writer.write(values.apply(row));
            }
          }
        });
  }
}
