package scriptorium.job.corpus;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.sql.Row;
import scriptorium.job.base.ShardFormat;
import scriptorium.job.output.ShardWriter;
import scriptorium.job.row.CorpusColumns;
import scriptorium.job.row.SampleSchema;
import scriptorium.job.row.ScoreColumn;
import scriptorium.job.spark.HadoopSettings;
import scriptorium.job.store.OutputStore;
import scriptorium.job.store.ShardFiles;
import scriptorium.job.store.ShardReceipt;

/**
 * Writes the shards of a corpus on an executor.
 *
 * @param out the output folder
 * @param name of the corpus
 * @param lock of the run that they are written for
 */
record CorpusShards(
    String out, String name, ShardFormat format, String lock, List<ScoreColumn> scores)
    implements Serializable {
  /** Writes rows that are in the order of split and id, those of a shard together. */
  Iterator<ShardReceipt> write(Iterator<Row> rows) {
    OutputStore store = new OutputStore(out, HadoopSettings.current());
    store.guardBy(lock);
    ShardWriter writer = new ShardWriter(store, format);
    List<SampleSchema.Column> columns = CorpusColumns.of(scores);
    List<ShardReceipt> receipts = new ArrayList<>();
    List<Row> shard = new ArrayList<>();
    while (rows.hasNext()) {
      Row row = rows.next();
      if (!shard.isEmpty() && !sameShard(shard.getFirst(), row)) {
        receipts.add(write(writer, columns, shard));
        shard.clear();
      }
      shard.add(row);
    }
    if (!shard.isEmpty()) {
      receipts.add(write(writer, columns, shard));
    }
    return receipts.iterator();
  }

  private static boolean sameShard(Row a, Row b) {
    return a.<String>getAs("split").equals(b.<String>getAs("split"))
        && a.<Integer>getAs("shard").equals(b.<Integer>getAs("shard"));
  }

  private ShardReceipt write(
      ShardWriter writer, List<SampleSchema.Column> columns, List<Row> rows) {
    String split = rows.getFirst().getAs("split");
    long tokens = 0;
    List<Object[]> values = new ArrayList<>();
    for (Row row : rows) {
      Object[] line = new Object[columns.size()];
      for (int i = 0; i < line.length; i++) {
        line[i] = row.getAs(columns.get(i).name());
        if (columns.get(i).name().equals("length") && line[i] instanceof Integer length) {
          tokens += length;
        }
      }
      values.add(line);
    }
    int index = rows.getFirst().getAs("shard");
    return writer.writeRows(ShardFiles.folder(name, split), split, index, columns, values, tokens);
  }
}
