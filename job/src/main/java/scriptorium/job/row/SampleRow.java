package scriptorium.job.row;

import scriptorium.engine.generation.GenerationConfig;

/**
 * One row of a data set; columns as in the manifest's schema. Null where a column does not apply.
 *
 * @param settings those that the row was drawn with, for the columns of the prompts' own
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
    GenerationConfig settings,
    String stoppedBy,
    String model,
    int[] tokens,
    double[] tokenLogLikelihoods,
    double[] tokenSamplingLogLikelihoods,
    int[] tokenRanks,
    double[] tokenEntropies,
    String error) {}
