package scriptorium.engine.generation;

/**
 * Log-likelihoods of the scored tokens of one window under the model itself: temperature 1, nothing
 * truncated; nats. Arrays have one element a scored token.
 *
 * @param id that of the window
 * @param logLikelihood sum over the scored tokens, added in their order
 * @param tokenLogLikelihoods ln p of each token given those before it in the window
 * @param tokenRanks 1 + number of tokens with a larger logit; null unless asked for
 * @param tokenEntropies entropy of the distribution that each token came from; null unless asked
 *     for
 * @param tokenVariances variance of ln p under that distribution, nats squared; null unless asked
 *     for
 * @param tokenCrossEntropies cross-entropy of the observer's distribution to the model's at each
 *     token; null without an observer
 */
public record Score(
    long id,
    double logLikelihood,
    double[] tokenLogLikelihoods,
    int[] tokenRanks,
    double[] tokenEntropies,
    double[] tokenVariances,
    double[] tokenCrossEntropies) {}
