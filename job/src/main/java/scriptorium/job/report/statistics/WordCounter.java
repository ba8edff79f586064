package scriptorium.job.report.statistics;

import java.util.Arrays;

/**
 * Counts of words in bounded memory: exact up to {@link #LIMIT} different words. When there are
 * more, the rarest half is dropped and the largest count among them is remembered, so that every
 * count is too low by {@link #error} at most. Not thread-safe.
 */
public final class WordCounter {
  /** Different words that are kept. */
  public static final int LIMIT = 1 << 16;

  private final int limit;
  private long[] words = new long[1 << 10];
  private long[] counts = new long[1 << 10];
  private int size;
  private long total;
  private long error;

  WordCounter() {
    this(LIMIT);
  }

  WordCounter(int limit) {
    this.limit = limit;
  }

  void add(long word) {
    add(word, 1);
    total++;
  }

  /** Adds another one's counts. */
  void merge(WordCounter other) {
    for (int i = 0; i < other.words.length; i++) {
      if (other.words[i] != 0) {
        add(other.words[i], other.counts[i]);
      }
    }
    total += other.total;
    error += other.error;
  }

  private void add(long word, long count) {
    int at = place(word);
    if (words[at] == 0) {
      if (size >= limit) {
        dropRarest();
        at = place(word);
      } else if (2 * size >= words.length) {
        rebuild(2 * words.length, 0);
        at = place(word);
      }
      words[at] = word;
      size++;
    }
    counts[at] += count;
  }

  private int place(long word) {
    int mask = words.length - 1;
    int at = (int) word & mask;
    while (words[at] != 0 && words[at] != word) {
      at = at + 1 & mask;
    }
    return at;
  }

  private void dropRarest() {
    long[] sorted = sorted();
    long least = sorted[sorted.length / 2];
    error += least;
    rebuild(words.length, least);
  }

  /** A table of so many places, with the words counted more often than {@code least}. */
  private void rebuild(int places, long least) {
    long[] oldWords = words;
    long[] oldCounts = counts;
    words = new long[places];
    counts = new long[places];
    size = 0;
    for (int i = 0; i < oldWords.length; i++) {
      if (oldWords[i] != 0 && oldCounts[i] > least) {
        int at = place(oldWords[i]);
        words[at] = oldWords[i];
        counts[at] = oldCounts[i];
        size++;
      }
    }
  }

  /** All words that were added. */
  public long total() {
    return total;
  }

  /** How much too low a count can be; 0 while all are exact. */
  public long error() {
    return error;
  }

  /** The counts, the largest first. */
  public long[] sorted() {
    long[] sorted = Arrays.stream(counts).filter(count -> count > 0).map(count -> -count).toArray();
    Arrays.sort(sorted);
    for (int i = 0; i < sorted.length; i++) {
      sorted[i] = -sorted[i];
    }
    return sorted;
  }
}
