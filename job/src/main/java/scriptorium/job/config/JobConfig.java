package scriptorium.job.config;

import static scriptorium.job.config.OptionChecks.atLeastOne;
import static scriptorium.job.config.OptionChecks.check;
import static scriptorium.job.config.OptionChecks.oneOf;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import scriptorium.engine.EngineOptions;
import scriptorium.engine.generation.GenerationConfig;
import scriptorium.engine.model.CacheType;
import scriptorium.job.UserException;
import scriptorium.job.io.SampleSchema;

/**
 * A run of {@code generate}, resolved and checked.
 *
 * @param splits rows of each split, in their order; empty where prompts decide
 * @param generation how rows are drawn
 * @param engine size of each executor's engine
 */
public record JobConfig(
    String name,
    String model,
    String modelsDir,
    String prompts,
    String textColumn,
    int samplesPerPrompt,
    boolean failOnBadRow,
    Map<String, Long> splits,
    GenerationConfig generation,
    String out,
    String format,
    boolean openAiSchema,
    boolean merge,
    boolean tokenColumns,
    int shardRows,
    EngineOptions engine) {
  private static final long DEFAULT_SEED = 20191105;
  private static final long MOST_ROWS = 1L << 40;

  /** The driver keeps some 90 bytes of each. */
  private static final long MOST_SHARDS = 10_000_000;

  public JobConfig {
    for (Map.Entry<String, Long> split : splits.entrySet()) {
      check(
          (split.getValue() - 1) / shardRows < MOST_SHARDS,
          "Shard rows",
          String.valueOf(shardRows),
          "split "
              + split.getKey()
              + " would have more than "
              + MOST_SHARDS
              + " shards; give at least "
              + ((split.getValue() - 1) / MOST_SHARDS + 1));
    }
  }

  /**
   * Resolves options over a preset's over the defaults.
   *
   * @throws UserException for a value that is none, with the value and the remedy
   */
  public static JobConfig of(GenerateOptions commandLine, GenerateOptions preset) {
    GenerateOptions o = commandLine.or(preset);
    String format = oneOf("format", o.format, "jsonl", "parquet");
    String schema = oneOf("schema", o.schema, "full", "openai");
    boolean tokenColumns = Boolean.TRUE.equals(o.tokenColumns);
    boolean merge = Boolean.TRUE.equals(o.merge);
    check(
        !(merge && format.equals("parquet")),
        "Merge",
        "true",
        "only JSONL is merged; leave out --merge or --format parquet");
    check(
        !(tokenColumns && schema.equals("openai")),
        "Token columns",
        "true",
        "the schema openai has none; leave out one of both");
    check(
        o.prompts == null || (o.count == null && o.split == null),
        "Count",
        String.valueOf(o.count),
        "prompts decide the number of rows; give --samples-per-prompt");
    check(
        o.count == null || o.split == null,
        "Count",
        String.valueOf(o.count),
        "give --count or --split, not both");
    return new JobConfig(
        o.nameOr(defaultName(o.modelOrDefault())),
        o.modelOrDefault(),
        o.modelsDirOrDefault(),
        o.prompts,
        o.textColumn == null ? "text" : o.textColumn,
        (int) atLeastOne("Samples per prompt", o.samplesPerPrompt == null ? 1 : o.samplesPerPrompt),
        o.failOnBadRow(),
        o.prompts == null ? splits(o) : Map.of(),
        generation(o, tokenColumns),
        o.out == null ? "out" : o.out,
        format,
        schema.equals("openai"),
        merge,
        tokenColumns,
        o.shardRowsOrDefault(),
        o.engine());
  }

  private static String defaultName(String model) {
    String[] parts = model.split("[/\\\\]");
    return parts.length == 0 ? "samples" : parts[parts.length - 1];
  }

  private static GenerationConfig generation(GenerateOptions o, boolean tokenColumns) {
    check(
        o.topK == null || o.topK > 0,
        "Top-k",
        String.valueOf(o.topK),
        "give at least 1, or leave it out to keep every token");
    check(
        o.maxNewTokens == null || o.maxNewTokens > 0,
        "Max new tokens",
        String.valueOf(o.maxNewTokens),
        "give at least 1, or leave it out for the whole context");
    double[] topP = range(o.topP);
    try {
      return new GenerationConfig(
          o.temperature == null ? 1 : o.temperature,
          o.topK == null ? 0 : o.topK,
          topP[0],
          topP[1],
          o.maxNewTokens == null ? 0 : o.maxNewTokens,
          o.seed == null ? DEFAULT_SEED : o.seed,
          tokenColumns);
    } catch (IllegalArgumentException e) {
      throw new UserException(e.getMessage(), e);
    }
  }

  private static double[] range(String text) {
    if (text == null) {
      return new double[] {1, 1};
    }
    String[] ends = text.split("\\.\\.", 2);
    try {
      double low = Double.parseDouble(ends[0]);
      return new double[] {low, ends.length == 1 ? low : Double.parseDouble(ends[1])};
    } catch (NumberFormatException e) {
      throw new UserException(
          "Top-p " + text + " is neither a number nor a range: give such as 0.9 or 0.8..1.0", e);
    }
  }

  private static Map<String, Long> splits(GenerateOptions o) {
    Map<String, Long> splits = new LinkedHashMap<>();
    if (o.split == null) {
      splits.put("train", atLeastOne("Count", o.count == null ? 1000 : o.count));
    } else {
      for (String part : o.split.split(",", -1)) {
        String[] pair = part.trim().split("=", -1);
        check(
            pair.length == 2
                && pair[0].matches("[a-z][a-z0-9_]*")
                && pair[1].matches("[0-9]{1,13}"),
            "Split",
            o.split,
            "give such as train=250000,valid=5000,test=5000");
        check(
            splits.put(pair[0], atLeastOne("Rows of split " + pair[0], Long.parseLong(pair[1])))
                == null,
            "Split",
            o.split,
            "name each split once");
      }
    }
    check(
        splits.values().stream().mapToLong(Long::longValue).sum() <= MOST_ROWS,
        "Rows",
        splits.toString(),
        "a data set has at most " + MOST_ROWS);
    return splits;
  }

  /** The columns of the rows. */
  public SampleSchema sampleSchema() {
    return new SampleSchema(openAiSchema, prompts != null, generation.topPDrawn(), tokenColumns);
  }

  /** The settings that decide bytes, for the manifest. */
  public Map<String, Object> decisiveSettings() {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("temperature", generation.temperature());
    settings.put("topK", generation.topK());
    settings.put("topPLow", generation.topPLow());
    settings.put("topPHigh", generation.topPHigh());
    settings.put("maxNewTokens", generation.maxNewTokens());
    settings.put("seed", generation.seed());
    if (engine.cacheType() != CacheType.F32) { // left out for f32, as in older manifests
      settings.put("cacheType", engine.cacheType().name().toLowerCase(Locale.ROOT));
    }
    settings.put("samplesPerPrompt", samplesPerPrompt);
    settings.put("textColumn", prompts == null ? null : textColumn);
    settings.put("schema", openAiSchema ? "openai" : "full");
    settings.put("tokenColumns", tokenColumns);
    settings.put("format", format);
    settings.put("shardRows", shardRows);
    return settings;
  }
}
