package scriptorium.job.command;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import scriptorium.job.config.Presets;
import scriptorium.job.models.FetchSettings;
import scriptorium.job.models.ModelFetcher;
import scriptorium.job.models.ReleasedModel;
import scriptorium.job.models.Source;

/** {@code model fetch}: downloads a released model. */
@Command(
    name = "fetch",
    description = "Downloads a released model into the models folder; run again, it resumes.")
final class FetchCommand implements Callable<Integer> {
  private static final String BASE_URL_VARIABLE = "SCRIPTORIUM_MODELS_URL";

  @Parameters(
      paramLabel = "NAME",
      description = "124M, 355M, 774M or 1558M, or their old names 117M, 345M, 762M, 1542M")
  private String model;

  @Option(
      names = "--from",
      paramLabel = "safetensors|tensorflow",
      defaultValue = "safetensors",
      description = "Hugging Face's files or OpenAI's own (default: ${DEFAULT-VALUE})")
  private String from;

  @Option(
      names = "--base-url",
      paramLabel = "URL",
      description =
          "address under which the files lie, in which {model} stands for 124M ... and {repository}"
              + " for gpt2, gpt2-medium, gpt2-large, gpt2-xl (default: environment variable "
              + BASE_URL_VARIABLE
              + ", else the public address)")
  private String baseUrl;

  @Mixin private ModelsDirOption models;

  @Override
  public Integer call() throws InterruptedException {
    ReleasedModel released = ReleasedModel.find(Presets.currentName(model));
    Path place =
        new ModelFetcher(
                released,
                Source.find(from),
                base(baseUrl, System.getenv()),
                models.path(),
                FetchSettings.DEFAULT,
                System.err)
            .fetch();
    System.out.printf(Locale.ROOT, "%s is in %s%n", released.name(), place);
    return 0;
  }

  /** The base address: the option, else the environment's; null for the public one. */
  static String base(String option, Map<String, String> environment) {
    String variable = environment.getOrDefault(BASE_URL_VARIABLE, "");
    if (option != null) {
      return option;
    }
    return variable.isEmpty() ? null : variable;
  }
}
