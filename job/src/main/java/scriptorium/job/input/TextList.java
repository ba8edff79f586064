package scriptorium.job.input;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Texts one after the other as UTF-8, for a broadcast. Grows; not thread-safe while it does. */
final class TextList implements Serializable {
  private static final long serialVersionUID = 1;

  private byte[] bytes = new byte[1 << 12];
  private int[] ends = new int[1 << 10];
  private int size;

  /** The bytes of all texts. */
  long length() {
    return size == 0 ? 0 : ends[size - 1];
  }

  void add(byte[] text) {
    int start = (int) length();
    if (size == ends.length) {
      ends = Arrays.copyOf(ends, size * 2);
    }
    if (text.length > bytes.length - start) {
      long wanted = Math.max(2L * bytes.length, (long) start + text.length);
      bytes = Arrays.copyOf(bytes, (int) Math.min(wanted, Integer.MAX_VALUE - 8));
    }
    System.arraycopy(text, 0, bytes, start, text.length);
    ends[size] = start + text.length;
    size++;
  }

  /** Gives back what was set aside for more. */
  TextList trimmed() {
    bytes = Arrays.copyOf(bytes, (int) length());
    ends = Arrays.copyOf(ends, size);
    return this;
  }

  String get(int index) {
    int start = index == 0 ? 0 : ends[index - 1];
    return new String(bytes, start, ends[index] - start, StandardCharsets.UTF_8);
  }
}
