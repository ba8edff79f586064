package scriptorium.job.base;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/** Version and commit of this program. */
public final class BuildInfo {
  private static final Properties BUILD = new Properties();

  static {
    try (InputStream in = BuildInfo.class.getResourceAsStream("build.properties")) {
      if (in != null) {
        BUILD.load(in);
      }
    } catch (IOException e) {
      throw new IllegalStateException("The jar's build.properties cannot be read", e);
    }
  }

  private BuildInfo() {}

  /** The version; "unknown" where the build has not told it. */
  public static String version() {
    return BUILD.getProperty("version", "unknown");
  }

  /** The commit, with "+" behind where the tree had changes; "unknown" outside a checkout. */
  public static String commit() {
    String commit = BUILD.getProperty("commit", "");
    if (commit.isEmpty() || commit.startsWith("$")) {
      return "unknown";
    }
    return BUILD.getProperty("dirty", "").equals("true") ? commit + "+" : commit;
  }

  /** The program and its version, for people. */
  public static String title() {
    return "scriptorium " + version() + " (" + commit() + ")";
  }
}
