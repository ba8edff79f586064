package scriptorium.job.input.text;

import java.util.Arrays;

/** Bytes that are put together up to a limit; what is more is not kept. Not thread-safe. */
final class Cell {
  private static final int KEPT = 1 << 20;
  private final int limit;
  private byte[] bytes = new byte[1 << 10];
  private int size;
  private boolean tooLong;

  Cell(int limit) {
    this.limit = limit;
  }

  void add(int one) {
    if (size == limit) {
      tooLong = true;
      return;
    }
    if (size == bytes.length) {
      bytes = Arrays.copyOf(bytes, (int) Math.min(limit, 2L * size));
    }
    bytes[size] = (byte) one;
    size++;
  }

  int size() {
    return size;
  }

  boolean tooLong() {
    return tooLong;
  }

  /** The bytes so far; begins anew. */
  byte[] take() {
    byte[] taken = Arrays.copyOf(bytes, size);
    size = 0;
    tooLong = false;
    if (bytes.length > KEPT) {
      bytes = new byte[1 << 10]; // after a huge one
    }
    return taken;
  }
}
