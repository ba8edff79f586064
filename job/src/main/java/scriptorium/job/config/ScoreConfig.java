package scriptorium.job.config;

import static scriptorium.job.config.OptionChecks.check;

import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import scriptorium.engine.EngineOptions;
import scriptorium.engine.ScoringConfig;
import scriptorium.engine.model.CacheType;
import scriptorium.job.base.ShardFormat;
import scriptorium.job.base.UserException;
import scriptorium.job.input.format.InputFormat;
import scriptorium.job.row.InputColumns;
import scriptorium.job.row.ScoreColumn;

/**
 * A run of {@code score}, resolved and checked.
 *
 * @param observer the second model of Binoculars, null for none
 * @param input files and folders
 * @param inputFormat null for what names and contents tell
 * @param inputColumns which columns are scored
 * @param stride between windows, 0 for the context
 * @param columns what is written, in order
 * @param engine size of each executor's engine
 */
public record ScoreConfig(
    String name,
    String model,
    String modelsDir,
    String observer,
    List<String> input,
    InputFormat inputFormat,
    InputColumns inputColumns,
    int stride,
    List<ScoreColumn> columns,
    boolean failOnBadRow,
    String out,
    ShardFormat format,
    int shardRows,
    EngineOptions engine) {
  private static final Set<ScoreColumn> ALWAYS =
      EnumSet.range(ScoreColumn.LOG_LIKELIHOOD, ScoreColumn.PERPLEXITY);
  private static final Set<ScoreColumn> NUMBERS =
      EnumSet.range(ScoreColumn.MEAN_RANK, ScoreColumn.TOP_1000_SHARE);

  /**
   * Resolves options over a preset's over the defaults.
   *
   * @throws UserException for an invalid value; the message names it and the remedy
   */
  public static ScoreConfig of(ScoreOptions commandLine, ScoreOptions preset) {
    ScoreOptions o = commandLine.or(preset);
    check(
        o.input != null && !o.input.isEmpty() && o.input.stream().noneMatch(Objects::isNull),
        "Input",
        "is not given",
        "name files or folders of texts by --input");
    check(o.out != null, "Out", "is not given", "name a new or empty folder by --out");
    check(
        o.tokensColumn == null || o.textColumn == null,
        "Text column",
        o.textColumn,
        "give --text-column or --tokens-column, not both");
    check(
        o.stride == null || o.stride > 0,
        "Stride",
        String.valueOf(o.stride),
        "give at least 1, or leave it out for the context");
    return new ScoreConfig(
        o.nameOr(defaultName(o.input.getFirst())),
        o.modelOrDefault(),
        o.modelsDirOrDefault(),
        o.observer,
        List.copyOf(o.input),
        o.inputFormat(),
        new InputColumns(
            o.textColumn == null ? "text" : o.textColumn, o.tokensColumn, o.promptColumn),
        o.stride == null ? 0 : o.stride,
        columns(o.columns, o.observer != null),
        o.failOnBadRow(),
        o.out,
        OptionChecks.format(o.format),
        o.shardRowsOrDefault(),
        o.engine());
  }

  private static String defaultName(String input) {
    String[] parts = input.split("[/\\\\]");
    String last = parts.length == 0 ? "" : parts[parts.length - 1];
    String plain = InputFormat.withoutEndings(last);
    return plain.matches("[A-Za-z0-9][A-Za-z0-9._-]*") ? plain : "texts";
  }

  private static List<ScoreColumn> columns(List<String> names, boolean observed) {
    Set<ScoreColumn> chosen = EnumSet.copyOf(ALWAYS);
    if (observed) {
      chosen.add(ScoreColumn.BINOCULARS);
    }
    for (String name : names == null ? List.<String>of() : names) {
      if ("all".equals(name)) {
        chosen.addAll(NUMBERS);
      } else {
        chosen.add(
            ScoreColumn.of(name)
                .orElseThrow(
                    () ->
                        new UserException(
                            "Unknown column " + name + ": score --help lists the columns")));
      }
    }
    check(
        observed || !chosen.contains(ScoreColumn.BINOCULARS),
        "Column",
        "binoculars",
        "name the second model by --observer");
    return List.copyOf(chosen); // in the enum's order
  }

  /** All columns that are one number and need no second model. */
  public static List<ScoreColumn> numbers() {
    Set<ScoreColumn> all = EnumSet.copyOf(ALWAYS);
    all.addAll(NUMBERS);
    return List.copyOf(all);
  }

  /** How texts are scored. */
  public ScoringConfig scoring() {
    return new ScoringConfig(stride, columns.stream().anyMatch(ScoreColumn::needsDetails));
  }

  /** The settings that decide bytes, for the manifest. */
  public Map<String, Object> decisiveSettings() {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("textColumn", inputColumns.tokens() == null ? inputColumns.text() : null);
    settings.put("tokensColumn", inputColumns.tokens());
    settings.put("promptColumn", inputColumns.prompt());
    if (inputFormat != null) {
      settings.put("inputFormat", inputFormat.word());
    }
    settings.put("stride", stride);
    settings.put(
        "columns", String.join(",", columns.stream().map(ScoreColumn::columnName).toList()));
    if (engine.cacheType() != CacheType.F32) {
      settings.put("cacheType", engine.cacheType().name().toLowerCase(Locale.ROOT));
    }
    settings.put("format", format.word());
    settings.put("shardRows", shardRows);
    return settings;
  }
}
