package scriptorium.job.run;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.util.LongAccumulator;
import scriptorium.engine.Engine;
import scriptorium.engine.EngineOptions;
import scriptorium.engine.ModelSize;
import scriptorium.job.broadcast.BroadcastModel;
import scriptorium.job.broadcast.ExecutorModel;
import scriptorium.job.broadcast.Shared;
import scriptorium.job.metrics.DoneRows;
import scriptorium.job.output.ShardRange;
import scriptorium.job.spark.MemoryNeed;
import scriptorium.job.store.OutputStore;
import scriptorium.job.store.ShardReceipt;

/**
 * What an executor does with a range of shards, whatever their rows are: finds those that an
 * earlier attempt has left, makes sure of its memory, gets the engine, and has the others written.
 *
 * @param size the model's
 * @param observerSize the second model's; null for none
 * @param options the engine's, as they were given
 * @param containerLimit bytes of an executor's process by the cluster's settings
 */
record ExecutorWork(
    Shared<BroadcastModel> weights,
    Shared<BroadcastModel> observerWeights,
    ModelSize size,
    ModelSize observerSize,
    EngineOptions options,
    long containerLimit,
    ShardOutput output,
    LongAccumulator rowsDone,
    LongAccumulator tokensDone,
    ShardWork.RangeWork work)
    implements Serializable {
  private static final Map<MemoryNeed, Long> CACHE_BYTES = new ConcurrentHashMap<>();

  /** Found out once: executors come and go, and the engine stays. */
  private long cacheBytes() {
    return CACHE_BYTES.computeIfAbsent(
        MemoryNeed.of(size, observerSize, options),
        need ->
            need.cacheBytes(
                Math.min(containerLimit, MemoryNeed.processLimit() / MemoryNeed.executorsHere()),
                Runtime.getRuntime().maxMemory()));
  }

  List<ShardReceipt> run(ShardRange range) throws InterruptedException {
    OutputStore store = output.open();
    List<ShardReceipt> receipts = new ArrayList<>();
    List<ShardRange> missing = missing(range, store, receipts);
    if (missing.isEmpty()) {
      return receipts;
    }
    EngineOptions sized = options.withCacheBytes(cacheBytes());
    BroadcastModel model = weights.value();
    BroadcastModel observer = observerWeights == null ? null : observerWeights.value();
    Engine engine = model.acquire(observer, sized);
    try {
      for (ShardRange part : missing) {
        receipts.addAll(
            work.run(part, engine, output.writer(store), new Counts(rowsDone, tokensDone)));
      }
      return receipts;
    } finally {
      ExecutorModel.release();
    }
  }

  /** The parts of a range that no earlier attempt has written; its shards' receipts go out. */
  private List<ShardRange> missing(
      ShardRange range, OutputStore store, List<ShardReceipt> receipts) {
    List<ShardRange> missing = new ArrayList<>();
    int first = range.firstShard();
    for (int shard = first; shard < range.endShard(); shard++) {
      Optional<ShardReceipt> there = output.find(store, range, shard);
      if (there.isPresent()) {
        receipts.add(there.get());
        if (first < shard) {
          missing.add(range.part(first, shard));
        }
        first = shard + 1;
      }
    }
    if (first < range.endShard()) {
      missing.add(range.part(first, range.endShard()));
    }
    return missing;
  }

  private record Counts(LongAccumulator rowsDone, LongAccumulator tokensDone)
      implements ShardWork.Progress {
    @Override
    public void tokens(long count) {
      tokensDone.add(count);
    }

    @Override
    public void row() {
      rowsDone.add(1L);
      DoneRows.add(1);
    }
  }
}
