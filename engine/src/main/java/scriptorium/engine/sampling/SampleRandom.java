package scriptorium.engine.sampling;

/**
 * The random numbers of a data set: a function of seed, row, position and stream, so that no order
 * of work can change them.
 */
public final class SampleRandom {
  private static final double UNIT = 0x1p-53;

  private SampleRandom() {}

  /**
   * A uniform double in [0, 1) with 53 bits: the upper 53 of words 1 and 0 of {@link Philox4x32}.
   *
   * @param seed key
   * @param streamId row, two words of the counter
   * @param position place of the new token in the sequence, the leading end-of-text token being 0
   * @param stream 0 for tokens, 1 for a row's top-p
   */
  public static double uniform(long seed, long streamId, int position, int stream) {
    long words =
        Philox4x32.words(
            (int) streamId,
            (int) (streamId >>> 32),
            position,
            stream,
            (int) seed,
            (int) (seed >>> 32),
            0);
    return (words >>> 11) * UNIT;
  }
}
