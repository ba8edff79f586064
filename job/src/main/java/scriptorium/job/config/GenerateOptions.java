package scriptorium.job.config;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import picocli.CommandLine.Option;

/**
 * The options of {@code generate}, as given: null where not. A preset has the same names in
 * camelCase. {@link JobConfig} has their defaults and checks.
 */
public final class GenerateOptions {
  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "name of the data set, which its folders begin with")
  public String name;

  @Option(
      names = "--model",
      paramLabel = "DIR|NAME",
      description =
          "model folder, or 124M, 355M, 774M, 1558M under --models-dir (default: books-8M, embedded)")
  public String model;

  @Option(
      names = "--models-dir",
      paramLabel = "DIR",
      description =
          "where named models lie (default: environment SCRIPTORIUM_MODELS, else ./models)")
  public String modelsDir;

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
      names = "--on-bad-row",
      paramLabel = "record|fail",
      description =
          "a prompt that cannot be used becomes an error row, or stops the run (default: record)")
  public String onBadRow;

  @Option(names = "--count", paramLabel = "N", description = "rows of one split, train")
  public Long count;

  @Option(
      names = "--split",
      paramLabel = "train=N,valid=N,test=N",
      description = "rows of each split")
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
      names = "--max-new-tokens",
      paramLabel = "N",
      description = "most tokens drawn a row (default: the context)")
  public Integer maxNewTokens;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "key of the random streams (default: 20191105)")
  public Long seed;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "output folder on any Hadoop file system (default: ./out)")
  public String out;

  @Option(
      names = "--format",
      paramLabel = "jsonl|parquet",
      description = "format of the shards (default: jsonl)")
  public String format;

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

  @Option(names = "--shard-rows", paramLabel = "N", description = "rows of a shard (default: 1000)")
  public Integer shardRows;

  @Option(
      names = "--cache-type",
      paramLabel = "f32|f16",
      description =
          "type of the KV cache; f16 halves its memory and moves a likelihood by some 1e-4 nats a token"
              + " (default: f32)")
  public String cacheType;

  @Option(
      names = "--slots",
      paramLabel = "N",
      description = "sequences in flight an executor (default: 256, as the cache memory allows)")
  public Integer slots;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "engine threads an executor (default: its processors)")
  public Integer threads;

  @Option(
      names = "--cache-memory",
      paramLabel = "SIZE",
      description =
          "KV cache an executor, such as 4g (default: 40 %% of the machine's memory at most)")
  public String cacheMemory;

  /** The options that are given here, and the fallback's for the others. */
  public GenerateOptions or(GenerateOptions fallback) {
    GenerateOptions merged = new GenerateOptions();
    try {
      for (Field field : GenerateOptions.class.getDeclaredFields()) {
        if (!Modifier.isStatic(field.getModifiers())) {
          Object own = field.get(this);
          field.set(merged, own == null ? field.get(fallback) : own);
        }
      }
    } catch (IllegalAccessException e) {
      throw new IllegalStateException("Options are public fields", e);
    }
    if (count != null || prompts != null) {
      merged.split = split; // rows given here replace those of the preset
    }
    if (split != null || prompts != null) {
      merged.count = count;
    }
    return merged;
  }
}
