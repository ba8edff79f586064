package scriptorium.job.io;

/**
 * One row of a data set; columns as in the manifest's schema. Null where a column does not apply.
 *
 * @param error why the row could not be generated; such a row has an empty text and no likelihoods
 */
public record SampleRow(
    long id,
    boolean ended,
    int length,
    String text,
    Double logLikelihood,
    Double samplingLogLikelihood,
    String prompt,
    Long promptId,
    Integer sample,
    Double topP,
    String model,
    int[] tokens,
    double[] tokenLogLikelihoods,
    double[] tokenSamplingLogLikelihoods,
    int[] tokenRanks,
    double[] tokenEntropies,
    String error) {}
