package scriptorium.job.command;

import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import scriptorium.engine.ModelFolder;
import scriptorium.job.config.DetectConfig;
import scriptorium.job.config.DetectOptions;
import scriptorium.job.config.ModelLocator;
import scriptorium.job.config.Presets;
import scriptorium.job.detect.ApplyJob;
import scriptorium.job.detect.DetectJob;
import scriptorium.job.spark.HadoopSettings;

/** {@code scriptorium detect}. */
@Command(
    name = "detect",
    description =
        "Trains the baseline detectors of synthetic text on a corpus and evaluates them; with --model-in, applies them.")
final class DetectCommand implements Callable<Integer> {
  @Mixin private DetectOptions options;
  @Mixin private SessionFlags flags;

  @Override
  public Integer call() {
    DetectOptions base =
        flags.preset == null
            ? new DetectOptions()
            : Presets.read(flags.preset, DetectOptions.class);
    DetectConfig config = DetectConfig.of(options, base);
    if (config.corpus() == null) {
      apply(config);
    } else {
      train(config);
    }
    return flags.status();
  }

  private void train(DetectConfig config) {
    DetectJob job =
        new DetectJob(config, HadoopSettings.current(), flags.overwrite, flags.console());
    job.check();
    DetectJob.Result result = flags.inSession("detect " + config.name(), job::execute);
    if (result != null) {
      result.table().forEach(System.out::println);
      if (result.note() != null) {
        System.out.println(result.note());
      }
    }
  }

  private void apply(DetectConfig config) {
    try (ModelFolder model =
        config.model() == null
            ? null
            : ModelFolder.open(ModelLocator.find(config.model(), config.modelsDir()))) {
      ApplyJob job =
          new ApplyJob(config, model, HadoopSettings.current(), flags.overwrite, flags.console());
      job.check();
      ApplyJob.Result result = flags.inSession("detect " + config.name(), job::execute);
      if (result != null) {
        System.out.printf(
            Locale.ROOT,
            "%s: %,d rows, %,d of them errors%n",
            config.out(),
            result.rows(),
            result.errors());
        if (options.onBadRow == null) {
          flags.failIfAllAreErrors(config.out(), result.rows(), result.errors());
        }
        result
            .synthetic()
            .forEach(
                (detector, count) ->
                    System.out.printf(Locale.ROOT, "%s: %,d synthetic%n", detector, count));
      }
    }
  }
}
