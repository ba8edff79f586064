package scriptorium.job.report.page;

import java.util.Locale;
import scriptorium.engine.text.OneLine;

/**
 * Others' text as XHTML. Nothing in it becomes markup, and characters that cannot be seen, that
 * reorder a line or that no document may hold become small labels such as U+202E. Stateless.
 */
final class HtmlText {
  private HtmlText() {}

  /** Appends a text as the content of an element. */
  static void append(StringBuilder out, String text) {
    for (int at = 0; at < text.length(); ) {
      int c = text.codePointAt(at);
      at += Character.charCount(c);
      if (isShown(c)) {
        escape(out, c);
      } else {
        out.append("<i class=\"u\">").append(label(c)).append("</i>");
      }
    }
  }

  /** A text as the value of an attribute, or where only characters may stand. */
  static String plain(String text) {
    StringBuilder out = new StringBuilder(text.length() + 16);
    for (int at = 0; at < text.length(); ) {
      int c = text.codePointAt(at);
      at += Character.charCount(c);
      if (c == '\n' || c == '\t') {
        out.append(' ');
      } else if (isShown(c)) {
        escape(out, c);
      } else {
        out.append('[').append(label(c)).append(']');
      }
    }
    return out.toString();
  }

  private static void escape(StringBuilder out, int c) {
    switch (c) {
      case '&' -> out.append("&amp;");
      case '<' -> out.append("&lt;");
      case '>' -> out.append("&gt;");
      case '"' -> out.append("&quot;");
      case '\'' -> out.append("&#39;");
      default -> out.appendCodePoint(c);
    }
  }

  private static String label(int c) {
    return String.format(Locale.ROOT, "U+%04X", c);
  }

  private static boolean isShown(int c) {
    return c == '\n' || c == '\t' || OneLine.isShown(c);
  }
}
