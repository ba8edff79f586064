package scriptorium.job.input;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import scriptorium.job.base.InputException;
import scriptorium.job.input.format.Codec;
import scriptorium.job.input.format.InputFormat;
import scriptorium.job.row.InputColumns;
import scriptorium.job.row.InputRow;

/**
 * A file of texts on any Hadoop file system.
 *
 * @param path where it lies, local or a URI
 * @param format how it holds rows
 * @param codec how its bytes are compressed
 * @param partitions columns that the names of its folders tell, as Hive has them: {@code year=2020}
 */
public record InputFile(
    String path, InputFormat format, Codec codec, SequencedMap<String, String> partitions)
    implements Serializable {
  /** A file whose folders tell no columns. */
  public InputFile(String path, InputFormat format, Codec codec) {
    this(path, format, codec, new LinkedHashMap<>());
  }

  InputFile withPartitions(SequencedMap<String, String> found) {
    return new InputFile(path, format, codec, found);
  }

  InputFile withFormat(InputFormat found) {
    return new InputFile(path, found, codec, partitions);
  }

  static FileSystem fileSystem(Path path, Configuration conf) throws IOException {
    FileSystem found = path.getFileSystem(conf);
    return found instanceof LocalFileSystem local ? local.getRawFileSystem() : found;
  }

  /**
   * The first rows.
   *
   * @throws InputException where the file cannot be opened
   */
  public List<InputRow> head(int rows, InputColumns columns, Configuration conf) {
    List<InputRow> head = new ArrayList<>();
    try (InputReader reader = InputReader.open(this, columns, InputScan.BEGIN, conf)) {
      for (InputRow row = reader.next(); row != null && head.size() < rows; row = reader.next()) {
        head.add(row);
      }
    } catch (IOException e) {
      throw cannotBeRead(e);
    }
    return head;
  }

  /** The bytes as they are stored. */
  InputStream raw(Configuration conf) throws IOException {
    return fileSystem(new Path(path), conf).open(new Path(path));
  }

  /**
   * The content from a byte on; only a file that is not compressed can be entered further on.
   *
   * @throws IOException if the bytes do not begin as those of the codec
   * @throws InputException where the file system does not give them
   */
  InputStream content(long from, Configuration conf) throws IOException {
    return codec.open(stored(from, conf));
  }

  /** As {@link #content}, with damage at its first bytes as damage of the first reading. */
  InputStream contentOrDamage(long from, Configuration conf) {
    try {
      return content(from, conf);
    } catch (IOException e) {
      return new BrokenStream(e);
    }
  }

  private InputStream stored(long from, Configuration conf) {
    try {
      FSDataInputStream in = fileSystem(new Path(path), conf).open(new Path(path));
      in.seek(from);
      return new Watched(in);
    } catch (IOException e) {
      throw cannotBeRead(e);
    }
  }

  /**
   * Tells what the file system fails at from damage of compressed data: that becomes an error row,
   * the former must not, as it is gone at the next attempt.
   */
  private final class Watched extends FilterInputStream {
    Watched(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      try {
        return super.read();
      } catch (IOException e) {
        throw cannotBeRead(e);
      }
    }

    @Override
    public int read(byte[] bytes, int start, int length) throws IOException {
      try {
        return super.read(bytes, start, length);
      } catch (IOException e) {
        throw cannotBeRead(e);
      }
    }

    @Override
    public boolean markSupported() {
      return false;
    }
  }

  /** A stream that fails at once. */
  private static final class BrokenStream extends InputStream {
    private final IOException failure;

    BrokenStream(IOException failure) {
      this.failure = failure;
    }

    @Override
    public int read() throws IOException {
      throw failure;
    }
  }

  /** What is told where the file system does not give the file. */
  InputException cannotBeRead(IOException e) {
    return cannotBeRead(path, e);
  }

  static InputException cannotBeRead(String path, Exception e) {
    return new InputException("Input " + path + " cannot be read: " + e.getMessage(), e);
  }
}
