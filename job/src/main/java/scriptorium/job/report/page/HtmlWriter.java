package scriptorium.job.report.page;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;

/**
 * Writes HTML that is well-formed XML too. All text and attributes are escaped; only {@link #raw}
 * takes markup. Not thread-safe.
 */
final class HtmlWriter {
  private static final Set<String> EMPTY = Set.of("meta", "br", "hr");

  private final StringBuilder out = new StringBuilder(1 << 16);
  private final Deque<String> open = new ArrayDeque<>();

  /**
   * Opens an element.
   *
   * @param attributes names, each with its value behind it; those whose value is null are left out
   */
  HtmlWriter open(String tag, String... attributes) {
    out.append('<').append(tag);
    for (int i = 0; i < attributes.length; i += 2) {
      if (attributes[i + 1] != null) {
        out.append(' ').append(attributes[i]).append("=\"");
        out.append(HtmlText.plain(attributes[i + 1])).append('"');
      }
    }
    if (EMPTY.contains(tag)) {
      out.append("/>");
    } else {
      out.append('>');
      open.push(tag);
    }
    return this;
  }

  /** Closes the element that was opened last. */
  HtmlWriter close() {
    String tag = open.pop();
    out.append("</").append(tag).append('>');
    return this;
  }

  /** Closes it, and ends the line: between blocks, where a line end is no text. */
  HtmlWriter closeLine() {
    close();
    out.append('\n');
    return this;
  }

  /** Text. */
  HtmlWriter text(String text) {
    HtmlText.append(out, text);
    return this;
  }

  /** An element of text in which none may stand: labels are characters in it. */
  HtmlWriter plain(String tag, String text, String... attributes) {
    open(tag, attributes);
    out.append(HtmlText.plain(text));
    return close();
  }

  /** A text of others', which must not reorder what stands beside it. */
  HtmlWriter isolated(String text) {
    return element("bdi", text);
  }

  /** An element that holds text alone. */
  HtmlWriter element(String tag, String text, String... attributes) {
    return open(tag, attributes).text(text).close();
  }

  /** A paragraph of our own words. */
  HtmlWriter paragraph(String text, String... attributes) {
    return open("p", attributes).text(text).closeLine();
  }

  /** Markup of our own. */
  HtmlWriter raw(String markup) {
    out.append(markup);
    return this;
  }

  /** The document. */
  @Override
  public String toString() {
    if (!open.isEmpty()) {
      throw new IllegalStateException("Not closed: " + open);
    }
    return out.toString();
  }
}
