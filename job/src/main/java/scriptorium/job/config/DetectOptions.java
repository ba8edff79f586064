package scriptorium.job.config;

import java.util.List;
import picocli.CommandLine.Option;

/**
 * The options of {@code detect}, as given: null where not. A preset has the same names in
 * camelCase. {@link DetectConfig} has their defaults and checks.
 */
public final class DetectOptions {
  @Option(
      names = "--corpus",
      paramLabel = "DIR",
      description = "a corpus; detectors are trained on it and evaluated")
  public String corpus;

  @Option(
      names = "--model-in",
      paramLabel = "DIR",
      description = "what an earlier detect has written; its detectors are applied to --input")
  public String modelIn;

  @Option(
      names = "--input",
      arity = "1..*",
      paramLabel = "PATH",
      description = "texts for --model-in: .jsonl, .json, .txt, each also .gz, and .parquet")
  public List<String> input;

  @Option(
      names = "--text-column",
      paramLabel = "NAME",
      description = "column of the text in --input (default: text)")
  public String textColumn;

  @Option(
      names = "--family",
      paramLabel = "NAME",
      description =
          "whose detectors are applied: a family of the corpus, or all (default: all, if there are several)")
  public String family;

  @Option(
      names = "--model",
      paramLabel = "DIR|NAME",
      description =
          "the language model that the corpus was scored under, for detectors that need scores")
  public String model;

  @Option(
      names = "--models-dir",
      paramLabel = "DIR",
      description =
          "where named models lie (default: environment SCRIPTORIUM_MODELS, else ./models)")
  public String modelsDir;

  @Option(names = "--out", paramLabel = "DIR", description = "output folder")
  public String out;

  /** The options that are given here, and the fallback's for the others. */
  public DetectOptions or(DetectOptions fallback) {
    return RunOptions.merge(this, fallback, new DetectOptions());
  }
}
