package scriptorium.engine.text;

/**
 * Messages that quote files, whose names and values may be anything: one line that a terminal can
 * show. Stateless, thread-safe.
 */
public final class OneLine {
  private static final int LIMIT = 1200;
  private static final int HEAD = 800;
  private static final int TAIL = 300;

  private OneLine() {}

  /**
   * The message with a question mark for every character that moves the cursor or cannot be seen,
   * and, where it is longer than a screen, without its middle: the place stands first and the
   * remedy last.
   */
  public static String of(String message) {
    String said = message == null ? "Nothing is said of it" : message;
    String text =
        said.length() <= LIMIT
            ? said
            : said.substring(0, HEAD) + " ... " + said.substring(said.length() - TAIL);
    StringBuilder line = new StringBuilder(text.length());
    text.codePoints().forEach(c -> line.appendCodePoint(isShown(c) ? c : '?'));
    return line.toString();
  }

  /**
   * Whether a character can be seen, and moves and reorders nothing. Messages stand in data sets
   * too: characters that {@link UnicodeTable} lacks are not shown, whatever the JDK knows of them.
   */
  public static boolean isShown(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      default -> UnicodeTable.isAssigned(c);
    };
  }
}
