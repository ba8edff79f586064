package scriptorium.engine.tokenizer;

/**
 * GPT-2's pre-tokenizer as a scanner: {@code 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+|
 * ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+}, without the recursion of a regular expression. White space is
 * Unicode's White_Space.
 */
final class PieceScanner {
  private static final int SPACE = 0;
  private static final int LETTER = 1;
  private static final int NUMBER = 2;
  private static final int OTHER = 3;

  private PieceScanner() {}

  /** End of the piece that begins at {@code start}, which is before the end of the text. */
  static int end(String text, int start) {
    int contraction = contraction(text, start);
    if (contraction > 0) {
      return start + contraction;
    }
    int first = text.codePointAt(start);
    int from = start;
    if (first == ' ' && start + 1 < text.length()) {
      int kind = kind(text.codePointAt(start + 1));
      if (kind != SPACE) {
        return run(text, start + 1, kind);
      }
    } else {
      int kind = kind(first);
      if (kind != SPACE) {
        return run(text, from, kind);
      }
    }
    int end = run(text, start, SPACE);
    if (end == text.length()) {
      return end;
    }
    int last = text.offsetByCodePoints(end, -1);
    return last > start ? last : end;
  }

  private static int run(String text, int start, int kind) {
    int at = start;
    while (at < text.length()) {
      int codePoint = text.codePointAt(at);
      if (kind(codePoint) != kind) {
        break;
      }
      at += Character.charCount(codePoint);
    }
    return at;
  }

  private static int contraction(String text, int start) {
    if (text.charAt(start) != '\'' || start + 1 == text.length()) {
      return 0;
    }
    switch (text.charAt(start + 1)) {
      case 's', 't', 'm', 'd':
        return 2;
      case 'r', 'v':
        return start + 2 < text.length() && text.charAt(start + 2) == 'e' ? 3 : 0;
      case 'l':
        return start + 2 < text.length() && text.charAt(start + 2) == 'l' ? 3 : 0;
      default:
        return 0;
    }
  }

  private static int kind(int codePoint) {
    if (isSpace(codePoint)) {
      return SPACE;
    }
    if (Character.isLetter(codePoint)) {
      return LETTER;
    }
    int type = Character.getType(codePoint);
    boolean number =
        type == Character.DECIMAL_DIGIT_NUMBER
            || type == Character.LETTER_NUMBER
            || type == Character.OTHER_NUMBER;
    return number ? NUMBER : OTHER;
  }

  private static boolean isSpace(int c) {
    return c == ' '
        || (c >= 0x09 && c <= 0x0D)
        || c == 0x85
        || c == 0xA0
        || c == 0x1680
        || (c >= 0x2000 && c <= 0x200A)
        || c == 0x2028
        || c == 0x2029
        || c == 0x202F
        || c == 0x205F
        || c == 0x3000;
  }
}
