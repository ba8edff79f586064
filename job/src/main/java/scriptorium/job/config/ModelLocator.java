package scriptorium.job.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import scriptorium.engine.ModelException;
import scriptorium.job.base.UserException;

/**
 * From what the user calls a model to its folder or GGUF file: a path, a name under the models
 * folder, or the embedded model.
 */
public final class ModelLocator {
  private ModelLocator() {}

  /**
   * The folder of a model, or its GGUF file.
   *
   * @throws ModelException if there is no such model; the message names the places that were
   *     searched
   */
  public static Path find(String model, String modelsDir) {
    requireName(model);
    String home = System.getProperty("scriptorium.home");
    Path named = Path.of(modelsDir).resolve(Presets.currentName(model));
    List<Path> places =
        home == null
            ? List.of(Path.of(model), named)
            : List.of(
                Path.of(model),
                named,
                Path.of(home, "models", Presets.currentName(model)),
                Path.of(home, "datasets", model));
    for (Path place : places) {
      if (Files.isDirectory(place)
          || place.toString().endsWith(".gguf") && Files.isRegularFile(place)) {
        return place;
      }
    }
    if (Files.isRegularFile(places.getFirst())) {
      return places.getFirst(); // opening it tells what it is
    }
    throw new ModelException(
        "Model "
            + model
            + " is not there (looked at "
            + String.join(", ", places.stream().map(Path::toString).toList())
            + "): give --model a checkpoint folder or GGUF file, or put the model under --models-dir"
            + (Presets.isReleased(model) ? " by model fetch " + Presets.currentName(model) : ""));
  }

  /** Refuses the empty name, which is what a variable that is not set gives. */
  static void requireName(String model) {
    if (model.isBlank()) {
      throw new UserException(
          "The model's name is empty: give --model a checkpoint folder or GGUF file, or a name under"
              + " --models-dir");
    }
  }
}
