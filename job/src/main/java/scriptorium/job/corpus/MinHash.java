package scriptorium.job.corpus;

import java.util.Arrays;
import scriptorium.engine.text.UnicodeTable;

/**
 * Keys by which similar texts are found: for each of 120 hash functions the least value over all
 * runs of five words (Broder 1997). Two texts agree in a place with the probability of their runs'
 * Jaccard similarity; those that agree in a whole band of six places are compared. Of 20 bands, one
 * agrees for 99.8 % of pairs with the similarity 0.8, 92 % at 0.7, 27 % at 0.5, 1.5 % at 0.3. Words
 * are those of {@link UnicodeTable}, whatever the JDK. Stateless, thread-safe.
 */
final class MinHash {
  static final int BANDS = 20;
  private static final int BAND_PLACES = 6;
  private static final int PLACES = BANDS * BAND_PLACES;
  private static final int RUN = 5;
  private static final long[] FACTORS = new long[PLACES];
  private static final long[] SUMMANDS = new long[PLACES];

  static {
    long state = 0x5C21970F1A5EEDL;
    for (int i = 0; i < PLACES; i++) {
      FACTORS[i] = mix(state++) | 1;
      SUMMANDS[i] = mix(state++);
    }
  }

  private MinHash() {}

  /** A key a band of a text, different for every band. */
  static long[] bands(String text) {
    int[] least = new int[PLACES];
    Arrays.fill(least, Integer.MAX_VALUE);
    for (long run : runs(text)) {
      for (int i = 0; i < PLACES; i++) {
        int value = (int) ((run * FACTORS[i] + SUMMANDS[i]) >> 32);
        least[i] = Math.min(least[i], value);
      }
    }
    long[] bands = new long[BANDS];
    for (int i = 0; i < PLACES; i++) {
      int band = i / BAND_PLACES;
      bands[band] = mix(bands[band] + (band + 1) * 0x9E3779B97F4A7C15L + least[i]);
    }
    return bands;
  }

  /** The Jaccard similarity of two sets of runs, as {@link #runs} gives them. */
  static double similarity(long[] a, long[] b) {
    int both = 0;
    int i = 0;
    int j = 0;
    while (i < a.length && j < b.length) {
      if (a[i] == b[j]) {
        both++;
        i++;
        j++;
      } else if (a[i] < b[j]) {
        i++;
      } else {
        j++;
      }
    }
    return (double) both / (a.length + b.length - both);
  }

  /**
   * Hashes of the different runs of five words, ascending, whatever stands between the words; of a
   * short text one.
   */
  static long[] runs(String text) {
    long[] words = words(UnicodeTable.lowerCase(text));
    if (words.length == 0) {
      return new long[] {mix(UnicodeTable.strip(text).hashCode())};
    }
    int count = Math.max(1, words.length - RUN + 1);
    long[] runs = new long[count];
    for (int i = 0; i < count; i++) {
      long run = 0;
      for (int k = i; k < Math.min(i + RUN, words.length); k++) {
        run = mix(run + words[k]);
      }
      runs[i] = run;
    }
    return Arrays.stream(runs).sorted().distinct().toArray();
  }

  private static long[] words(String text) {
    long[] words = new long[16];
    int count = 0;
    long word = 0;
    boolean within = false;
    for (int i = 0; i <= text.length(); i++) {
      char c = i < text.length() ? text.charAt(i) : ' ';
      if (UnicodeTable.isLetterOrDigit(c) || Character.isSurrogate(c)) {
        word = word * 0x100000001B3L + c + 1;
        within = true;
      } else if (within) {
        if (count == words.length) {
          words = Arrays.copyOf(words, count * 2);
        }
        words[count++] = mix(word);
        word = 0;
        within = false;
      }
    }
    return Arrays.copyOf(words, count);
  }

  /** The finalizer of SplitMix64 (Steele, Lea, Flood 2014). */
  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
