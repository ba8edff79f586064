package scriptorium.job.store;

import java.io.BufferedOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.StreamCapabilities;
import scriptorium.job.base.OutputException;
import scriptorium.job.base.Sha256;
import scriptorium.job.base.Texts;
import scriptorium.job.base.UnreachableOutputException;
import scriptorium.job.base.UserPath;

/**
 * An output folder on any Hadoop file system. A file is written under {@code _temporary}, synced
 * and renamed: it is there whole or not at all, and writing it again with the same bytes is
 * harmless. Object stores, which have no atomic rename but make a file visible whole when it is
 * closed, are written directly. Thread-safe.
 */
public final class OutputStore {
  private static final Set<String> OBJECT_STORES =
      Set.of("s3", "s3a", "s3n", "gs", "oss", "cosn", "wasb", "wasbs");
  private static final String TEMPORARY = "_temporary";

  private final FileSystem fileSystem;
  private final Path root;
  private final Configuration conf;
  private final AtomicFiles files;
  private volatile String holder;

  /**
   * Opens a folder, which need not be there.
   *
   * @param root the output folder, local or a URI
   * @throws UnreachableOutputException where no file system can have it
   */
  public OutputStore(String root, Configuration conf) {
    this.conf = conf;
    try {
      Path path = UserPath.of(root);
      FileSystem found = path.getFileSystem(conf);
      fileSystem =
          found instanceof LocalFileSystem local
              ? local.getRawFileSystem()
              : found; // no .crc files
      this.root = fileSystem.makeQualified(path);
      files = AtomicFiles.of(fileSystem, conf);
    } catch (IOException | IllegalArgumentException e) {
      throw new UnreachableOutputException(root, String.valueOf(e.getMessage()), e);
    }
  }

  /**
   * Has every file from now on put into place only while a run holds the output's lock, so that
   * what a dead run left behind on the cluster changes nothing.
   *
   * @param lock {@link OutputLock#id} of the run
   */
  public void guardBy(String lock) {
    holder = lock;
  }

  /** The configuration that the file system was found by. */
  public Configuration configuration() {
    return conf;
  }

  /** Something that writes a file's content. */
  @FunctionalInterface
  public interface Content {
    /** Writes all of it; closing is the caller's. */
    void write(OutputStream out) throws IOException;
  }

  /** Where a file of the output lies, for messages. */
  public String describe(String file) {
    Path path = file.isEmpty() ? root : UserPath.in(root, file);
    URI uri = path.toUri();
    return "file".equals(uri.getScheme()) ? uri.getPath() : path.toString();
  }

  /** Writes a file whole or not at all, replacing one that is there. */
  public Sha256.Content write(String file, Content content) {
    Path target = UserPath.in(root, file);
    boolean direct = OBJECT_STORES.contains(fileSystem.getUri().getScheme());
    Path place =
        direct
            ? target
            : new Path(root, TEMPORARY + "/" + UUID.randomUUID() + "-" + target.getName());
    try {
      Sha256.Content written = writeTo(place, content, direct);
      if (!direct) {
        putInPlace(place, file);
      }
      return written;
    } catch (IOException | FSError e) { // the latter where a local disk fails
      discard(place, direct);
      throw new OutputException(
          "Output "
              + describe(file)
              + " cannot be written ("
              + Texts.firstLine(e)
              + "): free space or grant the rights, then run the same"
              + " command again",
          e);
    } catch (RuntimeException | Error e) {
      discard(place, direct);
      throw e;
    }
  }

  private Sha256.Content writeTo(Path place, Content content, boolean direct) throws IOException {
    MessageDigest digest = Sha256.digest();
    long bytes;
    FSDataOutputStream file = fileSystem.create(place, true);
    try {
      OutputStream hashed =
          new BufferedOutputStream(new DigestOutputStream(new Uncloseable(file), digest), 1 << 16);
      content.write(hashed);
      hashed.flush();
      bytes = file.getPos();
      if (!direct) {
        file.hsync();
      }
    } catch (IOException | RuntimeException | Error e) {
      if (direct && file.hasCapability(StreamCapabilities.ABORTABLE_STREAM)) {
        file.abort(); // closing it would show half a file
      }
      closeAfter(e, file);
      throw e;
    }
    file.close();
    return new Sha256.Content(bytes, Sha256.hex(digest));
  }

  private static void closeAfter(Throwable failure, FSDataOutputStream file) {
    try {
      file.close();
    } catch (IOException e) {
      if (e != failure) { // HDFS throws the same one again
        failure.addSuppressed(e);
      }
    }
  }

  private void putInPlace(Path from, String file) throws IOException {
    if (holder != null && !file.equals(OutputLock.FILE)) {
      OutputLock.checkHeldBy(this, holder);
    }
    files.replace(from, UserPath.in(root, file));
  }

  private void discard(Path file, boolean direct) {
    if (direct) {
      return; // never shown, or an earlier attempt's
    }
    try {
      fileSystem.delete(file, false);
    } catch (IOException e) {
      // the sweep at the next start takes it
    }
  }

  /** Removes what dead attempts left behind. */
  public void sweep() {
    try {
      fileSystem.delete(new Path(root, TEMPORARY), true);
    } catch (IOException e) {
      throw new OutputException(
          "Leftovers in " + describe(TEMPORARY) + " cannot be removed: " + e.getMessage(), e);
    }
  }

  /** Removes the folder of attempts if it is empty. */
  public void tidy() {
    try {
      fileSystem.delete(new Path(root, TEMPORARY), false);
    } catch (IOException e) {
      // a run's attempts are in it
    }
  }

  /** A whole file that a dead run was about to put in place, the latest of them. */
  Optional<String> leftOver(String file) {
    return names(TEMPORARY).stream()
        .filter(name -> name.endsWith("-" + file))
        .map(name -> TEMPORARY + "/" + name)
        .max(Comparator.comparingLong(this::modifiedOrZero));
  }

  private long modifiedOrZero(String file) {
    try {
      return modified(file);
    } catch (IOException e) {
      return 0;
    }
  }

  /** Makes the folder, and finds out whether it can be written; another run's files stay. */
  public void prepare() {
    String probe = TEMPORARY + "/probe-" + UUID.randomUUID();
    write(probe, out -> out.write(0));
    delete(probe);
  }

  /** The names directly in the output folder; empty if it does not exist. */
  public List<String> names() {
    return names("").stream().sorted().toList();
  }

  /** The names in a folder of the output, in any order; empty if it does not exist. */
  List<String> names(String folder) {
    List<String> names = new ArrayList<>();
    list(folder, names::add);
    return names;
  }

  /** Hands over the names of what lies in a folder, in any order; none if it does not exist. */
  void list(String folder, Consumer<String> names) {
    try {
      files.list(folder.isEmpty() ? root : UserPath.in(root, folder), names);
    } catch (FileNotFoundException e) {
      // nothing there
    } catch (IOException e) {
      throw new OutputException(
          "Output "
              + describe(folder)
              + (isFile(folder)
                  ? " is a file: give a folder"
                  : " cannot be listed: " + Texts.firstLine(e)),
          e);
    }
  }

  /** Whether a file is there. */
  public boolean exists(String file) {
    try {
      return fileSystem.exists(UserPath.in(root, file));
    } catch (IOException e) {
      throw new OutputException(
          "Output " + describe(file) + " cannot be read: " + e.getMessage(), e);
    }
  }

  /** Whether a name is a folder's. */
  public boolean isFolder(String name) {
    return has(name, FileStatus::isDirectory);
  }

  private boolean isFile(String name) {
    return has(name, FileStatus::isFile);
  }

  private boolean has(String name, Predicate<FileStatus> kind) {
    try {
      return kind.test(fileSystem.getFileStatus(name.isEmpty() ? root : UserPath.in(root, name)));
    } catch (IOException e) {
      return false; // not there, or nothing is known of it: its use shows
    }
  }

  /** Size of a file in bytes. */
  public long size(String file) {
    try {
      FileStatus status = fileSystem.getFileStatus(UserPath.in(root, file));
      return status.getLen();
    } catch (IOException e) {
      throw new OutputException(
          "Output " + describe(file) + " cannot be read: " + e.getMessage(), e);
    }
  }

  /** The URI of a file. */
  public URI uri(String file) {
    return UserPath.in(root, file).toUri();
  }

  /** Opens a file. */
  public InputStream open(String file) throws IOException {
    return fileSystem.open(UserPath.in(root, file));
  }

  /** Creates a file; fails if it exists already. */
  public void createNew(String file, byte[] content) throws IOException {
    files.create(UserPath.in(root, file), content);
  }

  /** When a file was last written, in milliseconds since 1970 by the file system's clock. */
  public long modified(String file) throws IOException {
    return fileSystem.getFileStatus(UserPath.in(root, file)).getModificationTime();
  }

  /** Deletes a file or folder of the output. */
  public void delete(String file) {
    try {
      fileSystem.delete(UserPath.in(root, file), true);
    } catch (IOException e) {
      throw new OutputException(
          "Output " + describe(file) + " cannot be deleted: " + e.getMessage(), e);
    }
  }

  /** Keeps a writer's close away from the file, which is synced first. */
  private static final class Uncloseable extends java.io.FilterOutputStream {
    Uncloseable(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      out.write(bytes, from, length);
    }

    @Override
    public void close() throws IOException {
      flush();
    }
  }
}
