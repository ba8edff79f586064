package scriptorium.job.input.format;

import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import scriptorium.job.base.Texts;
import scriptorium.job.base.UserException;

/**
 * Unpacked content in which all damage is an {@link IOException}, with words that are the same at
 * each reading: they stand in rows. What the file system fails at is a {@link UserException} by
 * then, and stays one.
 */
final class UnpackedStream extends FilterInputStream {
  /** What a library has unpacked when it finds damage is lost: no more than this is asked for. */
  private static final int PIECE = 512;

  private final String codec;

  UnpackedStream(InputStream in, String codec) {
    super(in);
    this.codec = codec;
  }

  /** What is told of damage that a library found in its own way. */
  static IOException damage(Exception e, String codec) {
    if (e instanceof UserException users) {
      throw users;
    }
    String what =
        e instanceof EOFException
            ? "it ends too early"
            : e instanceof IOException ? Texts.firstLine(e) : "no valid " + codec + " data";
    return new IOException(what, e);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int from, int length) throws IOException {
    try {
      return super.read(bytes, from, Math.min(length, PIECE));
    } catch (IOException | RuntimeException e) {
      throw damage(e, codec);
    }
  }

  @Override
  public void close() throws IOException {
    try {
      super.close();
    } catch (RuntimeException e) { // of a stream that was damaged
      throw damage(e, codec);
    }
  }
}
