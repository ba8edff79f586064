package scriptorium.job.input.text;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/** The mark of UTF-8 that may stand at a file's start, and is no text. */
final class ByteOrderMark {
  private static final byte[] BYTES = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};

  private ByteOrderMark() {}

  /**
   * Reads on until a mark could be told.
   *
   * @param end how many bytes of the file's start are in the buffer
   * @return how many there are then
   */
  static int complete(InputStream in, byte[] buffer, int end) throws IOException {
    int read = end < BYTES.length ? in.readNBytes(buffer, end, BYTES.length - end) : 0;
    return end + read;
  }

  /** The length of the mark that a buffer begins with, 0 for none. */
  static int length(byte[] buffer, int end) {
    return end >= BYTES.length && Arrays.equals(buffer, 0, BYTES.length, BYTES, 0, BYTES.length)
        ? BYTES.length
        : 0;
  }
}
