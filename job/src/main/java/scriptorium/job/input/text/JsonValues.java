package scriptorium.job.input.text;

import java.io.Closeable;
import java.io.IOException;

/**
 * The values of a JSON content, as bytes: the elements of its one array, or values one after the
 * other. Only where each ends is found out here, so that a bad one leaves the next one whole. Not
 * thread-safe.
 */
public final class JsonValues implements Closeable {
  private final ByteSource source;
  private final Cell value;
  private boolean begun;
  private boolean array;
  private boolean ended;
  private boolean tooLong;
  private long line;
  private String failure;

  /**
   * Values from where a source stands.
   *
   * @param limit bytes of a value at most
   */
  public JsonValues(ByteSource source, int limit) {
    this.source = source;
    value = new Cell(limit);
  }

  /** The next value; null at the end. */
  public byte[] next() {
    if (!toValue()) {
      return null;
    }
    line = source.line();
    boolean whole =
        switch (source.peek()) {
          case '{', '[' -> nested();
          case '"' -> string();
          default -> word();
        };
    tooLong = value.tooLong();
    byte[] bytes = value.take();
    if (whole) {
      return bytes;
    }
    fail("a value has no end");
    return null;
  }

  /** Goes to where the next value begins; false at the end. */
  private boolean toValue() {
    boolean first = !begun;
    if (first) {
      begun = true;
      passSpace();
      array = source.peek() == '[';
      if (array) {
        source.next();
      }
    }
    passSpace();
    if (ended || failure != null) {
      return false;
    }
    if (source.peek() == ByteSource.END) {
      if (array) {
        fail("the array has no end");
      }
      return false;
    }
    return !array || toElement(first);
  }

  private boolean toElement(boolean first) {
    if (source.peek() == ']') {
      source.next();
      ended = true;
      passSpace();
      if (source.peek() != ByteSource.END) {
        fail("text behind the array");
      }
      return false;
    }
    if (!first) {
      if (source.peek() != ',') {
        fail("no comma between elements");
        return false;
      }
      source.next();
      passSpace();
    }
    if (source.peek() == ByteSource.END || source.peek() == ',' || source.peek() == ']') {
      fail("an element is missing");
      return false;
    }
    return true;
  }

  private void fail(String what) {
    failure = source.failure() != null ? source.failure() : what + " at line " + source.line();
  }

  private void passSpace() {
    while (isSpace(source.peek())) {
      source.next();
    }
  }

  private static boolean isSpace(int one) {
    return one == ' ' || one == '\n' || one == '\r' || one == '\t';
  }

  private boolean nested() {
    int depth = 0;
    do {
      int next = source.peek();
      if (next == ByteSource.END) {
        return false;
      }
      if (next == '"') {
        if (!string()) {
          return false;
        }
        continue;
      }
      depth += next == '{' || next == '[' ? 1 : next == '}' || next == ']' ? -1 : 0;
      value.add(source.next());
    } while (depth > 0);
    return true;
  }

  private boolean string() {
    value.add(source.next());
    while (true) {
      int next = source.next();
      if (next == ByteSource.END) {
        return false;
      }
      value.add(next);
      if (next == '"') {
        return true;
      }
      if (next == '\\' && source.peek() != ByteSource.END) {
        value.add(source.next());
      }
    }
  }

  /** A number, true, or anything else: all up to what ends it, one byte at least. */
  private boolean word() {
    do {
      value.add(source.next());
    } while (source.peek() != ByteSource.END
        && !isSpace(source.peek())
        && ",]}{[\"".indexOf(source.peek()) < 0);
    return source.failure() == null;
  }

  /** Whether the value that {@link #next} gave last was longer than the limit. */
  public boolean tooLong() {
    return tooLong;
  }

  /** The line in which that value begins, from 1. */
  public long line() {
    return line;
  }

  /** Why the values ended early; null where they did not. */
  public String failure() {
    return failure == null ? source.failure() : failure;
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
