package scriptorium.job.run;

import java.io.Serializable;
import java.util.Iterator;
import java.util.Optional;
import scriptorium.job.base.MappedIterator;
import scriptorium.job.base.ShardFormat;
import scriptorium.job.output.ShardInspector;
import scriptorium.job.output.ShardRange;
import scriptorium.job.output.ShardWriter;
import scriptorium.job.row.RowSchema;
import scriptorium.job.spark.HadoopSettings;
import scriptorium.job.store.OutputStore;
import scriptorium.job.store.ShardFiles;
import scriptorium.job.store.ShardReceipt;

/**
 * Where an executor finds and puts shards.
 *
 * @param schema the columns of its rows
 * @param lock of the run that they are written for
 */
record ShardOutput(String folder, ShardFormat format, int shardRows, RowSchema schema, String lock)
    implements Serializable {
  /** The output on this machine; writes nothing once the run has lost its lock. */
  OutputStore open() {
    OutputStore store = new OutputStore(folder, HadoopSettings.current());
    store.guardBy(lock);
    return store;
  }

  /** What writes shards into it. */
  ShardWriter writer(OutputStore store) {
    return new ShardWriter(store, format);
  }

  /** The receipts of those shards, a range each, that are there as a whole. */
  Iterator<ShardReceipt> find(Iterator<ShardRange> shards) {
    OutputStore store = open();
    return new MappedIterator<>(
        shards, shard -> find(store, shard, shard.firstShard()).orElse(null));
  }

  /** The receipt of a shard that is there as a whole. */
  Optional<ShardReceipt> find(OutputStore store, ShardRange range, int shard) {
    String file = new ShardFiles(format).file(range.folder(), shard);
    return store.exists(file)
        ? ShardInspector.inspect(
            store, file, range.split(), shard, range.part(shard, shard + 1).rows(shardRows), schema)
        : Optional.empty();
  }
}
