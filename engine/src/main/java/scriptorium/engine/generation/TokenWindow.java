package scriptorium.engine.generation;

import scriptorium.engine.text.Given;

/**
 * A stretch of tokens that fits the context, of which all but the leading ones are scored. The
 * cache holds all of them but the last, which nothing follows.
 *
 * @param id the caller's name for it
 * @param tokens ids; not copied here: an engine checks and copies them when it takes the window
 * @param given leading tokens that are conditioned on only, at least 1
 */
public record TokenWindow(long id, int[] tokens, int given) {
  /**
   * Checks the given tokens; ids are checked by the engine, which knows its model.
   *
   * @throws IllegalArgumentException where they are not 1 to all tokens, or tokens that are null
   */
  public TokenWindow {
    Given.notNull(tokens, "Tokens of window " + id + " are", "an array of at least one id");
    if (given < 1 || given > tokens.length) {
      throw new IllegalArgumentException(
          "Given tokens "
              + given
              + " of window "
              + id
              + " are not in 1.."
              + tokens.length
              + ": give at least the one that the first scored token follows");
    }
  }

  /**
   * A whole text, its first token conditioned on the end-of-text token.
   *
   * @throws IllegalArgumentException for a text that is null
   */
  public static TokenWindow ofText(long id, int[] text, int endOfText) {
    Given.notNull(text, "Tokens of text " + id + " are", "an array, an empty one for no text");
    int[] tokens = new int[1 + text.length];
    tokens[0] = endOfText;
    System.arraycopy(text, 0, tokens, 1, text.length);
    return new TokenWindow(id, tokens, 1);
  }
}
