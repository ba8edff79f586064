package scriptorium.job.input.text;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;

/**
 * The bytes of a content one by one, with the line they stand in; a byte order mark at the file's
 * start is passed over. Where the stream breaks, as a cut gzip does, the bytes end and {@link
 * #failure} says why. Not thread-safe.
 */
public final class ByteSource implements Closeable {
  /** What stands for a byte behind the last. */
  public static final int END = -1;

  private final InputStream in;
  private final byte[] buffer = new byte[1 << 16];
  private int at;
  private int end;
  private long bufferStart;
  private long line;
  private IOException failure;

  /**
   * Bytes from where a stream stands.
   *
   * @param position bytes before it, and {@code lines} before it
   */
  public ByteSource(InputStream in, long position, long lines) {
    this.in = in;
    bufferStart = position;
    line = lines + 1;
    if (position == 0) {
      passMark();
    }
  }

  private void passMark() {
    fill();
    try {
      end = failure == null ? ByteOrderMark.complete(in, buffer, end) : end;
    } catch (IOException e) {
      failure = e;
    }
    at = ByteOrderMark.length(buffer, end);
  }

  /** The next byte, or {@link #END}. */
  int next() {
    int next = peek();
    if (next != END) {
      at++;
      line += next == '\n' ? 1 : 0;
    }
    return next;
  }

  /** The byte that {@link #next} will give. */
  int peek() {
    return at < end || fill() ? buffer[at] & 0xff : END;
  }

  /** Bytes before the next one. */
  long position() {
    return bufferStart + at;
  }

  /** The line of the next byte, from 1. */
  long line() {
    return line;
  }

  /** Why the bytes ended early; null where they did not. */
  String failure() {
    return failure == null ? null : failure.getMessage();
  }

  private boolean fill() {
    if (failure != null) {
      return false;
    }
    bufferStart += end;
    at = 0;
    end = 0;
    try {
      end = Math.max(0, in.read(buffer, 0, buffer.length));
    } catch (IOException e) {
      failure = e;
    }
    return end > 0;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
