package scriptorium.engine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

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

  private static void copyAll(Path from, Path to) throws IOException {
    List<Path> files;
    try (var listing = Files.list(from)) {
      files = listing.toList();
    }
    for (Path file : files) {
      Files.copy(file, to.resolve(file.getFileName().toString()));
    }
  }

  private static Model load(Path folder) {
    try (ModelFolder opened = ModelFolder.open(folder)) {
      return Model.load(opened);
    }
  }
}
