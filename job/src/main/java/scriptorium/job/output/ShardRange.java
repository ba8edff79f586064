package scriptorium.job.output;

import java.io.Serializable;
import scriptorium.job.store.Manifest;

/**
 * Consecutive missing shards of one split, the work of one Spark task.
 *
 * @param split its name
 * @param folder its folder in the output
 * @param offset first random stream of the split
 * @param splitRows rows of the split
 * @param firstShard and {@code endShard}: the shards from..to
 */
public record ShardRange(
    String split, String folder, long offset, long splitRows, int firstShard, int endShard)
    implements Serializable {
  /** Some shards of a split. */
  public static ShardRange of(Manifest.Split split, int first, int end) {
    return new ShardRange(split.name(), split.folder(), split.offset(), split.rows(), first, end);
  }

  /** Rows of its shards; the last one of a split may have fewer than the others. */
  public long rows(int shardRows) {
    return Math.min(splitRows, (long) endShard * shardRows) - (long) firstShard * shardRows;
  }

  /** The same with other shards. */
  public ShardRange part(int first, int end) {
    return new ShardRange(split, folder, offset, splitRows, first, end);
  }
}
