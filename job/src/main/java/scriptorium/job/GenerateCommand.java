package scriptorium.job;

import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import scriptorium.engine.ModelFolder;
import scriptorium.job.config.GenerateOptions;
import scriptorium.job.config.JobConfig;
import scriptorium.job.config.ModelLocator;
import scriptorium.job.config.Presets;
import scriptorium.job.io.OutputException;
import scriptorium.job.io.PromptReader;
import scriptorium.job.io.PromptTable;

/** {@code generate}: checks everything that can be checked, then starts Spark. */
@Command(
    name = "generate",
    description =
        "Writes a data set of samples; with no options, a small one of the embedded model.")
final class GenerateCommand implements Callable<Integer> {
  @Mixin private GenerateOptions options;
  @Mixin private RunFlags flags;

  @Override
  public Integer call() {
    boolean plain = flags.preset == null && options.model == null;
    GenerateOptions base =
        flags.preset != null
            ? Presets.read(flags.preset, GenerateOptions.class)
            : plain ? Presets.read(Presets.DEFAULT, GenerateOptions.class) : new GenerateOptions();
    JobConfig config = JobConfig.of(options, base);
    Configuration hadoop = HadoopSettings.current();
    try (ModelFolder model =
        ModelFolder.open(ModelLocator.find(config.model(), config.modelsDir()))) {
      GenerateDatasetJob job =
          new GenerateDatasetJob(
              config, model, prompts(config, hadoop), hadoop, flags.overwrite, flags.quiet);
      job.check();
      flags.run(job);
    }
    return 0;
  }

  private static PromptTable prompts(JobConfig config, Configuration hadoop) {
    if (config.prompts() == null) {
      return null;
    }
    try {
      return PromptReader.read(config.prompts(), config.textColumn(), hadoop);
    } catch (OutputException e) {
      throw new UserException(e.getMessage(), e);
    }
  }
}
