package scriptorium.job.models;

import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import scriptorium.engine.ModelException;
import scriptorium.engine.ModelFolder;
import scriptorium.engine.model.Gpt2Config;
import scriptorium.job.base.UserException;

/**
 * Fetches a released model. Its files gather in a hidden folder beside its place; the folder gets
 * the model's name once every file is there and right, so that what is not whole is never taken for
 * a model. Used once.
 */
public final class ModelFetcher {
  private static final List<String> SCHEMES = List.of("http", "https");

  private final ReleasedModel model;
  private final Source source;
  private final String base;
  private final Path place;
  private final Path work;
  private final FetchSettings settings;
  private final PrintStream out;

  /**
   * A fetch to come.
   *
   * @param base address of the files, with {@code {model}} and {@code {repository}} for names; null
   *     for the public one
   * @param modelsDir where the model's folder goes
   * @param out for progress
   */
  public ModelFetcher(
      ReleasedModel model,
      Source source,
      String base,
      Path modelsDir,
      FetchSettings settings,
      PrintStream out) {
    this.model = model;
    this.source = source;
    this.base = model.expand(base == null ? source.base() : base);
    place = modelsDir.resolve(model.name());
    work = modelsDir.resolve("." + model.name() + ".fetch-" + source.word());
    this.settings = settings;
    this.out = out;
  }

  /**
   * Fetches what is missing and returns the model's folder.
   *
   * @throws ModelException if it cannot be had; what has come so far stays for the next time
   * @throws UserException if the base URL is not an address
   */
  public Path fetch() throws InterruptedException {
    checkBase();
    if (Files.exists(place)) {
      check(place);
      return place;
    }
    try {
      Files.createDirectories(work);
      try (FileChannel lock =
          FileChannel.open(
              work.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
        if (!isLocked(lock)) {
          throw new ModelException(
              "Model " + model.name() + " is being fetched by another run: wait for it");
        }
        download();
        check(work);
        Files.delete(work.resolve("lock"));
        FileOrigin.forget(work);
        Files.move(work, place, StandardCopyOption.ATOMIC_MOVE);
      }
    } catch (UnreachableException e) {
      throw new ModelException(
          e.getMessage()
              + ": the same command resumes when the network is back; or download "
              + base
              + "/{"
              + String.join(",", source.files())
              + "} by hand into "
              + place,
          e);
    } catch (IOException e) {
      throw new ModelException(
          "Folder "
              + work
              + " cannot be written ("
              + e
              + "): free space or grant the rights, or give another --models-dir",
          e);
    }
    return place;
  }

  private void checkBase() {
    try {
      URI address = URI.create(base);
      String scheme = address.getScheme();
      if (scheme != null && SCHEMES.contains(scheme) && address.getHost() != null) {
        return;
      }
    } catch (IllegalArgumentException e) {
      // said below
    }
    throw new UserException(
        "Base URL " + base + " is no address: give such as http://host/models/{model}");
  }

  private static boolean isLocked(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false; // by a thread of this JVM
    }
  }

  private void download() throws IOException, InterruptedException {
    List<KnownFile> files = model.files(source);
    if (FileOrigin.claim(work, base, files)) {
      out.println("scriptorium: files that came from another address are begun again");
    }
    HttpClient client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(settings.stall())
            .build();
    try (FetchProgress progress = new FetchProgress(out)) {
      for (KnownFile file : files) {
        URI address = URI.create(base + "/" + file.name());
        Path target = work.resolve(file.name());
        new FileDownload(client, address, target, file, settings, progress).run();
        if (file.name().equals(source.shapeFile())) {
          checkShape(target, address);
        }
      }
    } finally {
      client.shutdownNow(); // close() would wait for answers that nobody reads any more
    }
  }

  private void checkShape(Path file, URI address) throws IOException {
    try {
      StatedShape.check(file, address, source, model);
    } catch (ModelException e) {
      FileDownload.drop(file); // the server may have the right one next time
      throw e;
    }
  }

  /** Opens a folder as the model that it should be. */
  private void check(Path folder) {
    Gpt2Config found = configOf(folder);
    if (!found.equals(model.config())) {
      throw new ModelException(
          "Folder "
              + folder
              + " holds a model of the shape "
              + shape(found)
              + " where "
              + model.name()
              + " has "
              + shape(model.config())
              + ": move it away, and correct --base-url");
    }
  }

  private Gpt2Config configOf(Path folder) {
    try (ModelFolder opened = ModelFolder.open(folder)) {
      return opened.config();
    } catch (ModelException e) {
      throw new ModelException(
          "Folder "
              + folder
              + " is no whole model ("
              + e.getMessage()
              + "): move it away"
              + (folder.equals(work) ? " to fetch it again, or give another --base-url" : ""),
          e);
    }
  }

  private static String shape(Gpt2Config config) {
    return "%d layers, width %d, %d heads, context %d, vocabulary %d"
        .formatted(
            config.numLayers(),
            config.embeddingSize(),
            config.numHeads(),
            config.contextLength(),
            config.vocabSize());
  }
}
