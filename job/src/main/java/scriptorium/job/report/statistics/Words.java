package scriptorium.job.report.statistics;

import java.util.Arrays;
import scriptorium.engine.text.UnicodeTable;
import scriptorium.job.report.read.Hashes;

/**
 * The words of a text: runs of letters, digits and the marks on them, an apostrophe between two of
 * them included, in lower case; each as a hash of 64 bits, so that memory does not follow the
 * vocabulary's length. Stateless.
 */
public final class Words {
  /** Words of a text that are looked at. */
  public static final int LIMIT = 20_000;

  private Words() {}

  /** Hashes of the first words of a text, {@link #LIMIT} at most, in their order. */
  static long[] of(String text) {
    long[] words = new long[64];
    int count = 0;
    long hash = 0;
    boolean inside = false;
    for (int at = 0; at < text.length() && count < LIMIT; ) {
      int c = text.codePointAt(at);
      at += Character.charCount(c);
      boolean joins =
          inside && isApostrophe(c) && at < text.length() && isPart(text.codePointAt(at));
      if (isPart(c) || joins) {
        hash = Hashes.mix(hash ^ Character.toLowerCase(joins ? '\'' : c));
        inside = true;
      }
      if (inside && (at >= text.length() || !isPart(c) && !joins)) {
        words = count < words.length ? words : Arrays.copyOf(words, 2 * count);
        words[count] = hash == 0 ? 1 : hash; // 0 stands for nothing in the tables
        count++;
        hash = 0;
        inside = false;
      }
    }
    return Arrays.copyOf(words, count);
  }

  private static boolean isApostrophe(int c) {
    return c == '\'' || c == '\u2019';
  }

  private static boolean isPart(int c) {
    return UnicodeTable.isLetterOrDigit(c) || UnicodeTable.isNonSpacingMark(c);
  }

  /** Hashes of the runs of n words. */
  static long[] runs(long[] words, int n) {
    long[] runs = new long[Math.max(0, words.length - n + 1)];
    for (int i = 0; i < runs.length; i++) {
      long hash = n;
      for (int j = 0; j < n; j++) {
        hash = Hashes.mix(hash ^ words[i + j]);
      }
      runs[i] = hash == 0 ? 1 : hash;
    }
    return runs;
  }

  /** Share of a text's runs of four words that the text has had before; NaN where it has none. */
  static double repetition(long[] words) {
    long[] runs = runs(words, 4);
    return runs.length == 0 ? Double.NaN : 1 - (double) Hashes.distinct(runs) / runs.length;
  }
}
