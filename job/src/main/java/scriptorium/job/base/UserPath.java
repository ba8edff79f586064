package scriptorium.job.base;

import org.apache.hadoop.fs.Path;

/** Hadoop's paths of what a user names; Hadoop takes all before a first colon for a scheme. */
public final class UserPath {
  private UserPath() {}

  /**
   * A path or address as it was given.
   *
   * @throws UserException for a relative path that begins as an address does
   * @throws IllegalArgumentException for what is no path otherwise
   */
  public static Path of(String text) {
    int colon = text.indexOf(':');
    int slash = text.indexOf('/');
    if (colon > 0 && (slash < 0 || colon < slash) && !text.startsWith("/", colon + 1)) {
      throw new UserException(
          "Path "
              + text
              + " has a colon before any slash, as an address has: give ./"
              + text
              + " for a local file, or an address such as hdfs://host:port/folder");
    }
    return new Path(text);
  }

  /** A file in a folder, by a name that may hold a colon. */
  public static Path in(Path folder, String name) {
    return new Path(folder, new Path(null, null, name));
  }
}
