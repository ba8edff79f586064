package scriptorium.job.config;

import java.util.List;
import picocli.CommandLine.Option;

/**
 * The options of {@code detect}, null if not given. A preset has the same names in camelCase.
 * {@link DetectConfig} has their defaults and checks.
 */
public final class DetectOptions extends RunOptions {
  @Option(
      names = "--corpus",
      paramLabel = "DIR",
      description = "corpus that detectors are trained on and held against: what corpus wrote")
  public String corpus;

  @Option(
      names = "--model-in",
      paramLabel = "DIR",
      description = "detectors that detect --corpus wrote, to be applied to --input")
  public String modelIn;

  @Option(
      names = "--input",
      arity = "1..*",
      paramLabel = "PATH",
      description =
          "files or folders of texts that detectors are applied to, in the formats of job/docs/inputs.md")
  public List<String> input;

  @Option(
      names = "--text-column",
      paramLabel = "NAME",
      description = "column of the input's text (default: text)")
  public String textColumn;

  @Option(
      names = "--family",
      paramLabel = "NAME",
      description =
          "family whose detectors are applied (default: all, or the only one that there is)")
  public String family;

  /** The options that are given here, and the fallback's for the others. */
  public DetectOptions or(DetectOptions fallback) {
    return merge(this, fallback, new DetectOptions());
  }
}
