package scriptorium.job;

import java.io.Serializable;

/**
 * Consecutive missing shards of one split, the work of one Spark task.
 *
 * @param split its name
 * @param folder its folder in the output
 * @param offset first random stream of the split
 * @param splitRows rows of the split
 * @param firstShard and {@code endShard}: the shards from..to
 */
record ShardRange(
    String split, String folder, long offset, long splitRows, int firstShard, int endShard)
    implements Serializable {}
