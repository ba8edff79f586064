package scriptorium.job.config;

import static scriptorium.job.config.OptionChecks.atLeastOne;
import static scriptorium.job.config.OptionChecks.check;
import static scriptorium.job.config.OptionChecks.oneOf;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import scriptorium.engine.EngineOptions;
import scriptorium.engine.generation.GenerationConfig;
import scriptorium.engine.model.CacheType;
import scriptorium.job.base.ShardFormat;
import scriptorium.job.base.UserException;
import scriptorium.job.input.format.InputFormat;
import scriptorium.job.row.PromptSettings;
import scriptorium.job.row.SampleSchema;
import scriptorium.job.row.SamplingSetting;

/**
 * A run of {@code generate}, resolved and checked.
 *
 * @param splits rows of each split, in their order; empty where prompts decide
 * @param inputFormat of the prompts, null for what their names and contents tell
 * @param firstId id of the first row of each split
 * @param generation how rows are drawn
 * @param promptSettings columns of the prompts that replace settings for their rows
 * @param engine size of each executor's engine
 */
public record JobConfig(
    String name,
    String model,
    String modelsDir,
    String prompts,
    String textColumn,
    InputFormat inputFormat,
    int samplesPerPrompt,
    boolean failOnBadRow,
    Map<String, Long> splits,
    long firstId,
    GenerationConfig generation,
    List<String> promptSettings,
    String out,
    ShardFormat format,
    boolean openAiSchema,
    boolean merge,
    boolean tokenColumns,
    int shardRows,
    EngineOptions engine) {
  private static final long MOST_ROWS = 1L << 40;

  private static final long MOST_FIRST_ID = 100_000_000_000_000_000L;

  /** The driver keeps some 90 bytes of each. */
  private static final long MOST_SHARDS = 10_000_000;

  /**
   * Checks that no split would have more shards than the driver can keep.
   *
   * @throws UserException if one would
   */
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
   * @throws UserException for an invalid value, with the value and the remedy
   */
  public static JobConfig of(GenerateOptions commandLine, GenerateOptions preset) {
    GenerateOptions o = commandLine.or(preset);
    ShardFormat format = OptionChecks.format(o.format);
    String schema = oneOf("schema", o.schema, "full", "openai");
    boolean tokenColumns = Boolean.TRUE.equals(o.tokenColumns);
    boolean merge = Boolean.TRUE.equals(o.merge);
    check(
        !(merge && format == ShardFormat.PARQUET),
        "Merge",
        "true",
        "only JSONL is merged; leave out --merge or --format parquet");
    check(
        !(tokenColumns && schema.equals("openai")),
        "Token columns",
        "true",
        "the schema openai has no token columns; leave out one of the two");
    check(
        o.prompts == null || (o.count == null && o.split == null),
        "Count",
        String.valueOf(o.count),
        "prompts decide the number of rows; give --samples-per-prompt");
    check(
        o.prompts != null || o.inputFormat == null,
        "Input format",
        o.inputFormat,
        "give --prompts with it");
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
        o.inputFormat(),
        (int) atLeastOne("Samples per prompt", o.samplesPerPrompt == null ? 1 : o.samplesPerPrompt),
        o.failOnBadRow(),
        o.prompts == null ? splits(o) : Map.of(),
        firstId(o),
        GenerationSettings.of(o, tokenColumns),
        GenerationSettings.ofPrompts(o),
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

  private static long firstId(GenerateOptions o) {
    long id = o.firstId == null ? 0 : o.firstId;
    check(
        id >= 0 && id <= MOST_FIRST_ID,
        "First id",
        String.valueOf(id),
        "give one in 0.." + MOST_FIRST_ID);
    return id;
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
            "give rows for each split, such as train=250000,valid=5000,test=5000");
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

  /** The settings that prompts have of their own; null for none. */
  public PromptSettings rowSettings() {
    return promptSettings.isEmpty() ? null : new PromptSettings(promptSettings, generation);
  }

  /** The columns of the rows. */
  public SampleSchema sampleSchema() {
    PromptSettings own = new PromptSettings(promptSettings, generation);
    return new SampleSchema(
        openAiSchema,
        prompts != null,
        generation.sampling().topPDrawn() || own.columns().contains("top_p"),
        tokenColumns,
        !generation.stops().isEmpty() || own.stops(),
        own.columns().stream().filter(name -> !name.equals("top_p")).toList());
  }

  /**
   * The settings that decide bytes, for the manifest. Those that older manifests do not have are
   * left out if they are off, so that older manifests still compare equal.
   */
  public Map<String, Object> decisiveSettings() {
    Map<String, Object> settings = new LinkedHashMap<>();
    SamplingSetting.recordFirst(generation, settings);
    SamplingSetting.recordLater(generation, settings);
    if (rowSettings() != null) {
      settings.put("promptSettings", rowSettings().columns());
    }
    if (engine.cacheType() != CacheType.F32) {
      settings.put("cacheType", engine.cacheType().name().toLowerCase(Locale.ROOT));
    }
    SamplingSetting.recordBestOfBy(generation, settings);
    settings.put("samplesPerPrompt", samplesPerPrompt);
    if (firstId > 0) {
      settings.put("firstId", firstId);
    }
    settings.put("textColumn", prompts == null ? null : textColumn);
    if (inputFormat != null) {
      settings.put("inputFormat", inputFormat.word());
    }
    settings.put("schema", openAiSchema ? "openai" : "full");
    settings.put("tokenColumns", tokenColumns);
    settings.put("format", format.word());
    settings.put("shardRows", shardRows);
    return settings;
  }
}
