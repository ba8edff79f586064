package scriptorium.job.config;

import java.util.List;
import picocli.CommandLine.Option;

/**
 * The options of {@code score}, null if not given. A preset has the same names in camelCase. {@link
 * ScoreConfig} has their defaults and checks.
 */
public final class ScoreOptions extends RunOptions {
  @Option(
      names = "--input",
      arity = "1..*",
      paramLabel = "PATH",
      description =
          "files or folders on any Hadoop file system, in the formats of job/docs/inputs.md: text lines, JSON lines,"
              + " JSON, CSV, TSV, compressed or not, Parquet, ORC and Avro")
  public List<String> input;

  @Option(
      names = "--text-column",
      paramLabel = "NAME",
      description = "column of the text (default: text)")
  public String textColumn;

  @Option(
      names = "--tokens-column",
      paramLabel = "NAME",
      description =
          "column of the text's token ids, which are scored as they are; generated rows re-scored by their column tokens get"
              + " the same likelihoods bit for bit")
  public String tokensColumn;

  @Option(
      names = "--prompt-column",
      paramLabel = "NAME",
      description = "column of a prompt that the text is conditioned on; only the text is scored")
  public String promptColumn;

  @Option(
      names = "--observer",
      paramLabel = "DIR|NAME",
      description =
          "second model, the observer of Binoculars' ratio, which becomes the column binoculars (--model is the performer)")
  public String observer;

  @Option(
      names = "--stride",
      paramLabel = "N",
      description =
          "tokens between the windows of a text longer than the context; less gives more context and costs more"
              + " (default: the context)")
  public Integer stride;

  @Option(
      names = "--columns",
      split = ",",
      paramLabel = "NAME",
      description =
          "more columns: mean_rank, mean_log_rank, mean_entropy, fast_detect_gpt, top_10_share, top_100_share,"
              + " top_1000_share, tokens, token_log_likelihoods, token_ranks, token_entropies, context; all: those that are one number")
  public List<String> columns;

  /** The options that are given here, and the fallback's for the others. */
  public ScoreOptions or(ScoreOptions fallback) {
    return merge(this, fallback, new ScoreOptions());
  }
}
