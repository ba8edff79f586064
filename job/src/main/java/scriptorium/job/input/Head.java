package scriptorium.job.input;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.apache.hadoop.conf.Configuration;
import scriptorium.job.input.format.Content;

/**
 * The first bytes of a file, unpacked.
 *
 * @param whole whether these are all; not where the file is damaged behind them
 */
record Head(byte[] bytes, boolean whole) {
  /**
   * Reads a file's head.
   *
   * @param most bytes at most
   * @throws IOException if not a byte can be unpacked
   */
  static Head of(InputFile file, int most, Configuration conf) throws IOException {
    byte[] head = new byte[most];
    int size = 0;
    boolean end = false;
    try (InputStream in = file.content(0, conf)) {
      while (size < head.length && !end) {
        int read = in.read(head, size, head.length - size);
        end = read < 0;
        size += Math.max(0, read);
      }
    } catch (IOException e) {
      if (size == 0) {
        throw e;
      }
    }
    return new Head(Arrays.copyOf(head, size), end);
  }

  Content content() {
    return new Content(bytes, whole);
  }
}
