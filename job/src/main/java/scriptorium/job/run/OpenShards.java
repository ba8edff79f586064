package scriptorium.job.run;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import scriptorium.job.output.ShardRange;
import scriptorium.job.store.ShardReceipt;

/**
 * The shards of a range that are being filled, by rows that come in any order; each is written when
 * its last row is there. Used by one thread.
 */
final class OpenShards<R> {
  private final ShardRange range;
  private final int shardRows;
  private final Writer<R> writer;
  private final Map<Integer, Shard<R>> open = new HashMap<>();
  private final List<ShardReceipt> receipts = new ArrayList<>();

  /** Writes a shard whose rows are all there. */
  @FunctionalInterface
  interface Writer<R> {
    ShardReceipt write(int shard, List<R> rows);
  }

  private static final class Shard<R> {
    final List<R> rows;
    int missing;

    Shard(int size) {
      rows = new ArrayList<>(Collections.nCopies(size, null));
      missing = size;
    }
  }

  OpenShards(ShardRange range, int shardRows, Writer<R> writer) {
    this.range = range;
    this.shardRows = shardRows;
    this.writer = writer;
  }

  /** First row of the range. */
  long firstRow() {
    return (long) range.firstShard() * shardRows;
  }

  /** The row behind the range's last. */
  long endRow() {
    return Math.min(range.splitRows(), (long) range.endShard() * shardRows);
  }

  /** Puts a row where it belongs. */
  void place(long id, R row) {
    int index = (int) (id / shardRows);
    long first = (long) index * shardRows;
    Shard<R> shard =
        open.computeIfAbsent(
            index, ignored -> new Shard<>((int) Math.min(shardRows, range.splitRows() - first)));
    shard.rows.set((int) (id - first), row);
    shard.missing--;
    if (shard.missing == 0) {
      open.remove(index);
      receipts.add(writer.write(index, shard.rows));
    }
  }

  /** What has been written. */
  List<ShardReceipt> receipts() {
    return receipts;
  }
}
