package scriptorium.engine.tokenizer;

import java.nio.charset.StandardCharsets;

/**
 * UTF-8 with U+FFFD for lone surrogates, where {@link String#getBytes} would write a question mark.
 */
final class Utf8 {
  private Utf8() {}

  static byte[] bytes(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        boolean pair =
            Character.isHighSurrogate(c)
                && i + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(i + 1));
        if (!pair) {
          return repaired(text).getBytes(StandardCharsets.UTF_8);
        }
        i++;
      }
    }
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String repaired(String text) {
    StringBuilder repaired = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c ->
                repaired.appendCodePoint(
                    c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? 0xFFFD : c));
    return repaired.toString();
  }
}
