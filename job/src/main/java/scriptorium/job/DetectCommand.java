package scriptorium.job;

import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import scriptorium.engine.ModelFolder;
import scriptorium.job.config.DetectConfig;
import scriptorium.job.config.DetectOptions;
import scriptorium.job.config.ModelLocator;
import scriptorium.job.config.Presets;
import scriptorium.job.detect.DetectApply;
import scriptorium.job.detect.DetectJob;
import scriptorium.job.detect.ResultTables;
import scriptorium.job.detect.Results;

/** {@code scriptorium detect}. */
@Command(
    name = "detect",
    description =
        "Trains the baseline detectors on a corpus and evaluates them, or applies trained ones to texts.")
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
      return 0;
    }
    DetectJob job = new DetectJob(config, HadoopSettings.current(), flags.overwrite, flags.quiet);
    job.check();
    Results results = flags.inSession("detect", job::execute);
    if (results != null) {
      System.out.print(ResultTables.text(results));
    }
    return 0;
  }

  private void apply(DetectConfig config) {
    try (ModelFolder model =
        config.model() == null
            ? null
            : ModelFolder.open(ModelLocator.find(config.model(), config.modelsDir()))) {
      DetectApply job = new DetectApply(config, model, HadoopSettings.current(), flags.overwrite);
      job.check();
      DetectApply.Result result = flags.inSession("detect", job::execute);
      if (result == null) {
        return;
      }
      System.out.printf(
          Locale.ROOT,
          "%s: %,d rows, %,d of them errors; called synthetic by the detectors of %s:%n",
          config.out(),
          result.rows(),
          result.errors(),
          result.family());
      result
          .synthetic()
          .forEach((name, count) -> System.out.printf(Locale.ROOT, "%-20s %,10d%n", name, count));
    }
  }
}
