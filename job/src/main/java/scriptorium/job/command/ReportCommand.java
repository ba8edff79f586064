package scriptorium.job.command;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import scriptorium.engine.ModelFolder;
import scriptorium.engine.tokenizer.BytePairTokenizer;
import scriptorium.job.base.BuildInfo;
import scriptorium.job.report.ReportJob;
import scriptorium.job.report.ReportOptions;
import scriptorium.job.spark.HadoopSettings;

/** {@code scriptorium report}. */
@Command(
    name = "report",
    description =
        "Writes one HTML page about data sets, with plots and samples, which needs no network.")
final class ReportCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "DIR",
      arity = "1..*",
      description = "folders that generate, score, corpus or detect wrote")
  private List<String> folders;

  @Option(
      names = "--human",
      paramLabel = "DIR",
      arity = "1",
      description = "another folder that score wrote, whose texts are human")
  private List<String> human = new ArrayList<>();

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "the page (default: report.html in the first DIR)")
  private String out;

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "20",
      description = "samples of each series that are shown (default: ${DEFAULT-VALUE})")
  private int samples;

  @Option(names = "--title", paramLabel = "T", description = "title of the page")
  private String title;

  @Option(
      names = "--model",
      paramLabel = "DIR|NAME",
      description =
          "scores the shown samples that have no token columns, so that their tokens are coloured")
  private String model;

  @Mixin private ModelsDirOption models;

  @Option(names = "--overwrite", description = "replace a file that is not a report")
  private boolean overwrite;

  @Option(names = "--quiet", description = "show no progress")
  private boolean quiet;

  @Override
  public Integer call() throws InterruptedException {
    ReportOptions options =
        new ReportOptions(folders, human, out, samples, title, overwrite, new StandardError(quiet));
    try (ModelFolder opened = model == null ? null : models.open(model)) {
      ReportJob.Result result =
          new ReportJob(options, BuildInfo.title(), opened, tokenizer(), HadoopSettings.current())
              .execute();
      System.out.printf(
          Locale.ROOT,
          "%s: %,d rows in %,d series, %,d bytes%n",
          result.file(),
          result.rows(),
          result.series(),
          result.bytes());
    }
    return 0;
  }

  /** GPT-2's tokenizer, which comes with the project; null if its files are missing. */
  private static BytePairTokenizer tokenizer() {
    Path folder = Path.of(System.getProperty("scriptorium.home", ""), "datasets", "gpt2-tokenizer");
    return Files.isDirectory(folder) ? BytePairTokenizer.load(folder) : null;
  }
}
