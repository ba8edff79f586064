package scriptorium.engine;

import scriptorium.engine.text.Given;

/**
 * A text to be scored, of any length.
 *
 * @param id the caller's name for it
 * @param prompt ids that the text is conditioned on and that are not scored; may be empty
 * @param tokens ids of the text. Arrays are not copied here: a {@link Scorer} checks and copies
 *     them when it takes the text.
 */
public record ScoringText(long id, int[] prompt, int[] tokens) {
  /**
   * Checks that both arrays are there; ids are checked by the scorer, which knows its model.
   *
   * @throws IllegalArgumentException for an array that is null
   */
  public ScoringText {
    Given.notNull(prompt, "Prompt of text " + id + " is", "an empty array for none");
    Given.notNull(tokens, "Tokens of text " + id + " are", "an empty array for an empty text");
  }
}
