package scriptorium.job.report.read;

/**
 * Tokens of a text and what the model makes of each. Arrays are not copied.
 *
 * @param count tokens of the whole text, of which these are the first
 */
public record TokenScores(
    int[] tokens, double[] logLikelihoods, int[] ranks, double[] entropies, int count) {}
