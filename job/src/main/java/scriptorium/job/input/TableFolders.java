package scriptorium.job.input;

import java.io.IOException;
import java.util.List;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import scriptorium.job.base.InputException;

/**
 * Refuses tables of Delta Lake, Iceberg and Hudi: some of their files hold rows that are deleted,
 * or old, and only the table's log knows which.
 */
final class TableFolders {
  private static final String ICEBERG = "metadata";

  private TableFolders() {}

  /** Refuses a folder that is a table. */
  static void refuse(FileSystem fileSystem, Path folder, List<FileStatus> entries)
      throws IOException {
    for (FileStatus entry : entries) {
      if (entry.isDirectory()) {
        String name = entry.getPath().getName();
        if (name.equals("_delta_log")) {
          throw refused(folder, "a Delta", name);
        }
        if (name.equals(".hoodie")) {
          throw refused(folder, "a Hudi", name);
        }
        if (name.equals(ICEBERG) && isIceberg(fileSystem, entry.getPath())) {
          throw refused(folder, "an Iceberg", name + "/*.metadata.json");
        }
      }
    }
  }

  private static boolean isIceberg(FileSystem fileSystem, Path metadata) throws IOException {
    for (FileStatus file : fileSystem.listStatus(metadata)) {
      String name = file.getPath().getName();
      if (name.endsWith(".metadata.json") || name.equals("version-hint.text")) {
        return true;
      }
    }
    return false;
  }

  /** Refuses a file or folder that lies within a table. */
  static void refuseAround(FileSystem fileSystem, Path path) throws IOException {
    for (Path folder = path.getParent(); folder != null; folder = folder.getParent()) {
      if (isFolder(fileSystem, new Path(folder, "_delta_log"))) {
        throw refused(folder, "a Delta", "_delta_log");
      }
      if (isFolder(fileSystem, new Path(folder, ".hoodie"))) {
        throw refused(folder, "a Hudi", ".hoodie");
      }
      Path metadata = new Path(folder, ICEBERG);
      if (isFolder(fileSystem, metadata) && isIceberg(fileSystem, metadata)) {
        throw refused(folder, "an Iceberg", ICEBERG + "/*.metadata.json");
      }
    }
  }

  /** Folders above, which nobody named, may be closed to this user. */
  private static boolean isFolder(FileSystem fileSystem, Path path) {
    try {
      return fileSystem.getFileStatus(path).isDirectory();
    } catch (IOException e) {
      return false;
    }
  }

  private static InputException refused(Path folder, String kind, String mark) {
    return new InputException(
        "Input "
            + (folder.toUri().getScheme() == null || folder.toUri().getScheme().equals("file")
                ? folder.toUri().getPath()
                : folder.toString())
            + " is "
            + kind
            + " table (it has "
            + mark
            + "), whose files hold deleted rows too: export it with Spark, or score its DataFrame"
            + " by gpt2_log_likelihood");
  }
}
