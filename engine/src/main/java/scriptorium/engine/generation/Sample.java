package scriptorium.engine.generation;

import java.nio.charset.StandardCharsets;
import java.util.List;
import scriptorium.engine.tokenizer.BytePairTokenizer;

/**
 * One finished row. Arrays are not copied and have one element a drawn token, the end token
 * included where it was drawn.
 *
 * @param streamId that of the prompt
 * @param ended whether the end token was drawn before the maximum length
 * @param tokens the drawn ids
 * @param logLikelihood sum of ln p of the drawn tokens under the model itself (temperature 1,
 *     nothing truncated), nats
 * @param samplingLogLikelihood the same sum under the distribution that was drawn from, nats
 * @param topP the row's own top-p
 * @param stop what stopped it; null where that was the end token or the maximum length
 * @param tokenLogLikelihoods ln p under the model, nats
 * @param tokenSamplingLogLikelihoods ln p under the distribution drawn from, nats
 * @param tokenRanks 1 + number of tokens with a larger logit; null unless asked for
 * @param tokenEntropies entropy of the model's distribution at each drawn token, nats; null unless
 *     asked for
 */
public record Sample(
    long streamId,
    boolean ended,
    int[] tokens,
    double logLikelihood,
    double samplingLogLikelihood,
    double topP,
    Stop stop,
    double[] tokenLogLikelihoods,
    double[] tokenSamplingLogLikelihoods,
    int[] tokenRanks,
    double[] tokenEntropies) {
  /**
   * What stopped a row.
   *
   * @param string the stop string
   * @param textBytes bytes of the decoded tokens before it
   */
  public record Stop(String string, int textBytes) {
    /**
     * What stops a row that draws these tokens, the end token not among them: of the first tokens
     * whose text contains a stop string, the one that begins first. Null for none.
     */
    public static Stop in(
        int[] tokens, int count, List<String> stops, BytePairTokenizer tokenizer) {
      StopSearch search = new StopSearch(tokenizer, stops);
      Stop stop = null;
      for (int i = 0; i < count && stop == null; i++) {
        stop = search.add(tokens[i]);
      }
      return stop;
    }
  }

  /** New tokens, the end token not counted. */
  public int length() {
    return ended ? tokens.length - 1 : tokens.length;
  }

  /**
   * The new tokens decoded, without the end token, up to the stop string; invalid UTF-8 becomes
   * U+FFFD.
   */
  public String text(BytePairTokenizer tokenizer) {
    return text(tokens, length(), stop, tokenizer);
  }

  /** The text of the first {@code count} tokens, up to a stop string where that is not null. */
  public static String text(int[] tokens, int count, Stop stop, BytePairTokenizer tokenizer) {
    byte[] bytes = tokenizer.decodeBytes(tokens, 0, count);
    return new String(
        bytes, 0, stop == null ? bytes.length : stop.textBytes(), StandardCharsets.UTF_8);
  }
}
