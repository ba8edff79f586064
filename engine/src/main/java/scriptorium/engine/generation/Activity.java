package scriptorium.engine.generation;

/**
 * What an engine has done since it started and what it holds, as of the beginning of its latest
 * step.
 *
 * @param generatedTokens drawn, end tokens included
 * @param scoredTokens of given texts
 * @param sequences samples and windows that are finished
 * @param slots sequences in flight at most
 * @param slotsInUse sequences in flight
 * @param pages of the KV cache
 * @param pagesInUse pages that hold tokens
 * @param waiting rows that were fed and wait for a slot
 */
public record Activity(
    long generatedTokens,
    long scoredTokens,
    long sequences,
    int slots,
    int slotsInUse,
    int pages,
    int pagesInUse,
    int waiting) {
  /** Of no engine. */
  public static final Activity NONE = new Activity(0, 0, 0, 0, 0, 0, 0, 0);

  /** Generated and scored. */
  public long tokens() {
    return generatedTokens + scoredTokens;
  }

  /**
   * The same with nothing in flight and no engine, for the sum over engines that follow another.
   */
  public Activity done() {
    return new Activity(generatedTokens, scoredTokens, sequences, 0, 0, 0, 0, 0);
  }

  /** The sum of both. */
  public Activity plus(Activity other) {
    return new Activity(
        generatedTokens + other.generatedTokens,
        scoredTokens + other.scoredTokens,
        sequences + other.sequences,
        slots + other.slots,
        slotsInUse + other.slotsInUse,
        pages + other.pages,
        pagesInUse + other.pagesInUse,
        waiting + other.waiting);
  }
}
