package scriptorium.engine.tokenizer;

import java.util.Arrays;

/**
 * A hash table from a pair of token ids to the rank of their merge and the merged id. Filled once,
 * then read by any thread.
 */
final class PairTable {
  /** No merge of this pair. */
  static final int NONE = Integer.MAX_VALUE;

  private static final long EMPTY = -1;

  private final long[] keys;
  private final int[] ranks;
  private final int[] merged;
  private final int mask;

  PairTable(int size) {
    int capacity = Integer.highestOneBit(Math.max(16, size)) * 4;
    keys = new long[capacity];
    Arrays.fill(keys, EMPTY);
    ranks = new int[capacity];
    merged = new int[capacity];
    mask = capacity - 1;
  }

  /** Enters a merge; the first one of a pair counts. */
  void put(int left, int right, int rank, int result) {
    int place = place(left, right);
    if (keys[place] == EMPTY) {
      keys[place] = key(left, right);
      ranks[place] = rank;
      merged[place] = result;
    }
  }

  int rank(int left, int right) {
    int place = place(left, right);
    return keys[place] == EMPTY ? NONE : ranks[place];
  }

  int merged(int left, int right) {
    return merged[place(left, right)];
  }

  private int place(int left, int right) {
    long key = key(left, right);
    int place = (int) ((key * 0x9E3779B97F4A7C15L) >>> 40) & mask;
    while (keys[place] != EMPTY && keys[place] != key) {
      place = (place + 1) & mask;
    }
    return place;
  }

  private static long key(int left, int right) {
    return (long) left << 32 | right;
  }
}
