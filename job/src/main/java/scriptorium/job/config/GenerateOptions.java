package scriptorium.job.config;

import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.IGetter;
import picocli.CommandLine.Model.ISetter;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import scriptorium.job.row.SamplingSetting;

/**
 * The options of {@code generate}, null if not given. A preset has the same names in camelCase. How
 * rows are drawn is said by {@link #set}, as {@code set(SamplingSetting.TOP_K, 40)}; the command
 * line has an option for each {@link SamplingSetting}. {@link JobConfig} has the defaults and
 * checks.
 */
public final class GenerateOptions extends RunOptions {
  private final Map<SamplingSetting, Object> sampling = new EnumMap<>(SamplingSetting.class);

  @Option(
      names = "--prompts",
      paramLabel = "PATH",
      description =
          "file, folder or pattern of prompts on any Hadoop file system, in the formats of job/docs/inputs.md")
  public String prompts;

  @Option(
      names = "--text-column",
      paramLabel = "NAME",
      description = "column of the prompt, where the format has columns (default: text)")
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
      names = "--first-id",
      paramLabel = "N",
      description =
          "id of the first row of each split; rows whose ids differ share no random stream (default: 0)")
  public Long firstId;

  @Option(
      names = "--prompt-settings",
      split = ",",
      paramLabel = "COLUMN",
      completionCandidates = PromptColumns.class,
      description =
          "columns of the prompts whose values replace the settings for their rows: ${COMPLETION-CANDIDATES}")
  public List<String> promptSettings;

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

  /** Names of the columns that prompts can have, for the help. */
  static final class PromptColumns implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return SamplingSetting.columnNames().iterator();
    }
  }

  /** Adds an option for each sampling setting to the command that has these options. */
  @Spec(Spec.Target.MIXEE)
  void addSamplingOptions(CommandSpec command) {
    for (SamplingSetting setting : SamplingSetting.values()) {
      Access access = new Access(setting);
      command.addOption(
          OptionSpec.builder(setting.optionName())
              .paramLabel(setting.optionLabel())
              .description(setting.optionHelp())
              .type(setting.optionType())
              .auxiliaryTypes(
                  setting.optionType() == List.class ? String.class : setting.optionType())
              .userObject(setting)
              .getter(access)
              .setter(access)
              .build());
    }
  }

  /** How picocli reads and writes a setting, whose value has the type that its option states. */
  @SuppressWarnings("unchecked")
  private final class Access implements IGetter, ISetter {
    private final SamplingSetting setting;

    Access(SamplingSetting setting) {
      this.setting = setting;
    }

    @Override
    public <T> T get() {
      return (T) value(setting);
    }

    @Override
    public <T> T set(T value) {
      T before = get();
      GenerateOptions.this.set(setting, value);
      return before;
    }
  }

  /** The value of a sampling setting; null if it is not given. */
  public Object value(SamplingSetting setting) {
    return sampling.get(setting);
  }

  /**
   * Sets a sampling setting; null takes its value away.
   *
   * @return these options
   * @throws IllegalArgumentException for a value that is not of the setting's {@link
   *     SamplingSetting#optionType}
   */
  public GenerateOptions set(SamplingSetting setting, Object value) {
    if (value == null) {
      sampling.remove(setting);
    } else {
      sampling.put(setting, setting.optionValue(value));
    }
    return this;
  }

  /** The options that are given here, and the fallback's for the others. */
  public GenerateOptions or(GenerateOptions fallback) {
    GenerateOptions merged = merge(this, fallback, new GenerateOptions());
    merged.sampling.putAll(fallback.sampling);
    merged.sampling.putAll(sampling);
    if (count != null || prompts != null) {
      merged.split = split; // rows given here replace those of the preset
    }
    if (split != null || prompts != null) {
      merged.count = count;
    }
    return merged;
  }
}
