package scriptorium.job.config;

import static scriptorium.job.config.OptionChecks.check;
import static scriptorium.job.config.OptionChecks.oneOf;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import scriptorium.engine.generation.GenerationConfig;
import scriptorium.engine.generation.GenerationConfig.BestOfBy;
import scriptorium.engine.sampling.SamplingConfig;
import scriptorium.job.base.UserException;
import scriptorium.job.row.PromptSettings;

/** The options of {@code generate} that say how rows are drawn, resolved over their defaults. */
final class GenerationSettings {
  private static final long DEFAULT_SEED = 20191105;

  private GenerationSettings() {}

  /**
   * How all rows are drawn.
   *
   * @throws UserException for a value that is none, with the value and the remedy
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
    double[] topP = range(o.topP);
    try {
      return new GenerationConfig(
          new SamplingConfig(
              or(o.temperature, 1),
              or(o.topK, 0),
              topP[0],
              topP[1],
              or(o.minP, 0),
              or(o.typicalP, 1),
              or(o.repetitionPenalty, 1),
              or(o.noRepeatNgram, 0),
              or(o.minNewTokens, 0)),
          or(o.maxNewTokens, 0),
          strings("Stop strings", o.stop),
          or(o.bestOf, 1),
          BestOfBy.valueOf(oneOf("best-of-by", o.bestOfBy, "sum", "mean").toUpperCase(Locale.ROOT)),
          o.seed == null ? DEFAULT_SEED : o.seed,
          tokenColumns);
    } catch (IllegalArgumentException e) {
      throw new UserException(e.getMessage(), e);
    }
  }

  private static double or(Double value, double otherwise) {
    return value == null ? otherwise : value;
  }

  private static int or(Integer value, int otherwise) {
    return value == null ? otherwise : value;
  }

  private static List<String> strings(String what, List<String> given) {
    List<String> strings = given == null ? List.of() : given;
    check(
        strings.stream().noneMatch(Objects::isNull),
        what,
        strings.toString(),
        "give strings alone");
    return strings;
  }

  /** The settings that prompts have of their own. */
  static List<String> ofPrompts(GenerateOptions o) {
    List<String> names = strings("Prompt settings", o.promptSettings);
    for (String name : names) {
      check(
          PromptSettings.NAMES.contains(name),
          "Prompt setting",
          name,
          "give some of " + String.join(", ", PromptSettings.NAMES));
    }
    check(
        names.isEmpty() || o.prompts != null,
        "Prompt settings",
        String.join(",", names),
        "give --prompts, whose columns they are");
    return List.copyOf(names);
  }

  private static double[] range(String text) {
    if (text == null) {
      return new double[] {1, 1};
    }
    String[] ends = text.split("\\.\\.", 2);
    try {
      double low = Double.parseDouble(ends[0]);
      double high = ends.length == 1 ? low : Double.parseDouble(ends[1]);
      if (low > high) {
        throw new UserException(
            "Top-p "
                + text
                + " goes down: give the smaller end first, as "
                + ends[1]
                + ".."
                + ends[0]);
      }
      return new double[] {low, high};
    } catch (NumberFormatException e) {
      throw new UserException(
          "Top-p " + text + " is neither a number nor a range: give such as 0.9 or 0.8..1.0", e);
    }
  }
}
