package scriptorium.job.models;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * The address that the files in a fetch's hidden folder come from, which a note among them names:
 * what two servers gave is no model. Called by the one run that has the folder's lock.
 */
final class FileOrigin {
  private static final String NOTE = "address";

  private FileOrigin() {}

  /**
   * Makes the folder one of this address: files of another are dropped, whole or begun, but for
   * those whose right SHA-256 is known and theirs.
   *
   * @return whether anything was dropped
   */
  static boolean claim(Path folder, String address, List<KnownFile> files) throws IOException {
    Path note = folder.resolve(NOTE);
    byte[] named = address.getBytes(StandardCharsets.UTF_8);
    if (Files.exists(note) && Arrays.equals(Files.readAllBytes(note), named)) {
      return false;
    }
    boolean dropped = false;
    for (KnownFile file : files) {
      Path target = folder.resolve(file.name());
      if (!file.isAt(target)) {
        dropped |= FileDownload.drop(target);
      }
    }
    Files.write(note, named); // last: a run killed before drops them again
    return dropped;
  }

  /** Removes the note, which is no part of a model. */
  static void forget(Path folder) throws IOException {
    Files.deleteIfExists(folder.resolve(NOTE));
  }
}
