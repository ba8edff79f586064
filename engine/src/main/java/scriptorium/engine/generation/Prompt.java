package scriptorium.engine.generation;

/**
 * One row to be generated.
 *
 * @param streamId name of the random stream, unique within a data set: the row's id plus the offset
 *     of its split
 * @param tokens ids of the prompt without the leading end-of-text token; empty for an unconditional
 *     sample. Not copied.
 */
public record Prompt(long streamId, int[] tokens) {
  public Prompt {
    if (streamId < 0) {
      throw new IllegalArgumentException("Stream id " + streamId + " is negative");
    }
  }
}
