package scriptorium.engine.generation;

/**
 * Log-likelihoods of one text under the model itself: temperature 1, nothing truncated; nats.
 * Arrays have one element a token.
 *
 * @param id that of the text
 * @param logLikelihood sum over the tokens, added in their order
 * @param tokenLogLikelihoods ln p of each token given those before it
 * @param tokenRanks 1 + number of tokens with a larger logit; null unless asked for
 * @param tokenEntropies entropy of the distribution that each token came from; null unless asked
 *     for
 */
public record Score(
    long id,
    double logLikelihood,
    double[] tokenLogLikelihoods,
    int[] tokenRanks,
    double[] tokenEntropies) {}
