package scriptorium.job.input.text;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * The lines of a file, as bytes without their line ends, of which "\n" and "\r\n" are known; a byte
 * order mark at the file's start is passed over. Blank lines at the end are left out. A line longer
 * than a limit is passed over and told by {@link #tooLong}. Where the stream breaks, as a cut gzip
 * does, the lines end and {@link #failure} says why. Not thread-safe.
 */
public final class LineReader implements Closeable {
  private static final int BUFFER = 1 << 16;
  private static final byte[] BLANK = {};

  private final InputStream in;
  private final int limit;
  private final byte[] buffer = new byte[BUFFER];
  private int at;
  private int end;
  private long bufferStart;
  private byte[] line = new byte[1 << 10];
  private long number;
  private long start;
  private long blanks;
  private byte[] afterBlanks;
  private boolean tooLong;
  private IOException failure;

  /**
   * Lines from where a stream stands.
   *
   * @param position bytes before it, and {@code lines} before it
   * @param limit bytes of a line at most
   */
  public LineReader(InputStream in, long position, long lines, int limit) {
    this.in = in;
    this.limit = limit;
    bufferStart = position;
    number = lines;
  }

  /** The next line, or null at the end. */
  public byte[] next() {
    if (afterBlanks == null) {
      byte[] read = read();
      while (read != null && read.length == 0 && !tooLong) {
        blanks++;
        read = read();
      }
      if (read == null) {
        return null; // blank lines at the end are left out
      }
      number -= blanks;
      afterBlanks = read;
    } else {
      number++;
    }
    if (blanks > 0) {
      blanks--;
      return BLANK;
    }
    byte[] next = afterBlanks;
    afterBlanks = null;
    return next;
  }

  /** Number of the line that {@link #next} gave last, from 1. */
  public long number() {
    return number;
  }

  /** Where the line that {@link #next} gave last begins, in bytes; -1 where it is a blank one. */
  public long start() {
    return afterBlanks == null ? start : -1;
  }

  /** Whether the line that {@link #next} gave last was longer than the limit. */
  public boolean tooLong() {
    return tooLong && afterBlanks == null;
  }

  /** Why the lines ended early; null where they did not. */
  public IOException failure() {
    return failure;
  }

  /** One line, blank or not; null at the end. */
  private byte[] read() {
    start = bufferStart + at;
    tooLong = false;
    int length = 0;
    while (true) {
      if (at == end && !fill()) {
        break;
      }
      int stop = at;
      while (stop < end && buffer[stop] != '\n') {
        stop++;
      }
      int size = stop - at;
      tooLong |= length + (long) size > limit;
      if (!tooLong) {
        if (length + size > line.length) {
          line = Arrays.copyOf(line, Math.max(2 * line.length, length + size));
        }
        System.arraycopy(buffer, at, line, length, size);
        length += size;
      }
      at = stop;
      if (stop < end) {
        at++;
        number++;
        return content(length);
      }
    }
    if (failure != null || (length == 0 && !tooLong)) {
      return null; // a broken line is part of what was lost
    }
    number++;
    return content(length);
  }

  private byte[] content(int length) {
    if (tooLong) {
      return BLANK;
    }
    int size = length > 0 && line[length - 1] == '\r' ? length - 1 : length;
    byte[] bytes = Arrays.copyOf(line, size);
    if (line.length > 1 << 20 && length < 1 << 18) {
      line = new byte[1 << 10]; // after a huge line
    }
    return bytes;
  }

  private boolean fill() {
    if (failure != null) {
      return false;
    }
    bufferStart += end;
    at = 0;
    end = 0;
    try {
      int read = in.read(buffer, 0, buffer.length);
      end = Math.max(0, read);
      if (bufferStart == 0 && read > 0) {
        end = ByteOrderMark.complete(in, buffer, end);
        at = ByteOrderMark.length(buffer, end);
      }
      return at < end || read > 0 && fill();
    } catch (IOException e) {
      failure = e;
      return false;
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
