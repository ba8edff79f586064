package scriptorium.job.run;

import java.io.Serializable;
import java.util.Iterator;
import java.util.Optional;
import scriptorium.job.base.MappedIterator;
import scriptorium.job.output.ShardInspector;
import scriptorium.job.output.ShardRange;
import scriptorium.job.row.RowSchema;
import scriptorium.job.spark.HadoopSettings;
import scriptorium.job.store.ShardReceipt;
import scriptorium.job.store.ShardStore;

/**
 * Where an executor finds and puts shards.
 *
 * @param schema the columns of its rows
 * @param lock of the run that they are written for
 */
record ShardOutput(String folder, String format, int shardRows, RowSchema schema, String lock)
    implements Serializable {
  /** The output on this machine; writes nothing once the run has lost its lock. */
  ShardStore open() {
    ShardStore store = new ShardStore(folder, format, HadoopSettings.current());
    store.guardBy(lock);
    return store;
  }

  /** The receipts of those shards, a range each, that are there as a whole. */
  Iterator<ShardReceipt> find(Iterator<ShardRange> shards) {
    ShardStore store = open();
    return new MappedIterator<>(
        shards, shard -> find(store, shard, shard.firstShard()).orElse(null));
  }

  /** The receipt of a shard that is there as a whole. */
  Optional<ShardReceipt> find(ShardStore store, ShardRange range, int shard) {
    return store.exists(store.shardFile(range.folder(), shard))
        ? ShardInspector.inspect(
            store,
            range.folder(),
            range.split(),
            shard,
            range.part(shard, shard + 1).rows(shardRows),
            schema)
        : Optional.empty();
  }
}
