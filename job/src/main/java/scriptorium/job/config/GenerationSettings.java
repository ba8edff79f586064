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
    checkAtLeastOne(o, SamplingSetting.TOP_K, "Top-k", "to keep every token");
    checkAtLeastOne(o, SamplingSetting.MAX_NEW_TOKENS, "Max new tokens", "for the whole context");
    check(
        o.value(SamplingSetting.BEST_OF_BY) == null || o.value(SamplingSetting.BEST_OF) != null,
        "Best-of-by",
        String.valueOf(o.value(SamplingSetting.BEST_OF_BY)),
        "give --best-of N with it");
    try {
      return SamplingSetting.config(o::value, tokenColumns);
    } catch (IllegalArgumentException e) {
      throw new UserException(e.getMessage(), e);
    }
  }

  /** A whole number whose 0, in manifests, stands for an option that was not given. */
  private static void checkAtLeastOne(
      GenerateOptions o, SamplingSetting setting, String name, String why) {
    Object given = o.value(setting);
    check(
        given == null || (Integer) given > 0,
        name,
        String.valueOf(given),
        "give at least 1, or leave it out " + why);
  }

  /** The settings that prompts have of their own. */
  static List<String> ofPrompts(GenerateOptions o) {
    List<String> names = o.promptSettings == null ? List.of() : o.promptSettings;
    check(
        names.stream().noneMatch(Objects::isNull),
        "Prompt settings",
        names.toString(),
        "give only strings");
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
        "give --prompts with these columns");
    return List.copyOf(names);
  }
}
