package scriptorium.job;

import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
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

  @Option(names = "--dry-run", description = "tell shards, tokens, memory and time, and do nothing")
  private boolean dryRun;

  @Option(
      names = "--tokens-per-second",
      paramLabel = "R",
      description = "of an executor, for --dry-run (default: measured on this machine)")
  private Double tokensPerSecond;

  @Override
  public Integer call() throws InterruptedException {
    if (tokensPerSecond != null && !(dryRun && tokensPerSecond > 0)) {
      throw new UserException(
          "Tokens per second "
              + tokensPerSecond
              + ": give a positive number, and --dry-run with it");
    }
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
      if (dryRun) {
        job.checkPrompts();
        new DryRun(config, model, job, System.out)
            .tell(tokensPerSecond == null ? 0 : tokensPerSecond);
      } else {
        job.check();
        flags.run(job);
      }
    }
    return 0;
  }

  private static PromptTable prompts(JobConfig config, Configuration hadoop) {
    if (config.prompts() == null) {
      return null;
    }
    try {
      return PromptReader.read(config.prompts(), config.textColumn(), config.rowSettings(), hadoop);
    } catch (OutputException e) {
      throw new UserException(e.getMessage(), e);
    }
  }
}
