package scriptorium.engine.generation;

/**
 * One row to be generated.
 *
 * @param streamId name of the random stream, unique within a data set: the row's id plus the offset
 *     of its split
 * @param tokens ids of the prompt without the leading end-of-text token; empty for an unconditional
 *     sample. Not copied.
 * @param own settings of this row in place of the caller's; null for the caller's
 */
public record Prompt(long streamId, int[] tokens, GenerationConfig own) {
  /**
   * Checks the id.
   *
   * @throws IllegalArgumentException for a negative stream id
   */
  public Prompt {
    if (streamId < 0) {
      throw new IllegalArgumentException("Stream id " + streamId + " is negative");
    }
  }

  /** A row with the caller's settings. */
  public Prompt(long streamId, int[] tokens) {
    this(streamId, tokens, null);
  }

  GenerationConfig settings(GenerationConfig callers) {
    return own == null ? callers : own;
  }
}
