package scriptorium.job.report.statistics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import scriptorium.job.report.read.Hashes;

/**
 * Words of texts that a hash chooses, for distinct-n (Li et al. 2016): different runs of n words
 * over all runs. The measure falls as there are more words, so that series are compared at the same
 * number of them, and a sample is enough. Not thread-safe.
 */
public final class DistinctSample {
  /** Texts kept, and words of each. */
  static final int TEXTS = 300;

  static final int WORDS = 300;

  private final Smallest<long[]> texts = new Smallest<>(TEXTS);

  void offer(long key, long[] words) {
    if (words.length > 0) {
      texts.offer(key, () -> Arrays.copyOf(words, Math.min(words.length, WORDS)));
    }
  }

  void merge(DistinctSample other) {
    texts.merge(other.texts);
  }

  /** How many words there are. */
  public int words() {
    return texts.sorted().stream().mapToInt(words -> words.length).sum();
  }

  /** Different runs of n words over all runs, in the first so many words; NaN without runs. */
  public double distinct(int n, int limit) {
    List<long[]> runs = new ArrayList<>();
    int left = limit;
    int count = 0;
    for (long[] words : texts.sorted()) {
      long[] found = Words.runs(Arrays.copyOf(words, Math.min(words.length, left)), n);
      left -= Math.min(words.length, left);
      runs.add(found);
      count += found.length;
    }
    long[] all = new long[count];
    int at = 0;
    for (long[] found : runs) {
      System.arraycopy(found, 0, all, at, found.length);
      at += found.length;
    }
    return count == 0 ? Double.NaN : (double) Hashes.distinct(all) / count;
  }
}
