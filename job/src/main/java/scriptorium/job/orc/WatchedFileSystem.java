package scriptorium.job.orc;

import java.io.IOException;
import java.io.InputStream;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FilterFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.PositionedReadable;
import org.apache.hadoop.fs.Seekable;
import scriptorium.job.base.ReadWatch;

/**
 * Remembers what a file system failed at, to tell it from damage of a file. It is not closed: the
 * file system is another's. Not thread-safe.
 */
final class WatchedFileSystem extends FilterFileSystem {
  private final ReadWatch watch = new ReadWatch();

  WatchedFileSystem(FileSystem files) {
    super(files);
  }

  /** What the file system failed at, null for nothing. */
  IOException failure() {
    return watch.failure();
  }

  @Override
  public FSDataInputStream open(Path path, int bufferSize) throws IOException {
    return watch.get(() -> new FSDataInputStream(new Watched(super.open(path, bufferSize))));
  }

  @Override
  public FileStatus getFileStatus(Path path) throws IOException {
    return watch.get(() -> super.getFileStatus(path));
  }

  private final class Watched extends InputStream implements Seekable, PositionedReadable {
    private final FSDataInputStream in;

    Watched(FSDataInputStream in) {
      this.in = in;
    }

    @Override
    public int read() throws IOException {
      return watch.get(in::read);
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
      return watch.get(() -> in.read(bytes, from, length));
    }

    @Override
    public int read(long position, byte[] bytes, int from, int length) throws IOException {
      return watch.get(() -> in.read(position, bytes, from, length));
    }

    @Override
    public void readFully(long position, byte[] bytes) throws IOException {
      readFully(position, bytes, 0, bytes.length);
    }

    @Override
    public void readFully(long position, byte[] bytes, int from, int length) throws IOException {
      watch.run(() -> in.readFully(position, bytes, from, length));
    }

    @Override
    public void seek(long position) throws IOException {
      watch.run(() -> in.seek(position));
    }

    @Override
    public long getPos() throws IOException {
      return watch.get(in::getPos);
    }

    @Override
    public boolean seekToNewSource(long position) throws IOException {
      return watch.get(() -> in.seekToNewSource(position));
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
