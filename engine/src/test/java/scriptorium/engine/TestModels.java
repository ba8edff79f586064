package scriptorium.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import scriptorium.engine.model.Gpt2Weights;

/**
 * The models that tests run: the embedded one, and a tiny one whose every vector tail is odd.
 * Loaded once a JVM.
 */
public final class TestModels {
  private static Model tiny;
  private static Model books;

  private TestModels() {}

  /** Root of the project. */
  public static Path home() {
    String given = System.getProperty("scriptorium.home");
    Path at = Path.of(given == null ? "" : given).toAbsolutePath();
    while (!Files.isDirectory(at.resolve("datasets/gpt2-tokenizer"))) {
      at = at.getParent();
      if (at == null) {
        throw new IllegalStateException(
            "datasets/gpt2-tokenizer not found: run the tests inside the project");
      }
    }
    return at;
  }

  /** 3 layers, width 20, 4 heads of size 5, context 64, random weights. */
  public static synchronized Model tiny() {
    if (tiny == null) {
      tiny = load(tinyFolder("tiny"));
    }
    return tiny;
  }

  /** The embedded model. */
  public static synchronized Model books() {
    if (books == null) {
      books = load(home().resolve("datasets/books-8M"));
    }
    return books;
  }

  /** A folder with one of the tiny checkpoints and tokenizer files beside it. */
  public static Path tinyFolder(String name) {
    try {
      Path root = Files.createTempDirectory("scriptorium-test");
      Path folder = Files.createDirectory(root.resolve(name));
      copyAll(home().resolve("engine/src/test/resources/checkpoints").resolve(name), folder);
      copyAll(home().resolve("datasets/gpt2-tokenizer"), folder);
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * A folder like {@link #tinyFolder} whose model is not finite from a position on: its weights are
   * finite, but their sum in the layer norms is not.
   */
  public static Path tinyFolderOverflowingFrom(int position) {
    int width = 20;
    return tinyFolderWith("wpe.weight", position * width, 3e38f, 3e38f, 3e38f);
  }

  /**
   * A folder like {@link #tinyFolder} of the checkpoint "tiny" with values of a tensor of f32
   * replaced, the same for everyone who loads it.
   *
   * @param place of the first value in the tensor, row by row
   */
  public static Path tinyFolderWith(String tensor, int place, float... values) {
    Path folder = tinyFolder("tiny");
    Path file = folder.resolve("model.safetensors");
    try {
      byte[] bytes = Files.readAllBytes(file);
      ByteBuffer content = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      int header = Math.toIntExact(content.getLong(0));
      JsonNode entry =
          new ObjectMapper()
              .readTree(new String(bytes, 8, header, StandardCharsets.UTF_8))
              .get(tensor);
      content.position(8 + header + entry.get("data_offsets").get(0).asInt() + place * Float.BYTES);
      for (float value : values) {
        content.putFloat(value);
      }
      Files.write(file, bytes);
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void copyAll(Path from, Path to) throws IOException {
    List<Path> files;
    try (var listing = Files.list(from)) {
      files = listing.toList();
    }
    for (Path file : files) {
      Files.copy(file, to.resolve(file.getFileName().toString()));
    }
  }

  /** The weights of a model, for tests of parts of the engine. */
  public static Gpt2Weights weights(Model model) {
    return model.weights();
  }

  /** The model of a folder. */
  public static Model load(Path folder) {
    try (ModelFolder opened = ModelFolder.open(folder)) {
      return Model.load(opened);
    }
  }
}
