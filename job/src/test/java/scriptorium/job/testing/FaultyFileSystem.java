package scriptorium.job.testing;

import java.io.FileNotFoundException;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.URI;
import java.util.Arrays;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;
import org.apache.spark.SparkEnv;

/**
 * The local disk by another name, {@code faulty:/...}, whose operations fail as the JVM's {@link
 * Plan} has it. A rename refuses to replace, as on HDFS, and there is no other way to replace.
 */
public final class FaultyFileSystem extends FileSystem {
  private static final URI NAME = URI.create("faulty:///");
  private static volatile Plan plan = (operation, path, bytes) -> {};

  /** Settings: the executor whose files take long to create, and how many milliseconds. */
  public static final String SLOW_EXECUTOR = "fs.faulty.slow.executor";

  public static final String SLOW_MILLIS = "fs.faulty.slow.millis";

  private final RawLocalFileSystem disk = new RawLocalFileSystem();

  /** What goes wrong. */
  @FunctionalInterface
  public interface Plan {
    /**
     * Called before each operation.
     *
     * @param operation create, write, close, open, rename, delete, mkdirs, list or status
     * @param bytes to be written, else 0
     */
    void before(String operation, Path path, int bytes) throws IOException;
  }

  /** Settings by which Hadoop finds it. */
  public static Configuration settings() {
    Configuration conf = new Configuration();
    conf.set("fs.faulty.impl", FaultyFileSystem.class.getName());
    return conf;
  }

  /** Replaces the plan of this JVM. */
  public static void follow(Plan next) {
    plan = next;
  }

  @Override
  public void initialize(URI uri, Configuration conf) throws IOException {
    super.initialize(uri, conf);
    setConf(conf);
    disk.initialize(URI.create("file:///"), conf);
  }

  @Override
  public URI getUri() {
    return NAME;
  }

  private static Path onDisk(Path path) {
    return new Path("file", null, path.toUri().getPath());
  }

  private FileStatus named(FileStatus status) {
    return new FileStatus(
        status.getLen(),
        status.isDirectory(),
        1,
        status.getBlockSize(),
        status.getModificationTime(),
        makeQualified(new Path(status.getPath().toUri().getPath())));
  }

  @Override
  public FSDataInputStream open(Path path, int bufferSize) throws IOException {
    plan.before("open", path, 0);
    return disk.open(onDisk(path), bufferSize);
  }

  @Override
  public FSDataOutputStream create(
      Path path,
      FsPermission permission,
      boolean overwrite,
      int bufferSize,
      short replication,
      long blockSize,
      Progressable progress)
      throws IOException {
    plan.before("create", path, 0);
    delay();
    if (!overwrite && disk.exists(onDisk(path))) {
      throw new FileAlreadyExistsException(path + " is there");
    }
    return new FSDataOutputStream(
        new FaultyStream(disk.create(onDisk(path), true), path), statistics);
  }

  private void delay() throws IOException {
    SparkEnv spark = SparkEnv.get();
    if (spark != null && spark.executorId().equals(getConf().get(SLOW_EXECUTOR))) {
      try {
        Thread.sleep(getConf().getLong(SLOW_MILLIS, 0));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("killed while it was slow");
      }
    }
  }

  private static final class FaultyStream extends FilterOutputStream {
    private final Path path;

    FaultyStream(OutputStream out, Path path) {
      super(out);
      this.path = path;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      plan.before("write", path, length);
      out.write(bytes, from, length);
    }

    @Override
    public void close() throws IOException {
      try {
        plan.before("close", path, 0);
      } finally {
        super.close();
      }
    }
  }

  @Override
  public FSDataOutputStream append(Path path, int bufferSize, Progressable progress)
      throws IOException {
    throw new IOException("Nothing is appended to " + path);
  }

  @Override
  public boolean rename(Path from, Path to) throws IOException {
    plan.before("rename", to, 0);
    return disk.exists(onDisk(from))
        && !disk.exists(onDisk(to))
        && disk.rename(onDisk(from), onDisk(to));
  }

  @Override
  public boolean delete(Path path, boolean recursive) throws IOException {
    plan.before("delete", path, 0);
    return disk.delete(onDisk(path), recursive);
  }

  @Override
  public FileStatus[] listStatus(Path path) throws FileNotFoundException, IOException {
    plan.before("list", path, 0);
    return Arrays.stream(disk.listStatus(onDisk(path))).map(this::named).toArray(FileStatus[]::new);
  }

  @Override
  public void setWorkingDirectory(Path path) {
    disk.setWorkingDirectory(onDisk(path));
  }

  @Override
  public Path getWorkingDirectory() {
    return new Path(NAME.getScheme(), null, disk.getWorkingDirectory().toUri().getPath());
  }

  @Override
  public boolean mkdirs(Path path, FsPermission permission) throws IOException {
    plan.before("mkdirs", path, 0);
    return disk.mkdirs(onDisk(path), permission);
  }

  @Override
  public FileStatus getFileStatus(Path path) throws IOException {
    plan.before("status", path, 0);
    return named(disk.getFileStatus(onDisk(path)));
  }
}
