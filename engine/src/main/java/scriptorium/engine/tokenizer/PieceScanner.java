package scriptorium.engine.tokenizer;

import scriptorium.engine.text.UnicodeTable;

/**
 * GPT-2's pre-tokenizer as a scanner: {@code 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+|
 * ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+}, without the recursion of a regular expression. Letters, numbers
 * and white space (Unicode's White_Space) are those of {@link UnicodeTable}, not the JDK's.
 */
final class PieceScanner {
  private static final int SPACE = 0;
  private static final int LETTER = 1;
  private static final int NUMBER = 2;
  private static final int OTHER = 3;

  /** Kinds of the first 128 code points. */
  private static final byte[] ASCII = new byte[128];

  static {
    for (int c = 0; c < ASCII.length; c++) {
      ASCII[c] = (byte) kindInTable(c);
    }
  }

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
    return codePoint < ASCII.length ? ASCII[codePoint] : kindInTable(codePoint);
  }

  private static int kindInTable(int codePoint) {
    if (UnicodeTable.isLetter(codePoint)) {
      return LETTER;
    }
    if (UnicodeTable.isWhiteSpace(codePoint)) {
      return SPACE;
    }
    return UnicodeTable.isNumber(codePoint) ? NUMBER : OTHER;
  }
}
