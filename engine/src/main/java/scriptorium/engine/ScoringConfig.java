package scriptorium.engine;

/**
 * How texts are scored.
 *
 * @param stride tokens from the begin of one window of a long text to the begin of the next, 1 to
 *     the context's; 0 for the context's. A smaller one gives each token more context and costs as
 *     many times more.
 * @param tokenDetails whether ranks, entropies and variances are computed: about a tenth more work
 */
public record ScoringConfig(int stride, boolean tokenDetails) {
  /** Likelihoods alone, in windows that touch. */
  public static final ScoringConfig LIKELIHOODS = new ScoringConfig(0, false);

  /**
   * Checks the stride.
   *
   * @throws IllegalArgumentException for a negative stride; one that is too long for its model is
   *     refused by {@link Scorer}
   */
  public ScoringConfig {
    if (stride < 0) {
      throw new IllegalArgumentException(
          "Stride " + stride + " is negative: give 1 to the context's length, or 0 for it");
    }
  }
}
