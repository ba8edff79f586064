package scriptorium.job.input.format;

import java.io.IOException;
import java.io.InputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;

/** Zlib data; what stands behind its end is damage. Not thread-safe. */
final class DeflateStream extends InflaterInputStream {
  private static final int BUFFER = 1 << 16;
  private final Inflater inflater;

  DeflateStream(InputStream in) {
    this(in, new Inflater());
  }

  private DeflateStream(InputStream in, Inflater inflater) {
    super(in, inflater, BUFFER);
    this.inflater = inflater;
  }

  @Override
  public int read(byte[] bytes, int from, int length) throws IOException {
    int read = super.read(bytes, from, length);
    if (read < 0 && (inflater.getRemaining() > 0 || in.read() >= 0)) {
      throw new IOException("data behind the end of its zlib stream");
    }
    return read;
  }

  @Override
  public void close() throws IOException {
    inflater.end();
    super.close();
  }
}
