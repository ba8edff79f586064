package scriptorium.job.config;

import static scriptorium.job.config.OptionChecks.check;

import java.util.List;
import java.util.Objects;

/**
 * A run of {@code detect}, resolved and checked: it trains on a corpus, or applies what was
 * trained.
 *
 * @param corpus null where detectors are applied
 * @param modelIn what was trained, null where a corpus is given
 * @param family whose detectors are applied, null for the widest
 * @param model that scores the input, null for none
 */
public record DetectConfig(
    String corpus,
    String modelIn,
    List<String> input,
    String textColumn,
    String family,
    String model,
    String modelsDir,
    String out) {
  /**
   * Resolves options over a preset's over the defaults.
   *
   * @throws scriptorium.job.UserException for a value that is none, with the value and the remedy
   */
  public static DetectConfig of(DetectOptions commandLine, DetectOptions preset) {
    DetectOptions o = commandLine.or(preset);
    check(
        (o.corpus == null) != (o.modelIn == null),
        "Corpus",
        o.corpus == null ? "is not given" : o.corpus,
        "give --corpus to train, or --model-in and --input to apply what was trained");
    boolean texts =
        o.input != null && !o.input.isEmpty() && o.input.stream().noneMatch(Objects::isNull);
    check(
        texts == (o.modelIn != null),
        "Input",
        texts ? String.join(", ", o.input) : "is not given",
        "--model-in and --input go together");
    check(o.out != null, "Out", "is not given", "name a new or empty folder by --out");
    return new DetectConfig(
        o.corpus,
        o.modelIn,
        texts ? List.copyOf(o.input) : List.of(),
        o.textColumn == null ? "text" : o.textColumn,
        o.family,
        o.model,
        o.modelsDir == null
            ? System.getenv().getOrDefault("SCRIPTORIUM_MODELS", "models")
            : o.modelsDir,
        o.out);
  }
}
