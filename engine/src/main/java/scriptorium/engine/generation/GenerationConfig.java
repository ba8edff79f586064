package scriptorium.engine.generation;

/**
 * How rows are drawn. Order as in OpenAI's sampler: temperature, then top-k, then top-p.
 *
 * @param temperature divides the logits; 0 takes the likeliest token, lowest id first
 * @param topK keeps every logit that is at least the k-th largest (ties stay); 0 keeps all
 * @param topPLow smallest probability mass kept; 1 keeps all
 * @param topPHigh largest mass kept: equal to topPLow for a fixed top-p, else each row draws its
 *     own between them (stream 1)
 * @param maxNewTokens most tokens drawn a row, the end token included; 0 for as many as the context
 *     holds
 * @param seed key of the random streams
 * @param tokenDetails whether {@link Sample#tokenRanks} and {@link Sample#tokenEntropies} are
 *     computed
 */
public record GenerationConfig(
    double temperature,
    int topK,
    double topPLow,
    double topPHigh,
    int maxNewTokens,
    long seed,
    boolean tokenDetails) {
  public GenerationConfig {
    if (!(temperature >= 0 && temperature <= 1000)) {
      throw new IllegalArgumentException(
          "Temperature "
              + temperature
              + " is not in 0..1000: give 1 for the model's own distribution");
    }
    if (topK < 0) {
      throw new IllegalArgumentException(
          "Top-k " + topK + " is negative: leave it out to keep every token");
    }
    if (!(topPLow > 0 && topPLow <= topPHigh && topPHigh <= 1)) {
      throw new IllegalArgumentException(
          "Top-p "
              + topPLow
              + ".."
              + topPHigh
              + " is not within (0, 1]: give 1 to keep every token");
    }
    if (maxNewTokens < 0) {
      throw new IllegalArgumentException(
          "Max new tokens " + maxNewTokens + " is negative: leave it out for the whole context");
    }
  }

  /** Whether each row draws its own top-p. */
  public boolean topPDrawn() {
    return topPLow < topPHigh;
  }
}
