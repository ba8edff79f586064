package scriptorium.job.detect;

import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import scriptorium.job.base.OutputException;
import scriptorium.job.base.UserException;
import scriptorium.job.base.UserPath;

/**
 * An output folder that is filled beside its place and then put there, so that it is there whole or
 * not at all. What a dead run left beside is deleted. Two runs on one output are not kept apart.
 */
final class NewFolder {
  private final Path place;
  private final Path beside;
  private final FileSystem fileSystem;
  private final boolean overwrite;
  private final String mark;

  /**
   * @param mark a file that only such an output has: without it {@code overwrite} deletes nothing
   */
  NewFolder(String out, boolean overwrite, String mark, Configuration hadoop) {
    this.overwrite = overwrite;
    this.mark = mark;
    try {
      Path path = UserPath.of(out);
      fileSystem = path.getFileSystem(hadoop);
      place = fileSystem.makeQualified(path);
      if (place.getParent() == null) {
        throw new UserException("Out " + out + " is the root: name a new or empty folder by --out");
      }
      beside = UserPath.in(place.getParent(), "_" + place.getName() + ".detect");
    } catch (IOException | IllegalArgumentException e) {
      throw new UserException("Out " + out + " cannot be reached: " + e.getMessage(), e);
    }
  }

  /** Refuses a place that is taken. */
  void check() {
    try {
      if (!fileSystem.exists(place)) {
        return;
      }
      FileStatus status = fileSystem.getFileStatus(place);
      if (!status.isDirectory()) {
        throw new UserException("Out " + place.toUri().getPath() + " is a file: give a folder");
      }
      boolean empty = fileSystem.listStatus(place).length == 0;
      if (!empty && !fileSystem.exists(new Path(place, mark))) {
        throw new UserException(
            "Out "
                + place.toUri().getPath()
                + " holds other files and no "
                + mark
                + ": give an empty folder");
      }
      if (!empty && !overwrite) {
        throw new UserException(
            "Out "
                + place.toUri().getPath()
                + " has results already: give another --out, or --overwrite");
      }
    } catch (IOException e) {
      throw new UserException("Out " + place + " cannot be read: " + e.getMessage(), e);
    }
  }

  /** The folder that is to be filled, empty. */
  String begin() {
    try {
      fileSystem.delete(beside, true);
      if (!fileSystem.mkdirs(beside)) {
        throw new IOException("no folder " + beside);
      }
      return beside.toString();
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  /** Puts the filled folder in its place. */
  void finish() {
    try {
      fileSystem.delete(new Path(beside, "_temporary"), true);
      fileSystem.delete(place, true);
      if (!fileSystem.rename(beside, place)) {
        throw new IOException(beside + " cannot be renamed");
      }
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  private OutputException unwritable(IOException e) {
    return new OutputException(
        "Output "
            + place
            + " cannot be written ("
            + e.getMessage()
            + "): free space or grant the rights",
        e);
  }
}
