package scriptorium.job.parquet;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Function;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.io.SeekableInputStream;
import scriptorium.job.base.InputException;
import scriptorium.job.base.ReadWatch;

/**
 * A Parquet file that tells what is wrong in it from what the file system fails at: the former
 * becomes error rows, the latter must not, as it is gone at the next attempt. Not thread-safe.
 */
public final class StoredFile implements org.apache.parquet.io.InputFile {
  private final String path;
  private final Function<IOException, InputException> refusal;
  private final HadoopInputFile file;
  private final ReadWatch watch = new ReadWatch();

  /**
   * Opens a file.
   *
   * @param refusal what is thrown where the file system fails
   * @throws InputException where the file system does not give it
   */
  public StoredFile(
      String path, Configuration conf, Function<IOException, InputException> refusal) {
    this.path = path;
    this.refusal = refusal;
    try {
      file = HadoopInputFile.fromPath(new Path(path), conf);
    } catch (IOException e) {
      throw refusal.apply(e);
    }
  }

  /**
   * To be called where reading failed.
   *
   * @throws InputException where it was the file system that did
   */
  public void throwItsFailure() {
    if (watch.failure() != null) {
      throw refusal.apply(watch.failure());
    }
  }

  /** Where it lies, as it is called in messages. */
  public String path() {
    return path;
  }

  @Override
  public long getLength() {
    return file.getLength();
  }

  @Override
  public SeekableInputStream newStream() throws IOException {
    return watch.get(() -> new Watched(file.newStream()));
  }

  @Override
  public String toString() {
    return file.toString();
  }

  private final class Watched extends SeekableInputStream {
    private final SeekableInputStream in;

    Watched(SeekableInputStream in) {
      this.in = in;
    }

    @Override
    public long getPos() throws IOException {
      return watch.get(in::getPos);
    }

    @Override
    public void seek(long position) throws IOException {
      watch.run(() -> in.seek(position));
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
    public int read(ByteBuffer buffer) throws IOException {
      return watch.get(() -> in.read(buffer));
    }

    @Override
    public void readFully(byte[] bytes) throws IOException {
      readFully(bytes, 0, bytes.length);
    }

    @Override
    public void readFully(byte[] bytes, int from, int length) throws IOException {
      watch.run(() -> in.readFully(bytes, from, length));
    }

    @Override
    public void readFully(ByteBuffer buffer) throws IOException {
      watch.run(() -> in.readFully(buffer));
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
