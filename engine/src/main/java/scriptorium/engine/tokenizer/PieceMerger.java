package scriptorium.engine.tokenizer;

import java.util.PriorityQueue;

/**
 * Merges the tokens of one piece in the order of the merges' ranks, leftmost first (Sennrich et al.
 * 2016).
 */
final class PieceMerger {
  /** Beyond this a piece goes through a queue: n log n where the plain loop takes n squared. */
  private static final int SHORT_PIECE = 64;

  private PieceMerger() {}

  /** Merges the first {@code size} ids in place and returns how many are left. */
  static int merge(PairTable merges, int[] ids, int size) {
    return size <= SHORT_PIECE ? mergeShort(merges, ids, size) : mergeLong(merges, ids, size);
  }

  private static int mergeShort(PairTable merges, int[] ids, int size) {
    while (size > 1) {
      int best = PairTable.NONE;
      for (int i = 0; i + 1 < size; i++) {
        best = Math.min(best, merges.rank(ids[i], ids[i + 1]));
      }
      if (best == PairTable.NONE) {
        break;
      }
      int to = 0;
      for (int i = 0; i < size; to++) {
        if (i + 1 < size && merges.rank(ids[i], ids[i + 1]) == best) {
          ids[to] = merges.merged(ids[i], ids[i + 1]);
          i += 2;
        } else {
          ids[to] = ids[i];
          i++;
        }
      }
      size = to;
    }
    return size;
  }

  /** A merge that may be due: the pair that stood at left when it was found. */
  private record Due(int rank, int left, int leftId, int rightId) implements Comparable<Due> {
    @Override
    public int compareTo(Due other) {
      int order = Integer.compare(rank, other.rank);
      return order != 0 ? order : Integer.compare(left, other.left);
    }
  }

  private static int mergeLong(PairTable merges, int[] ids, int size) {
    int[] next = new int[size];
    int[] previous = new int[size];
    PriorityQueue<Due> queue = new PriorityQueue<>();
    for (int i = 0; i < size; i++) {
      next[i] = i + 1;
      previous[i] = i - 1;
      offer(merges, queue, ids, i, i + 1 < size ? i + 1 : -1);
    }
    while (!queue.isEmpty()) {
      Due due = queue.poll();
      int left = due.left;
      int right = next[left];
      if (right >= size || right < 0 || ids[left] != due.leftId || ids[right] != due.rightId) {
        continue; // one of the two has been merged since
      }
      ids[left] = merges.merged(due.leftId, due.rightId);
      ids[right] = -1;
      next[left] = next[right];
      if (next[right] < size) {
        previous[next[right]] = left;
      }
      next[right] = -1;
      offer(merges, queue, ids, previous[left], left);
      offer(merges, queue, ids, left, next[left] < size ? next[left] : -1);
    }
    int to = 0;
    for (int i = 0; i < size; i++) {
      if (ids[i] >= 0) {
        ids[to] = ids[i];
        to++;
      }
    }
    return to;
  }

  private static void offer(
      PairTable merges, PriorityQueue<Due> queue, int[] ids, int left, int right) {
    if (left < 0 || right < 0) {
      return;
    }
    int rank = merges.rank(ids[left], ids[right]);
    if (rank != PairTable.NONE) {
      queue.add(new Due(rank, left, ids[left], ids[right]));
    }
  }
}
