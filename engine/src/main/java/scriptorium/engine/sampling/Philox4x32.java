package scriptorium.engine.sampling;

/**
 * Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3"): a
 * bijection of 128-bit counters keyed by 64 bits. Words are numbered as in Random123. Stateless.
 */
final class Philox4x32 {
  private static final int ROUNDS = 10;
  private static final long MULTIPLIER_0 = 0xD2511F53L;
  private static final long MULTIPLIER_1 = 0xCD9E8D57L;
  private static final int WEYL_0 = 0x9E3779B9;
  private static final int WEYL_1 = 0xBB67AE85;
  private static final long WORD = 0xFFFFFFFFL;

  private Philox4x32() {}

  /**
   * Two words of the block of a counter, word {@code first} low and word {@code first + 1} high.
   *
   * @param first 0 or 2
   */
  static long words(int c0, int c1, int c2, int c3, int k0, int k1, int first) {
    for (int round = 0; round < ROUNDS; round++) {
      long product0 = MULTIPLIER_0 * (c0 & WORD);
      long product1 = MULTIPLIER_1 * (c2 & WORD);
      c0 = (int) (product1 >>> 32) ^ c1 ^ k0;
      c2 = (int) (product0 >>> 32) ^ c3 ^ k1;
      c1 = (int) product1;
      c3 = (int) product0;
      k0 += WEYL_0;
      k1 += WEYL_1;
    }
    return first == 0 ? (c0 & WORD) | (long) c1 << 32 : (c2 & WORD) | (long) c3 << 32;
  }
}
