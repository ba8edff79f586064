package scriptorium.engine.tokenizer;

/**
 * The check of token ids that a caller gives. An id indexes tables off the heap, where a wrong one
 * reads another token's numbers or ends the process.
 */
public final class TokenIds {
  private TokenIds() {}

  /**
   * A copy of ids, each of which is one of the model's. The copy is what is checked: ids that the
   * caller changes later, or meanwhile, do not reach the engine.
   *
   * @param ids not null
   * @param vocabSize number of token ids
   * @param owner whose ids they are, which begins the message, such as "Prompt of row 7"
   * @throws IllegalArgumentException for an id that is not in 0..{@code vocabSize - 1}, in one line
   */
  public static int[] checked(int[] ids, int vocabSize, String owner) {
    int[] copy = ids.clone();
    for (int i = 0; i < copy.length; i++) {
      if (copy[i] < 0 || copy[i] >= vocabSize) {
        throw new IllegalArgumentException(
            owner + " has token id " + copy[i] + " at position " + i + remedy(vocabSize));
      }
    }
    return copy;
  }

  /** What follows on an id that is not one of the model's. */
  static String remedy(int vocabSize) {
    return ", which is not in 0.."
        + (vocabSize - 1)
        + ": encode the text with the model's own tokenizer";
  }
}
