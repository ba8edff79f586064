package scriptorium.job.dataset;

import scriptorium.engine.generation.GenerationConfig;
import scriptorium.engine.generation.Prompt;
import scriptorium.engine.generation.Sample;
import scriptorium.engine.tokenizer.BytePairTokenizer;
import scriptorium.job.input.PromptTable;
import scriptorium.job.row.SampleRow;

/**
 * From the id of a row to its prompt, and from its sample to the row: the same where a data set is
 * written and where it is verified. Used by one thread.
 */
public final class SampleRows {
  private final SampleSettings settings;
  private final PromptTable prompts;
  private final BytePairTokenizer tokenizer;
  private final int maxPromptLength;
  private int encodedPrompt = -1;
  private int[] encoded = {};

  /**
   * Rows of a run.
   *
   * @param prompts null for unconditional samples
   */
  public SampleRows(
      SampleSettings settings,
      PromptTable prompts,
      BytePairTokenizer tokenizer,
      int maxPromptLength) {
    this.settings = settings;
    this.prompts = prompts;
    this.tokenizer = tokenizer;
    this.maxPromptLength = maxPromptLength;
  }

  /** Ids of the prompt of a row; the samples of a prompt, which follow each other, share them. */
  private int[] promptTokens(long id) {
    if (prompts != null && promptId(id) != encodedPrompt) {
      encodedPrompt = promptId(id);
      encoded = tokenizer.encode(prompts.text(encodedPrompt));
    }
    return encoded;
  }

  private int promptId(long id) {
    return (int) (id / settings.samplesPerPrompt());
  }

  /** Why a row cannot be generated; null where it can. */
  public String error(long id) {
    if (prompts == null) {
      return null;
    }
    String text = prompts.text(promptId(id));
    if (prompts.isError(promptId(id))) {
      return text;
    }
    int length = promptTokens(id).length;
    return length <= maxPromptLength
        ? null
        : "prompt of "
            + length
            + " tokens is longer than the context leaves room for: "
            + maxPromptLength;
  }

  /** The prompt of a row of a split that takes the random streams from {@code offset} on. */
  public Prompt prompt(long id, long offset) {
    return new Prompt(offset + id, promptTokens(id), own(id));
  }

  /** The settings of a row that has its own; null for the run's. */
  private GenerationConfig own(long id) {
    return prompts == null ? null : prompts.settings(promptId(id));
  }

  /** The row of a sample. */
  public SampleRow row(long id, Sample sample) {
    boolean arrays = settings.schema().tokenColumns();
    GenerationConfig own = own(id);
    return new SampleRow(
        id,
        sample.ended(),
        sample.length(),
        sample.text(tokenizer),
        sample.logLikelihood(),
        sample.samplingLogLikelihood(),
        prompts == null ? null : prompts.text(promptId(id)),
        promptIdOrNull(id),
        sampleOrNull(id),
        settings.schema().topP() ? (Double) sample.topP() : null,
        own == null ? settings.generation() : own,
        sample.stop() == null ? null : sample.stop().string(),
        settings.modelName(),
        arrays ? sample.tokens() : null,
        arrays ? sample.tokenLogLikelihoods() : null,
        arrays ? sample.tokenSamplingLogLikelihoods() : null,
        arrays ? sample.tokenRanks() : null,
        arrays ? sample.tokenEntropies() : null,
        null);
  }

  /** The row that stands for one that cannot be generated. */
  public SampleRow errorRow(long id, String error) {
    return new SampleRow(
        id,
        false,
        0,
        "",
        null,
        null,
        prompts == null ? null : prompts.prompt(promptId(id)),
        promptIdOrNull(id),
        sampleOrNull(id),
        null,
        null,
        null,
        settings.modelName(),
        null,
        null,
        null,
        null,
        null,
        error);
  }

  private Long promptIdOrNull(long id) {
    return settings.schema().prompts() ? (Long) (long) promptId(id) : null;
  }

  private Integer sampleOrNull(long id) {
    return settings.schema().prompts() ? (Integer) (int) (id % settings.samplesPerPrompt()) : null;
  }
}
