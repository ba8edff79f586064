package scriptorium.job.input.text;

import java.io.ByteArrayInputStream;
import java.util.EnumSet;
import java.util.Set;
import scriptorium.job.input.format.Content;
import scriptorium.job.input.format.InputFormat;

/**
 * Tells of some records how quotes are written within their quoted cells: doubled, as RFC 4180 has
 * it, or behind backslashes, as Spark does. Reads them in both dialects, side by side, from one
 * place where records of both begin to the next: where one dialect finds only good records on the
 * way and the other a bad one, the former is shown. So a file of good records never shows the wrong
 * dialect, and one that could be of both shows none. Not thread-safe.
 */
public final class Dialects {
  private final int size;
  private final boolean whole;
  private final Way plain;
  private final Way other;

  private Dialects(byte[] head, boolean whole, InputFormat format) {
    size = head.length;
    this.whole = whole;
    plain = new Way(head, format);
    other = new Way(head, format.otherDialect());
  }

  /** The records as one dialect has them. */
  private static final class Way {
    private final InputFormat dialect;
    private final DelimitedRecords records;
    private int columns;
    private boolean bad;
    private boolean escapesOutside;

    Way(byte[] head, InputFormat dialect) {
      this.dialect = dialect;
      records =
          new DelimitedRecords(
              new ByteSource(new ByteArrayInputStream(head), 0, 0),
              dialect,
              Math.max(1, head.length));
    }

    void step() {
      if (!records.next()) {
        return; // blank lines at the end
      }
      int cells = records.cells().size();
      columns = columns == 0 ? cells : columns;
      bad |= records.error() != null || cells != columns;
      escapesOutside |= records.escapesOutside();
    }
  }

  /**
   * What a file shows.
   *
   * @param dialects those of which it has good records that the other has not
   * @param escapesOutside whether cells without quotes have escapes too, which neither writes
   */
  public record Shown(Set<InputFormat> dialects, boolean escapesOutside) {}

  /**
   * The dialects that a file shows.
   *
   * @param content the file's; where its head is not the whole, the last record is cut and tells
   *     nothing
   * @param format one of the two dialects
   */
  public static Shown shown(Content content, InputFormat format) {
    Dialects dialects = new Dialects(content.head(), content.whole(), format);
    return new Shown(dialects.shown(), dialects.escapesOutside());
  }

  private boolean escapesOutside() {
    return plain.escapesOutside && other.escapesOutside;
  }

  private Set<InputFormat> shown() {
    Set<InputFormat> shown = EnumSet.noneOf(InputFormat.class);
    while (plain.records.end() < size || other.records.end() < size) {
      Way behind = plain.records.end() <= other.records.end() ? plain : other;
      behind.step();
      if (!whole && behind.records.end() == size) {
        return shown;
      }
      if (plain.records.end() == other.records.end()) {
        if (plain.bad != other.bad) {
          shown.add(plain.bad ? other.dialect : plain.dialect);
        }
        plain.bad = false;
        other.bad = false;
      }
    }
    return shown;
  }
}
