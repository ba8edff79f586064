package scriptorium.job.models;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import scriptorium.engine.ModelException;
import scriptorium.job.base.Sha256;
import scriptorium.job.models.PieceJournal.Version;

/**
 * A file to be fetched and what is known of it.
 *
 * @param size in bytes, -1 where it is not known
 * @param sha256 in hexadecimal, null where it is not known
 */
public record KnownFile(String name, long size, String sha256) {
  /** A file of which nothing is known. */
  public static KnownFile unknown(String name) {
    return new KnownFile(name, -1, null);
  }

  /** What is known of a released file. */
  static KnownFile of(Source source, String model, String name) {
    for (String line : table()) {
      String[] fields = line.split(" ");
      if (fields[0].equals(source.word())
          && (fields[1].equals("*") || fields[1].equals(model))
          && fields[2].equals(name)) {
        return new KnownFile(
            name, Long.parseLong(fields[3]), fields[4].equals("-") ? null : fields[4]);
      }
    }
    return unknown(name);
  }

  /**
   * Holds what a server says of the file against what is known.
   *
   * @throws ModelException where it is another file
   */
  void check(URI address, Version version) {
    if (size >= 0 && version.size() != size) {
      throw other(address, version.size() + " bytes", Long.toString(size));
    }
    if (sha256 != null && !version.sha256().isEmpty() && !version.sha256().equals(sha256)) {
      throw other(address, "the SHA-256 " + version.sha256(), sha256);
    }
  }

  /** Whether a file of this machine is the released one, as far as its SHA-256 is known. */
  boolean isAt(Path file) throws IOException {
    if (sha256 == null || !Files.isRegularFile(file)) {
      return false;
    }
    try (InputStream in = Files.newInputStream(file)) {
      return Sha256.of(in).sha256().equals(sha256);
    }
  }

  private static ModelException other(URI address, String found, String released) {
    return new ModelException(
        "File "
            + address
            + " has "
            + found
            + " where the released one has "
            + released
            + ": give another --base-url");
  }

  private static List<String> table() {
    try (InputStream in = KnownFile.class.getResourceAsStream("known-files.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .toList();
    } catch (IOException e) {
      throw new IllegalStateException("The jar's known-files.txt cannot be read", e);
    }
  }
}
