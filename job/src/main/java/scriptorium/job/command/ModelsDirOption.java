package scriptorium.job.command;

import java.nio.file.Path;
import picocli.CommandLine.Option;
import scriptorium.engine.ModelFolder;
import scriptorium.job.config.ModelLocator;

/** {@code --models-dir} of the commands that read no preset. */
final class ModelsDirOption {
  @Option(
      names = "--models-dir",
      paramLabel = "DIR",
      defaultValue = "${env:SCRIPTORIUM_MODELS:-models}",
      description =
          "where named models lie (default: environment SCRIPTORIUM_MODELS, else ./models)")
  private String folder;

  Path path() {
    return Path.of(folder);
  }

  /** The folder or GGUF file of a model. */
  Path find(String model) {
    return ModelLocator.find(model, folder);
  }

  ModelFolder open(String model) {
    return ModelFolder.open(find(model));
  }
}
