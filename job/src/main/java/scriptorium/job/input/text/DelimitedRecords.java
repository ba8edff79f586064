package scriptorium.job.input.text;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import scriptorium.job.input.format.InputFormat;

/**
 * Records of cells as RFC 4180 has them: a cell that begins with a quote goes to the next single
 * quote, and holds delimiters, line ends and doubled quotes; line ends are "\n" and "\r\n"; blank
 * lines are passed over. In Spark's dialect a backslash stands before each quote and backslash of a
 * quoted cell, and other backslashes are text; quotes are not doubled. Unlike the parsers of Spark
 * and pandas it takes no open quote and no text behind a quote in silence: such a record is bad,
 * and the next line begins another. Not thread-safe.
 */
public final class DelimitedRecords implements Closeable {
  private final ByteSource source;
  private final InputFormat format;
  private final char delimiter;
  private final Cell cell;
  private final int limit;
  private List<byte[]> cells = List.of();
  private long length;
  private String error;
  private boolean hasOtherQuotes;
  private boolean escapesOutside;
  private long start;
  private long line;

  /**
   * Records from where a source stands.
   *
   * @param format delimited; tells the delimiter, and how quotes within cells are written
   * @param limit bytes of a record at most
   */
  public DelimitedRecords(ByteSource source, InputFormat format, int limit) {
    this.source = source;
    this.format = format;
    delimiter = format.delimiter();
    this.limit = limit;
    cell = new Cell(limit);
  }

  /** Goes to the next record; false at the end. */
  public boolean next() {
    passBlankLines();
    start = source.position();
    line = source.line();
    cells = new ArrayList<>();
    length = 0;
    error = null;
    hasOtherQuotes = false;
    escapesOutside = false;
    if (source.peek() == ByteSource.END) {
      return false;
    }
    while (source.peek() == '"' ? quoted() : plain()) {
      length++; // a delimiter
    }
    return source.failure() == null; // a broken record is part of what was lost
  }

  private void passBlankLines() {
    while (source.peek() == '\n' || source.peek() == '\r') {
      if (source.next() == '\r' && source.peek() != '\n') {
        cell.add('\r'); // it begins a cell
        return;
      }
    }
  }

  /** Reads a cell without quotes; true if another one follows. */
  private boolean plain() {
    int last = 0;
    while (true) {
      int next = source.next();
      escapesOutside |= last == '\\' && (next == '\\' || next == '"' || next == delimiter);
      last = next;
      if (next == ByteSource.END || next == '\n' || next == delimiter) {
        return end(next);
      }
      if (next != '\r' || source.peek() != '\n') {
        cell.add(next);
      }
    }
  }

  /** Reads a cell in quotes; true if another one follows. */
  private boolean quoted() {
    source.next();
    int last = '"';
    while (true) {
      int next = source.next();
      boolean otherQuote =
          next == '"' && (format.escapesByBackslash() ? source.peek() == '"' : last == '\\');
      hasOtherQuotes |= otherQuote;
      last = next;
      if (next == ByteSource.END) {
        error = "a quote that is not closed: the rest of the file is in it";
        return end(next);
      }
      if (isEscape(next)) {
        cell.add(source.next());
      } else if (next == '"') {
        return behindQuote();
      } else {
        cell.add(next);
      }
    }
  }

  /** Whether a byte of a quoted cell only says that the next one is text. */
  private boolean isEscape(int one) {
    int next = source.peek();
    return format.escapesByBackslash()
        ? one == '\\' && (next == '"' || next == '\\')
        : one == '"' && next == '"';
  }

  private boolean behindQuote() {
    int next = source.next();
    if (next == '\r' && source.peek() == '\n') {
      next = source.next();
    }
    if (next == ByteSource.END || next == '\n' || next == delimiter) {
      return end(next);
    }
    error =
        "text behind a quoted cell: quotes within a cell "
            + (format.escapesByBackslash() ? "stand behind a backslash" : "are doubled");
    while (next != '\n' && next != ByteSource.END) {
      next = source.next();
    }
    return end(next);
  }

  private boolean end(int last) {
    length += cell.size();
    if (cell.tooLong() || length > limit) {
      error = "longer than " + limit + " bytes";
      cells.clear();
      cell.take();
    } else {
      cells.add(cell.take());
    }
    return last == delimiter;
  }

  /** The cells of the record. */
  public List<byte[]> cells() {
    return cells;
  }

  /** What is wrong with the record; null for nothing. */
  public String error() {
    return error;
  }

  /**
   * What helps a bad record whose quotes are of the other dialect, to be told behind its error;
   * empty if they are not.
   */
  public String remedy() {
    if (!hasOtherQuotes) {
      return "";
    }
    return (format.escapesByBackslash()
            ? "; if quotes within cells are doubled, give --input-format "
            : "; if Spark wrote the file, give --input-format ")
        + format.otherDialect().word();
  }

  /**
   * Whether a cell without quotes has a backslash before a backslash, a quote or a delimiter: Spark
   * writes backslashes there as they are, Python's csv module with an escapechar does not.
   */
  boolean escapesOutside() {
    return escapesOutside;
  }

  /** Where the next record begins, or the blank lines before it. */
  long end() {
    return source.position();
  }

  /** Where the record begins, in bytes. */
  public long start() {
    return start;
  }

  /** The line in which the record begins, from 1. */
  public long line() {
    return line;
  }

  /** Why the records ended early; null where they did not. */
  public String failure() {
    return source.failure();
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
