package scriptorium.engine.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HexFormat;
import java.util.Locale;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import scriptorium.engine.text.UnicodeTable.Kind;

/**
 * The frozen table against the JDK's, for every code point that both know. Where the JDK knows the
 * table's version alone (25 does), that is every code point.
 */
class UnicodeTableTest {
  /** U+20C1, U+088F, U+A7CE and U+16EA0, U+11DB0, U+323B0: assigned in Unicode 17. */
  private static final int[] LATER = {0x20C1, 0x088F, 0xA7CE, 0x16EA0, 0x11DB0, 0x323B0};

  private static final Pattern WHITE_SPACE =
      Pattern.compile("\\s", Pattern.UNICODE_CHARACTER_CLASS);

  private static final boolean SAME_VERSION = Runtime.version().feature() == 25;

  @Test
  void everyAssignedCodePointHasTheClassOfTheJdk() {
    int known = 0;
    for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
      if (UnicodeTable.isAssigned(c)) {
        assertEquals(ofJdk(c), UnicodeTable.kind(c), HexFormat.of().toHexDigits(c));
        known++;
      }
    }
    // Unicode 16.0.0: 154,998 characters, 65 controls, 2,048 surrogates, 137,468 private ones
    assertEquals("16.0.0", UnicodeTable.VERSION);
    assertEquals(154_998 + 65 + 2_048 + 137_468, known);
  }

  /** A later JDK may know more; the table has not lost one. */
  @Test
  void whatTheJdkDoesNotKnowTheTableDoesNotKnow() {
    int unknown = 0;
    for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
      if (!Character.isDefined(c)) {
        assertEquals(Kind.NONE, UnicodeTable.kind(c), HexFormat.of().toHexDigits(c));
        unknown++;
      } else if (SAME_VERSION) {
        assertTrue(UnicodeTable.isAssigned(c), HexFormat.of().toHexDigits(c));
      }
    }
    assertTrue(unknown > 500_000, unknown + " unknown");
  }

  private static Kind ofJdk(int c) {
    if (WHITE_SPACE.matcher(Character.toString(c)).matches()) {
      return Kind.WHITE_SPACE;
    }
    return switch (Character.getType(c)) {
      case Character.UNASSIGNED -> Kind.NONE;
      case Character.UPPERCASE_LETTER,
          Character.LOWERCASE_LETTER,
          Character.TITLECASE_LETTER,
          Character.MODIFIER_LETTER,
          Character.OTHER_LETTER ->
          Kind.LETTER;
      case Character.DECIMAL_DIGIT_NUMBER -> Kind.DIGIT;
      case Character.LETTER_NUMBER, Character.OTHER_NUMBER -> Kind.OTHER_NUMBER;
      case Character.NON_SPACING_MARK -> Kind.NON_SPACING_MARK;
      default -> Kind.OTHER;
    };
  }

  @Test
  void everyQuestionIsAnsweredAsTheJdkAnswersIt() {
    for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
      if (!UnicodeTable.isAssigned(c)) {
        continue;
      }
      Kind kind = ofJdk(c);
      String shown = HexFormat.of().toHexDigits(c);
      assertEquals(Character.isLetter(c), UnicodeTable.isLetter(c), shown);
      assertEquals(Character.isLetterOrDigit(c), UnicodeTable.isLetterOrDigit(c), shown);
      boolean number = kind == Kind.DIGIT || kind == Kind.OTHER_NUMBER;
      assertEquals(number, UnicodeTable.isNumber(c), shown);
      assertEquals(kind == Kind.NON_SPACING_MARK, UnicodeTable.isNonSpacingMark(c), shown);
      assertEquals(kind == Kind.WHITE_SPACE, UnicodeTable.isWhiteSpace(c), shown);
      String text = Character.toString(c) + "a" + Character.toString(c);
      assertEquals(text.strip(), UnicodeTable.strip(text), shown);
      assertEquals(text.toLowerCase(Locale.ROOT), UnicodeTable.lowerCase(text), shown);
      assertEquals(text, UnicodeTable.withoutUnassigned(text), shown);
    }
  }

  @Test
  void codePointsOfLaterVersionsAreInNoClassWhateverTheJdk() {
    for (int c : LATER) {
      String shown = HexFormat.of().toHexDigits(c);
      assertFalse(UnicodeTable.isAssigned(c), shown);
      assertFalse(UnicodeTable.isLetter(c), shown);
      assertFalse(UnicodeTable.isNumber(c), shown);
      assertFalse(UnicodeTable.isLetterOrDigit(c), shown);
      assertFalse(UnicodeTable.isWhiteSpace(c), shown);
      String text = "A" + Character.toString(c) + "B";
      assertEquals("a" + Character.toString(c) + "b", UnicodeTable.lowerCase(text), shown);
      assertEquals("A\uFFFDB", UnicodeTable.withoutUnassigned(text), shown);
      assertNotEquals(text, UnicodeTable.withoutUnassigned(text), shown);
    }
  }

  /** But for capital sigmas in odd company, of which the next test has the rule. */
  @Test
  void randomTextsAreLoweredAndStrippedAsByAJdkOfTheSameTables() {
    long seed = 5;
    Random random = new Random(seed);
    int[] often = {' ', 0xA0, 0x2003, 0x1F, 'A', 0x396, 0x130, '\'', 0x301, 0xD800, 0xDC00, 0x20C1};
    for (int round = 0; round < 20_000; round++) {
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(12); i > 0; i--) {
        int c =
            random.nextInt(3) > 0
                ? often[random.nextInt(often.length)]
                : random.nextInt(Character.MAX_CODE_POINT + 1);
        if (c != 0x3A3 && (SAME_VERSION || UnicodeTable.isAssigned(c))) {
          text.appendCodePoint(c);
        }
      }
      String given = text.toString();
      String place = "seed " + seed + " round " + round;
      assertEquals(given.toLowerCase(Locale.ROOT), UnicodeTable.lowerCase(given), place);
      assertEquals(given.strip(), UnicodeTable.strip(given), place);
    }
  }

  @Test
  void sigmasAreFinalBehindALetterAndBeforeNone() {
    for (String word :
        new String[] {
          "\u03A3",
          "\u039F\u0394\u039F\u03A3",
          "\u039F\u0394\u039F\u03A3 \u03A3\u0391\u03A3, \u0391\u03A3.",
          "\u03A3\u03A3\u03A3",
          "\u0391\u0301\u03A3\u0301 \u0391",
          "a\u03A3b \u03A3b a\u03A3"
        }) {
      assertEquals(word.toLowerCase(Locale.ROOT), UnicodeTable.lowerCase(word));
    }
    assertEquals("a\u03C2\u20C1", UnicodeTable.lowerCase("a\u03A3\u20C1"));
    assertEquals("\u20C1\u03C3", UnicodeTable.lowerCase("\u20C1\u03A3"));
    assertEquals("\u0301\u03C3", UnicodeTable.lowerCase("\u0301\u03A3"));
  }
}
