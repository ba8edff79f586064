package scriptorium.job.orc;

import java.io.Closeable;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.orc.OrcFile;
import org.apache.orc.Reader;
import org.apache.orc.StripeInformation;
import org.apache.orc.TypeDescription;

/** An ORC file that is open, with what its footer says. Not thread-safe. */
public final class OrcTable implements Closeable {
  /** The columns of Hive's transactional tables, of which "row" has the table's own. */
  private static final List<String> TRANSACTIONAL =
      List.of("operation", "originalTransaction", "bucket", "rowId", "currentTransaction", "row");

  private final WatchedFileSystem files;
  private final Reader reader;

  private OrcTable(WatchedFileSystem files, Reader reader) {
    this.files = files;
    this.reader = reader;
  }

  /** What reading finds where a file is damaged. */
  public static final class DamagedException extends IOException {
    private static final long serialVersionUID = 1;

    DamagedException(String what, Throwable cause) {
      super(what, cause);
    }
  }

  /**
   * Opens a file.
   *
   * @throws DamagedException if it has no valid footer
   * @throws IOException where the file system fails
   */
  public static OrcTable open(FileSystem fileSystem, Path path, Configuration conf)
      throws IOException {
    WatchedFileSystem files = new WatchedFileSystem(fileSystem);
    try {
      // clocks and days as they are in the file: ORC's change of calendars loses years before 1
      OrcFile.ReaderOptions options =
          OrcFile.readerOptions(conf)
              .filesystem(files)
              .useUTCTimestamp(true)
              .convertToProlepticGregorian(false);
      Reader reader = OrcFile.createReader(path, options);
      if (reader.writerUsedProlepticGregorian()) {
        reader.close();
        reader = OrcFile.createReader(path, options.convertToProlepticGregorian(true));
      }
      OrcTable table = new OrcTable(files, reader);
      if (!table.countsAreSound(files.getFileStatus(path).getLen())) {
        table.close();
        throw new DamagedException("its footer counts what the file cannot hold", null);
      }
      return table;
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      throw e instanceof DamagedException damaged
          ? damaged
          : failure(files, "it has no footer of an ORC file", e);
    }
  }

  /** The file system's failure, or damage. Damage may ask for an array beyond the heap. */
  static IOException failure(WatchedFileSystem files, String what, Throwable e) {
    return files.failure() != null ? files.failure() : new DamagedException(what, e);
  }

  /** Whether the counts agree: otherwise one wrong bit would make error rows without end. */
  private boolean countsAreSound(long bytes) {
    long rows = 0;
    for (StripeInformation stripe : reader.getStripes()) {
      long more = stripe.getNumberOfRows();
      if (more < 0
          || stripe.getOffset() < 0
          || stripe.getLength() < 0
          || stripe.getLength() > bytes - stripe.getOffset()) {
        return false;
      }
      rows += more;
    }
    return rows == reader.getNumberOfRows();
  }

  /** Rows of all stripes. */
  public long rows() {
    return reader.getNumberOfRows();
  }

  /** Why rows cannot be read, and the remedy, as "Input x" goes on; null if they can be. */
  public String refused() {
    TypeDescription schema = reader.getSchema();
    if (schema.getCategory() != TypeDescription.Category.STRUCT) {
      return "has rows of the type " + schema + ", which have no columns: write it with columns";
    }
    if (schema.getFieldNames().equals(TRANSACTIONAL)) {
      return "is of a transactional table of Hive, whose files hold deleted rows too: export the"
          + " table with Hive or Spark";
    }
    if (reader.getColumnEncryptionKeys().length > 0) {
      return "has encrypted columns: write it without encryption";
    }
    String twice = twice(schema);
    return twice == null ? null : "names the column " + twice + " twice: rename one of them";
  }

  private static String twice(TypeDescription type) {
    Set<String> names = new HashSet<>();
    if (type.getCategory() == TypeDescription.Category.STRUCT) {
      for (String name : type.getFieldNames()) {
        if (!names.add(name)) {
          return name;
        }
      }
    }
    if (type.getChildren() != null) {
      for (TypeDescription child : type.getChildren()) {
        String inner = twice(child);
        if (inner != null) {
          return inner;
        }
      }
    }
    return null;
  }

  Reader reader() {
    return reader;
  }

  WatchedFileSystem files() {
    return files;
  }

  @Override
  public void close() throws IOException {
    reader.close();
  }
}
