package scriptorium.job.avro;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/** Bytes of a container file, with their place in it. Not thread-safe. */
final class AvroBytes {
  private final InputStream in;
  private long offset;

  AvroBytes(InputStream in, long offset) {
    this.in = in;
    this.offset = offset;
  }

  long offset() {
    return offset;
  }

  /** The next byte, or -1 at the end. */
  int next() throws IOException {
    int read = in.read();
    offset += read < 0 ? 0 : 1;
    return read;
  }

  /** A whole number in zigzag form. */
  long whole() throws IOException {
    return whole(next());
  }

  /** The same, whose first byte is known. */
  long whole(int first) throws IOException {
    long value = 0;
    int one = first;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      if (one < 0) {
        throw new EOFException();
      }
      value |= (one & 0x7fL) << shift;
      if (one < 0x80) {
        return value >>> 1 ^ -(value & 1);
      }
      one = next();
    }
    throw new IOException("a number is too long");
  }

  /** So many bytes; takes memory for those that are there, whatever the number says. */
  byte[] exactly(long size) throws IOException {
    if (size < 0 || size > Integer.MAX_VALUE - 8) {
      throw new IOException("a size that it cannot have");
    }
    byte[] bytes = in.readNBytes((int) size);
    offset += bytes.length;
    if (bytes.length < size) {
      throw new EOFException();
    }
    return bytes;
  }
}
