package scriptorium.job.output;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import scriptorium.job.base.UserException;
import scriptorium.job.store.Manifest;

/**
 * Shares the missing shards of a data set out to tasks. A shard's rows follow from its number
 * alone, whatever the tasks.
 */
public final class ShardPlan {
  /**
   * Several shards a task, so that the end of one overlaps the start of the next; not too many, so
   * that a lost task costs little.
   */
  private static final int MOST_SHARDS_A_TASK = 64;

  private static final int TASKS_PER_CORE = 4;

  private ShardPlan() {}

  /** Number of shards of a split. */
  public static int shardCount(long rows, int shardRows) {
    if (rows > (long) Integer.MAX_VALUE * shardRows) {
      throw new UserException(
          "Rows "
              + rows
              + " in shards of "
              + shardRows
              + " are too many shards: give a larger --shard-rows");
    }
    return (int) Math.ceilDiv(rows, shardRows);
  }

  /**
   * Ranges of missing shards.
   *
   * @param done for each split the shards that are there
   * @param cores of the whole cluster
   */
  public static List<ShardRange> missing(
      List<Manifest.Split> splits, List<BitSet> done, int shardRows, int cores) {
    long missing = 0;
    for (int i = 0; i < splits.size(); i++) {
      missing += shardCount(splits.get(i).rows(), shardRows) - done.get(i).cardinality();
    }
    long share = missing / Math.max(1L, (long) cores * TASKS_PER_CORE);
    int most = (int) Math.max(1, Math.min(MOST_SHARDS_A_TASK, share));
    List<ShardRange> ranges = new ArrayList<>();
    for (int i = 0; i < splits.size(); i++) {
      Manifest.Split split = splits.get(i);
      int count = shardCount(split.rows(), shardRows);
      for (int first = done.get(i).nextClearBit(0); first < count; ) {
        int next = done.get(i).nextSetBit(first);
        int end = Math.min(Math.min(count, next < 0 ? count : next), first + most);
        ranges.add(ShardRange.of(split, first, end));
        first = done.get(i).nextClearBit(end);
      }
    }
    return ranges;
  }
}
