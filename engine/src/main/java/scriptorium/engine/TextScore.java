package scriptorium.engine;

/**
 * What {@link Scorer} finds of one text. Arrays have one element a token of the text and are not
 * copied. Likelihoods are those of the model itself (temperature 1, nothing truncated), in nats.
 *
 * @param id that of the text
 * @param tokens its ids
 * @param logLikelihoods ln p of each token given those before it
 * @param contexts number of tokens that each one was conditioned on, the leading end-of-text token
 *     counted where its window has it
 * @param ranks 1 + number of tokens with a larger logit; null unless asked for
 * @param entropies entropy of the distribution that each token came from; null unless asked for
 * @param variances variance of ln p under that distribution; null unless asked for
 * @param crossEntropies cross-entropy of the observer's distribution to the model's at each token;
 *     null without an observer
 */
public record TextScore(
    long id,
    int[] tokens,
    double[] logLikelihoods,
    int[] contexts,
    int[] ranks,
    double[] entropies,
    double[] variances,
    double[] crossEntropies) {

  /** Tokens scored. */
  public int length() {
    return tokens.length;
  }

  /** Sum of ln p over the tokens, added in their order; 0 for an empty text. */
  public double logLikelihood() {
    double sum = 0;
    for (double value : logLikelihoods) {
      sum += value;
    }
    return sum;
  }

  /** exp of the mean of -ln p; NaN for an empty text. */
  public double perplexity() {
    return StrictMath.exp(-logLikelihood() / length());
  }

  /**
   * Bits that the model needs for a byte of the text, of which there are {@code bytes}; NaN for an
   * empty text.
   */
  public double bitsPerByte(long bytes) {
    return -logLikelihood() / StrictMath.log(2) / bytes;
  }

  /** Mean of the ranks; NaN for an empty text. Needs ranks. */
  public double meanRank() {
    double sum = 0;
    for (int rank : ranks) {
      sum += rank;
    }
    return sum / length();
  }

  /**
   * Mean of ln rank (Mitchell et al. 2023, DetectGPT: the baseline "Log-Rank"); NaN for an empty
   * text. Needs ranks.
   */
  public double meanLogRank() {
    double sum = 0;
    for (int rank : ranks) {
      sum += StrictMath.log(rank);
    }
    return sum / length();
  }

  /** Mean of the entropies, nats; NaN for an empty text. Needs entropies. */
  public double meanEntropy() {
    double sum = 0;
    for (double entropy : entropies) {
      sum += entropy;
    }
    return sum / length();
  }

  /**
   * Conditional probability curvature in its analytic form (Bao et al. 2024, Fast-DetectGPT): (sum
   * of ln p - its expectation) / its standard deviation, both under the model's own distributions;
   * NaN for an empty text. Needs entropies and variances.
   */
  public double fastDetectGpt() {
    double difference = 0;
    double variance = 0;
    for (int i = 0; i < length(); i++) {
      difference += logLikelihoods[i] + entropies[i];
      variance += variances[i];
    }
    return difference / Math.sqrt(variance);
  }

  /**
   * Ratio of the text's mean -ln p under the model to the mean cross-entropy of the observer's
   * distributions to the model's (Hans et al. 2024, Binoculars; the model is their performer); NaN
   * for an empty text. Needs an observer.
   */
  public double binoculars() {
    double sum = 0;
    for (double value : crossEntropies) {
      sum += value;
    }
    return -logLikelihood() / sum;
  }

  /**
   * Share of tokens among the {@code count} likeliest, 0..1 (Gehrmann et al. 2019, GLTR); NaN for
   * an empty text. Needs ranks.
   */
  public double topShare(int count) {
    int among = 0;
    for (int rank : ranks) {
      among += rank <= count ? 1 : 0;
    }
    return (double) among / length();
  }
}
