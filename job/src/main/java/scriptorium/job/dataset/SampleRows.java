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
  private int[] promptTokens(long row) {
    if (prompts != null && promptId(row) != encodedPrompt) {
      encodedPrompt = promptId(row);
      encoded = tokenizer.encode(prompts.text(encodedPrompt));
    }
    return encoded;
  }

  private int promptId(long row) {
    return (int) (row / settings.samplesPerPrompt());
  }

  /** Why a row cannot be generated; null where it can. */
  public String error(long row) {
    if (prompts == null) {
      return null;
    }
    String text = prompts.text(promptId(row));
    if (prompts.isError(promptId(row))) {
      return text;
    }
    int length = promptTokens(row).length;
    return length <= maxPromptLength
        ? null
        : "prompt of "
            + length
            + " tokens is longer than the context leaves room for: "
            + maxPromptLength;
  }

  /**
   * The prompt of a row of a split.
   *
   * @param offset the rows of the splits before it, whose random streams come first
   */
  public Prompt prompt(long row, long offset) {
    return new Prompt(settings.firstId() + offset + row, promptTokens(row), own(row));
  }

  /** The row of such a split that has a random stream. */
  public long rowOf(long stream, long offset) {
    return stream - offset - settings.firstId();
  }

  /** The settings of a row that has its own; null for the run's. */
  private GenerationConfig own(long row) {
    return prompts == null ? null : prompts.settings(promptId(row));
  }

  /** The row of a sample. */
  public SampleRow row(long row, Sample sample) {
    boolean arrays = settings.schema().tokenColumns();
    GenerationConfig own = own(row);
    return new SampleRow(
        settings.firstId() + row,
        sample.ended(),
        sample.length(),
        sample.text(tokenizer),
        sample.logLikelihood(),
        sample.samplingLogLikelihood(),
        prompts == null ? null : prompts.text(promptId(row)),
        promptIdOrNull(row),
        sampleOrNull(row),
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
  public SampleRow errorRow(long row, String error) {
    return new SampleRow(
        settings.firstId() + row,
        false,
        0,
        "",
        null,
        null,
        prompts == null ? null : prompts.prompt(promptId(row)),
        promptIdOrNull(row),
        sampleOrNull(row),
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

  private Long promptIdOrNull(long row) {
    return settings.schema().prompts() ? (Long) (long) promptId(row) : null;
  }

  private Integer sampleOrNull(long row) {
    return settings.schema().prompts() ? (Integer) (int) (row % settings.samplesPerPrompt()) : null;
  }
}
