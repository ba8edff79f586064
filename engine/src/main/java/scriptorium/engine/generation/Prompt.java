package scriptorium.engine.generation;

import scriptorium.engine.text.Given;

/**
 * One row to be generated.
 *
 * @param streamId name of the random stream, unique within a data set: the row's id plus the offset
 *     of its split
 * @param tokens ids of the prompt without the leading end-of-text token; empty for an unconditional
 *     sample. Not copied here: an engine checks and copies them when it takes the row.
 * @param own settings of this row in place of the caller's; null for the caller's
 */
public record Prompt(long streamId, int[] tokens, GenerationConfig own) {
  /**
   * Checks the id of the row; those of the tokens are checked by the engine, which knows its model.
   *
   * @throws IllegalArgumentException for a negative stream id, or tokens that are null
   */
  public Prompt {
    if (streamId < 0) {
      throw new IllegalArgumentException(
          "Stream id " + streamId + " is negative: give the row's number, from 0");
    }
    Given.notNull(
        tokens,
        "Tokens of the prompt of row " + streamId + " are",
        "an empty array for an unconditional sample");
  }

  /** A row with the caller's settings. */
  public Prompt(long streamId, int[] tokens) {
    this(streamId, tokens, null);
  }

  GenerationConfig settings(GenerationConfig callers) {
    return own == null ? callers : own;
  }
}
