package scriptorium.job.base;

/** Texts that every reader can read. */
public final class Texts {
  private Texts() {}

  /** The text with U+FFFD for lone surrogates, which UTF-8 cannot hold. */
  public static String wellFormed(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        StringBuilder repaired = new StringBuilder(text.length());
        text.codePoints()
            .forEach(c -> repaired.appendCodePoint(c >= 0xD800 && c <= 0xDFFF ? 0xFFFD : c));
        return repaired.toString();
      }
    }
    return text;
  }

  /** The first so many characters of a text; no pair of surrogates is cut in two. */
  public static String head(String text, int limit) {
    if (text.length() <= limit) {
      return text;
    }
    boolean pair = limit > 0 && Character.isHighSurrogate(text.charAt(limit - 1));
    return text.substring(0, pair ? limit - 1 : limit);
  }

  /** What an error says, in one line. */
  public static String firstLine(Throwable error) {
    String message = error.getMessage();
    return message == null || message.isBlank()
        ? error.getClass().getSimpleName()
        : message.strip().lines().findFirst().orElseThrow();
  }
}
