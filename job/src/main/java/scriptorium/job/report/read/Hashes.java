package scriptorium.job.report.read;

/** Hashes that are the same on every machine. Stateless. */
public final class Hashes {
  private Hashes() {}

  /** The finalizer of SplitMix64 (Steele et al. 2014), after one step. */
  public static long mix(long value) {
    long z = value + 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /** Of a text. */
  public static long of(String text) {
    long hash = text.length();
    for (int i = 0; i < text.length(); i++) {
      hash = mix(hash ^ text.charAt(i));
    }
    return hash;
  }

  /** Of numbers, one after the other. */
  public static long of(long... values) {
    long hash = 0;
    for (long value : values) {
      hash = mix(hash ^ value);
    }
    return hash;
  }

  /** How many values differ; 0 must not be among them. */
  public static int distinct(long[] values) {
    long[] table = new long[Math.max(2, Integer.highestOneBit(Math.max(1, values.length)) << 2)];
    int mask = table.length - 1;
    int distinct = 0;
    for (long value : values) {
      int at = (int) value & mask;
      while (table[at] != 0 && table[at] != value) {
        at = at + 1 & mask;
      }
      if (table[at] == 0) {
        table[at] = value;
        distinct++;
      }
    }
    return distinct;
  }
}
