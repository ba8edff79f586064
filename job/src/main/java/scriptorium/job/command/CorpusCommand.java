package scriptorium.job.command;

import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import scriptorium.engine.ModelFolder;
import scriptorium.job.config.CorpusConfig;
import scriptorium.job.config.CorpusOptions;
import scriptorium.job.config.ModelLocator;
import scriptorium.job.config.Presets;
import scriptorium.job.corpus.CorpusJob;
import scriptorium.job.spark.HadoopSettings;

/** {@code scriptorium corpus}. */
@Command(
    name = "corpus",
    description =
        "Makes a corpus for detectors of human and synthetic texts: without duplicates, balanced, split, shuffled; with"
            + " --model, scored.")
final class CorpusCommand implements Callable<Integer> {
  @Mixin private CorpusOptions options;
  @Mixin private SessionFlags flags;

  @Override
  public Integer call() {
    CorpusOptions base =
        flags.preset == null
            ? new CorpusOptions()
            : Presets.read(flags.preset, CorpusOptions.class);
    CorpusConfig config = CorpusConfig.of(options, base);
    try (ModelFolder model =
        config.model() == null
            ? null
            : ModelFolder.open(ModelLocator.find(config.model(), config.modelsDir()))) {
      CorpusJob job =
          new CorpusJob(config, model, HadoopSettings.current(), flags.overwrite, flags.console());
      job.check();
      CorpusJob.Result result = flags.inSession("corpus " + config.name(), job::execute);
      if (result != null) {
        tell(config.out(), result);
      }
    }
    return 0;
  }

  private static void tell(String out, CorpusJob.Result result) {
    if (!result.fresh()) {
      System.out.printf(
          Locale.ROOT,
          "%s: all %,d rows are there, nothing to do%n",
          out,
          result.manifest().totals().rows());
      return;
    }
    System.out.printf(
        Locale.ROOT,
        "%-24s %-10s %10s %10s %10s %10s %10s%n",
        "source",
        "family",
        "rows",
        "unusable",
        "equal",
        "near",
        "kept");
    for (CorpusJob.SourceCounts source : result.counts()) {
      System.out.printf(
          Locale.ROOT,
          "%-24s %-10s %,10d %,10d %,10d %,10d %,10d%n",
          source.source(),
          source.family(),
          source.rows(),
          source.unusable(),
          source.equal(),
          source.nearlyEqual(),
          source.kept());
    }
    System.out.printf(
        Locale.ROOT,
        "%s: %,d rows in %s%n",
        out,
        result.manifest().totals().rows(),
        String.join(
            ", ",
            result.manifest().splits().stream()
                .map(split -> split.name() + " " + split.rows())
                .toList()));
  }
}
