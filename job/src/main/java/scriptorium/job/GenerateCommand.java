package scriptorium.job;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
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
  @Option(
      names = "--preset",
      paramLabel = "NAME|FILE",
      description = "settings of a data set: a name in conf/, or a JSON file")
  private String preset;

  @Mixin private GenerateOptions options;

  @Option(names = "--overwrite", description = "delete the data set in --out first")
  private boolean overwrite;

  @Option(names = "--repair", description = "look for damaged files first, and write them again")
  private boolean repair;

  @Option(names = "--master", paramLabel = "URL", description = "Spark master (default: local[*])")
  private String master;

  @Option(names = "--quiet", description = "show no progress")
  private boolean quiet;

  @Override
  public Integer call() {
    boolean plain = preset == null && options.model == null;
    GenerateOptions base =
        preset != null
            ? Presets.read(preset, GenerateOptions.class)
            : plain ? Presets.read(Presets.DEFAULT, GenerateOptions.class) : new GenerateOptions();
    JobConfig config = JobConfig.of(options, base);
    Configuration hadoop = new Configuration();
    try (ModelFolder model =
        ModelFolder.open(ModelLocator.find(config.model(), config.modelsDir()))) {
      GenerateDatasetJob job =
          new GenerateDatasetJob(config, model, prompts(config, hadoop), hadoop, overwrite, quiet);
      job.check();
      if (repair) {
        job.repair();
      }
      CompletableFuture.runAsync(model::weightsHash); // takes seconds, as does Spark's start
      SparkSession session = Sessions.start("scriptorium generate " + config.name(), master);
      try {
        Reports.tell(job.execute(session));
      } finally {
        session.stop();
      }
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
