package scriptorium.engine.text;

import java.util.Arrays;

/**
 * Letters, numbers and white space as one version of Unicode has them, whatever the JDK's tables
 * say: tokens and keys of texts follow from it, so a newer JDK must not change them. Code points
 * that this version does not assign are in no class. Stateless, thread-safe.
 */
public final class UnicodeTable {
  /** The version of Unicode. */
  public static final String VERSION = UnicodeRanges.VERSION;

  /** A class of code points, in the order of the letters in {@link UnicodeRanges}. */
  enum Kind {
    /** Not assigned. */
    NONE,
    /** General category L. */
    LETTER,
    /** General category Nd. */
    DIGIT,
    /** General categories Nl and No. */
    OTHER_NUMBER,
    /** General category Mn. */
    NON_SPACING_MARK,
    /** The property White_Space. */
    WHITE_SPACE,
    /** Every other assigned code point, surrogates too. */
    OTHER
  }

  private static final String LETTERS_OF_KINDS = " LDNMSO";
  private static final byte LETTER = (byte) Kind.LETTER.ordinal();
  private static final byte DIGIT = (byte) Kind.DIGIT.ordinal();
  private static final byte OTHER_NUMBER = (byte) Kind.OTHER_NUMBER.ordinal();
  private static final byte WHITE_SPACE = (byte) Kind.WHITE_SPACE.ordinal();
  private static final int CAPITAL_SIGMA = 0x3A3;
  private static final int CAPITAL_I_WITH_DOT = 0x130;
  private static final int PAGE_BITS = 8;
  private static final int PAGE = 1 << PAGE_BITS;

  /** Kinds of 256 code points each; pages of one kind alone are shared. */
  private static final byte[][] PAGES = pages();

  private UnicodeTable() {}

  private static byte[][] pages() {
    byte[] kinds = new byte[Character.MAX_CODE_POINT + 1];
    for (String range : UnicodeRanges.RANGES.split("\\s+")) {
      int dash = range.indexOf('-');
      int first = Integer.parseInt(range, 1, dash < 0 ? range.length() : dash, 16);
      int last = dash < 0 ? first : Integer.parseInt(range, dash + 1, range.length(), 16);
      Arrays.fill(kinds, first, last + 1, (byte) LETTERS_OF_KINDS.indexOf(range.charAt(0)));
    }
    byte[][] shared = new byte[LETTERS_OF_KINDS.length()][];
    for (byte kind = 0; kind < shared.length; kind++) {
      shared[kind] = new byte[PAGE];
      Arrays.fill(shared[kind], kind);
    }
    byte[][] pages = new byte[kinds.length / PAGE][];
    for (int i = 0; i < pages.length; i++) {
      byte[] page = Arrays.copyOfRange(kinds, i * PAGE, (i + 1) * PAGE);
      byte[] uniform = shared[page[0]];
      pages[i] = Arrays.equals(page, uniform) ? uniform : page;
    }
    return pages;
  }

  private static byte of(int codePoint) {
    return PAGES[codePoint >> PAGE_BITS][codePoint & PAGE - 1];
  }

  /** The class of a code point in 0..0x10FFFF. */
  static Kind kind(int codePoint) {
    return Kind.values()[of(codePoint)];
  }

  /** Whether a code point in 0..0x10FFFF is assigned. */
  public static boolean isAssigned(int codePoint) {
    return of(codePoint) != 0;
  }

  /** Whether a code point is a letter: {@code \p{L}}. */
  public static boolean isLetter(int codePoint) {
    return of(codePoint) == LETTER;
  }

  /** Whether a code point is a number, of any script and kind: {@code \p{N}}. */
  public static boolean isNumber(int codePoint) {
    byte kind = of(codePoint);
    return kind == DIGIT || kind == OTHER_NUMBER;
  }

  /** Whether a code point is a letter or a decimal digit: {@code [\p{L}\p{Nd}]}. */
  public static boolean isLetterOrDigit(int codePoint) {
    byte kind = of(codePoint);
    return kind == LETTER || kind == DIGIT;
  }

  /** Whether a code point is a mark that takes no room of its own: {@code \p{Mn}}. */
  public static boolean isNonSpacingMark(int codePoint) {
    return of(codePoint) == Kind.NON_SPACING_MARK.ordinal();
  }

  /** Whether a code point has the property White_Space, no-break spaces too. */
  public static boolean isWhiteSpace(int codePoint) {
    return of(codePoint) == WHITE_SPACE;
  }

  /** White space as {@link Character#isWhitespace} has it: it breaks lines, or separates. */
  private static boolean isBreaking(int c) {
    return c >= 0x1C && c <= 0x1F
        || isWhiteSpace(c) && c != 0x85 && c != 0xA0 && c != 0x2007 && c != 0x202F;
  }

  /** The text without the white space at its ends, as {@link String#strip} takes it off. */
  public static String strip(String text) {
    int start = 0;
    int end = text.length();
    // Every such character is a single char.
    while (start < end && isBreaking(text.charAt(start))) {
      start++;
    }
    while (start < end && isBreaking(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(start, end);
  }

  /**
   * The text in lower case, in no language: as {@link String#toLowerCase} but for two things. Code
   * points that are not assigned stay; those that are keep their lower case in later versions of
   * Unicode, whose pairs of case are stable. A capital sigma is a final one where a letter stands
   * before it and none behind, marks passed over, which takes no word breaks of the JDK.
   */
  public static String lowerCase(String text) {
    StringBuilder lower = new StringBuilder(text.length() + 8);
    for (int at = 0; at < text.length(); ) {
      int c = text.codePointAt(at);
      int next = at + Character.charCount(c);
      if (c == CAPITAL_SIGMA) {
        lower.append(isFinal(text, at, next) ? '\u03C2' : '\u03C3');
      } else if (c == CAPITAL_I_WITH_DOT) {
        lower.append("i\u0307");
      } else {
        lower.appendCodePoint(isAssigned(c) ? Character.toLowerCase(c) : c);
      }
      at = next;
    }
    return lower.toString();
  }

  private static boolean isFinal(String text, int start, int end) {
    int before = start;
    int c = ' ';
    while (before > 0) {
      c = text.codePointBefore(before);
      before -= Character.charCount(c);
      if (!isNonSpacingMark(c)) {
        break;
      }
    }
    if (!isLetter(c)) {
      return false;
    }
    int after = end;
    while (after < text.length() && isNonSpacingMark(text.codePointAt(after))) {
      after += Character.charCount(text.codePointAt(after));
    }
    return after == text.length() || !isLetter(text.codePointAt(after));
  }

  /** The text with U+FFFD for every code point that is not assigned. */
  public static String withoutUnassigned(String text) {
    if (text.codePoints().allMatch(UnicodeTable::isAssigned)) {
      return text;
    }
    StringBuilder known = new StringBuilder(text.length());
    text.codePoints().forEach(c -> known.appendCodePoint(isAssigned(c) ? c : 0xFFFD));
    return known.toString();
  }
}
