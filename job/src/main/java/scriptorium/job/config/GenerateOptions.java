package scriptorium.job.config;

import java.util.List;
import picocli.CommandLine.Option;

/**
 * The options of {@code generate}, as given: null where not. A preset has the same names in
 * camelCase. {@link JobConfig} has their defaults and checks.
 */
public final class GenerateOptions extends RunOptions {
  @Option(
      names = "--prompts",
      paramLabel = "FILE",
      description = "JSONL with a text column, or plain lines; .gz allowed")
  public String prompts;

  @Option(
      names = "--text-column",
      paramLabel = "NAME",
      description = "text column of JSONL prompts (default: text)")
  public String textColumn;

  @Option(
      names = "--samples-per-prompt",
      paramLabel = "N",
      description = "samples of each prompt (default: 1)")
  public Integer samplesPerPrompt;

  @Option(
      names = "--count",
      paramLabel = "N",
      description = "rows of one split, train (default: 1000)")
  public Long count;

  @Option(
      names = "--split",
      paramLabel = "train=N,valid=N,test=N",
      description = "rows of each split, instead of --count")
  public String split;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      description = "divides the logits; 0 takes the likeliest token (default: 1)")
  public Double temperature;

  @Option(
      names = "--top-k",
      paramLabel = "K",
      description = "keep the K likeliest tokens (default: all)")
  public Integer topK;

  @Option(
      names = "--top-p",
      paramLabel = "P|LO..HI",
      description =
          "keep the likeliest tokens of mass P; a range is drawn from row by row (default: all)")
  public String topP;

  @Option(
      names = "--min-p",
      paramLabel = "P",
      description =
          "keep the tokens of at least P times the likeliest one's probability (default: all)")
  public Double minP;

  @Option(
      names = "--typical-p",
      paramLabel = "P",
      description =
          "keep the tokens of mass P whose ln p is nearest to minus the entropy (default: all)")
  public Double typicalP;

  @Option(
      names = "--repetition-penalty",
      paramLabel = "R",
      description =
          "divide positive logits of tokens that prompt and sample have by R, multiply negative ones (default: 1)")
  public Double repetitionPenalty;

  @Option(
      names = "--no-repeat-ngram",
      paramLabel = "N",
      description = "draw no token that ends N tokens which prompt and sample have already")
  public Integer noRepeatNgram;

  @Option(
      names = "--min-new-tokens",
      paramLabel = "N",
      description = "draw the end token after N others only")
  public Integer minNewTokens;

  @Option(
      names = "--max-new-tokens",
      paramLabel = "N",
      description = "most tokens drawn a row (default: the context)")
  public Integer maxNewTokens;

  @Option(
      names = "--stop",
      paramLabel = "STRING",
      description =
          "end a row when its text contains this, and cut the text before it; may be given often")
  public List<String> stop;

  @Option(
      names = "--best-of",
      paramLabel = "N",
      description = "draw N candidates a row and keep the likeliest under the model (default: 1)")
  public Integer bestOf;

  @Option(
      names = "--best-of-by",
      paramLabel = "sum|mean",
      description = "compare log-likelihoods, or those a token (default: sum)")
  public String bestOfBy;

  @Option(
      names = "--prompt-settings",
      split = ",",
      paramLabel = "COLUMN",
      description =
          "columns of JSONL prompts whose values replace the settings for their rows: temperature, top_k, top_p, min_p,"
              + " typical_p, repetition_penalty, no_repeat_ngram, min_new_tokens, max_new_tokens, stop")
  public List<String> promptSettings;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "key of the random streams (default: 20191105)")
  public Long seed;

  @Option(
      names = "--schema",
      paramLabel = "full|openai",
      description = "openai writes exactly id, ended, length, text (default: full)")
  public String schema;

  @Option(names = "--merge", arity = "0", description = "also write one file a split, in id order")
  public Boolean merge;

  @Option(
      names = "--token-columns",
      arity = "0",
      description = "also write tokens, likelihoods, ranks and entropies as arrays")
  public Boolean tokenColumns;

  /** The options that are given here, and the fallback's for the others. */
  public GenerateOptions or(GenerateOptions fallback) {
    GenerateOptions merged = merge(this, fallback, new GenerateOptions());
    if (count != null || prompts != null) {
      merged.split = split; // rows given here replace those of the preset
    }
    if (split != null || prompts != null) {
      merged.count = count;
    }
    return merged;
  }
}
