package scriptorium.job.config;

import static scriptorium.job.config.OptionChecks.check;

import java.util.List;
import java.util.Objects;
import scriptorium.engine.generation.GenerationConfig;
import scriptorium.job.base.UserException;
import scriptorium.job.row.SamplingSetting;

/** The options of {@code generate} that say how rows are drawn, resolved over their defaults. */
final class GenerationSettings {
  private GenerationSettings() {}

  /**
   * How all rows are drawn.
   *
   * @throws UserException for an invalid value, with the value and the remedy
   */
  static GenerationConfig of(GenerateOptions o, boolean tokenColumns) {
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
    check(
        o.bestOfBy == null || o.bestOf != null,
        "Best-of-by",
        o.bestOfBy,
        "give --best-of N with it");
    try {
      return SamplingSetting.config(o::value, tokenColumns);
    } catch (IllegalArgumentException e) {
      throw new UserException(e.getMessage(), e);
    }
  }

  /** The settings that prompts have of their own. */
  static List<String> ofPrompts(GenerateOptions o) {
    List<String> names = o.promptSettings == null ? List.of() : o.promptSettings;
    check(
        names.stream().noneMatch(Objects::isNull),
        "Prompt settings",
        names.toString(),
        "give strings alone");
    for (String name : names) {
      check(
          SamplingSetting.columnNames().contains(name),
          "Prompt setting",
          name,
          "give some of " + String.join(", ", SamplingSetting.columnNames()));
    }
    check(
        names.isEmpty() || o.prompts != null,
        "Prompt settings",
        String.join(",", names),
        "give --prompts, whose columns they are");
    return List.copyOf(names);
  }
}
