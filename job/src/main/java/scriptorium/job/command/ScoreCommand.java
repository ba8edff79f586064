package scriptorium.job.command;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import scriptorium.engine.Engine;
import scriptorium.engine.Model;
import scriptorium.engine.ModelFolder;
import scriptorium.job.base.UserException;
import scriptorium.job.config.ModelLocator;
import scriptorium.job.config.Presets;
import scriptorium.job.config.ScoreConfig;
import scriptorium.job.config.ScoreOptions;
import scriptorium.job.dataset.Evaluation;
import scriptorium.job.run.ScoreWork;
import scriptorium.job.spark.HadoopSettings;
import scriptorium.job.spark.MemoryNeed;

/** {@code scriptorium score}. */
@Command(
    name = "score",
    description = "Scores texts: log-likelihoods per text and per token, and what detectors use.")
final class ScoreCommand implements Callable<Integer> {
  @Mixin private ScoreOptions options;
  @Mixin private RunFlags flags;

  @Option(
      names = "--eval",
      paramLabel = "lambada|wikitext2",
      description =
          "run a standard evaluation and print its figures; --input names other data than the project's own")
  private String eval;

  @Override
  public Integer call() throws IOException, InterruptedException {
    ScoreOptions base =
        flags.preset == null ? new ScoreOptions() : Presets.read(flags.preset, ScoreOptions.class);
    if (eval != null) {
      evaluate(Evaluation.of(eval), base);
      return 0;
    }
    ScoreConfig config = ScoreConfig.of(options, base);
    try (ModelFolder model =
            ModelFolder.open(ModelLocator.find(config.model(), config.modelsDir()));
        ModelFolder observer =
            config.observer() == null
                ? null
                : ModelFolder.open(ModelLocator.find(config.observer(), config.modelsDir()))) {
      Configuration hadoop = HadoopSettings.current();
      flags.run(new ScoreWork(config, model, observer, hadoop), hadoop, options.onBadRow);
    }
    return flags.status();
  }

  private void evaluate(Evaluation evaluation, ScoreOptions base)
      throws IOException, InterruptedException {
    ScoreOptions merged = options.or(base);
    Path file =
        merged.input == null
            ? Path.of(System.getProperty("scriptorium.home", ""), "datasets", evaluation.file())
            : Path.of(merged.input.getFirst());
    if (!Files.isReadable(file)) {
      throw new UserException(
          "Evaluation file " + file + " is not there: name the data by --input");
    }
    if (Files.isDirectory(file)) {
      throw new UserException(
          "Evaluation file " + file + " is a folder: name the file of the data by --input");
    }
    merged.input = List.of(file.toString());
    merged.out = ""; // nothing is written
    ScoreConfig config = ScoreConfig.of(merged, new ScoreOptions());
    Path place = ModelLocator.find(config.model(), config.modelsDir());
    try (ModelFolder folder = ModelFolder.open(place)) {
      MemoryNeed.check(folder.config(), config.engine());
      evaluate(evaluation, file, config, folder);
    }
  }

  private void evaluate(Evaluation evaluation, Path file, ScoreConfig config, ModelFolder folder)
      throws IOException, InterruptedException {
    try (Model model = Model.load(folder);
        Engine engine = new Engine(model, config.engine())) {
      long start = System.nanoTime();
      Map<String, Double> figures = evaluation.run(engine, file, config.stride(), flags.console());
      ObjectNode line = new ObjectMapper().createObjectNode();
      line.put("evaluation", eval).put("model", folder.name());
      figures.forEach(line::put);
      line.put("seconds", (System.nanoTime() - start) / 1_000_000 / 1e3);
      System.out.println(line);
    }
  }
}
