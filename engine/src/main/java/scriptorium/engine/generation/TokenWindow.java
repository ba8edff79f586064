package scriptorium.engine.generation;

/**
 * A stretch of tokens that fits the context, of which all but the leading ones are scored. The
 * cache holds all of them but the last, which nothing follows.
 *
 * @param id the caller's name for it
 * @param tokens ids; not copied
 * @param given leading tokens that are conditioned on only, at least 1
 */
public record TokenWindow(long id, int[] tokens, int given) {
  /**
   * Checks the given tokens.
   *
   * @throws IllegalArgumentException where they are not 1 to all tokens
   */
  public TokenWindow {
    if (given < 1 || given > tokens.length) {
      throw new IllegalArgumentException(
          "Given tokens " + given + " are not in 1.." + tokens.length + ", the window's");
    }
  }

  /** A whole text, its first token conditioned on the end-of-text token. */
  public static TokenWindow ofText(long id, int[] text, int endOfText) {
    int[] tokens = new int[1 + text.length];
    tokens[0] = endOfText;
    System.arraycopy(text, 0, tokens, 1, text.length);
    return new TokenWindow(id, tokens, 1);
  }
}
