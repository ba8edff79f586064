package scriptorium.job.input.text;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import scriptorium.job.input.format.Content;
import scriptorium.job.input.format.InputFormat;

/** Which dialects of CSV records show. {@code -Dfuzz.rounds=100000} for more. */
class DialectsTest {
  private static final int ROUNDS = Integer.getInteger("fuzz.rounds", 3000);
  private static final long SEED = 31;
  private static final String[] LETTERS = {"a", "\"", "\\", ",", "\n", "\r\n", "'", "\u00e9"};

  private final Random random = new Random(SEED);

  /** In the table, {@code ~} is a line end. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "text~a~b~                               | ",
        "text~\"a, b\"~\"\"~                     | ",
        "n,text~1,\"a \"\"b\"\" c\"~             | CSV",
        "n,text~1,\"a \\\"b\\\" c\"~             | SPARK_CSV",
        "n,text~1,\"\\\"b\\\"\"~                 | SPARK_CSV",
        "n,text~1,\"\\\"\"~                      | SPARK_CSV",
        "n,text~1,\"\"\"\"~                      | CSV",
        "n,text~1,\"C:\\\"~2,\"b\"~              | CSV",
        "n,text~1,\"C:\\\\\"~2,\"b\"~            | ",
        "n,text~1,\"a, \\n b\"~                  | ",
        "n,text~1,\"{\"\"a\"\": \"\"\\\"\"b\\\"\"\"\"}\"~ | CSV",
        "n,\"a \\\"text\\\"\"~1,b~               | SPARK_CSV",
        "n,text~1,\"a \"\"b\"\"\"~1,\"a \\\"b\\\" c\"~ | CSV SPARK_CSV",
        "n,text~1,\"a\" b~2,c~                   | ",
        "n,text~1,\"never closed~2,c~            | ",
        "n,text~1,\"never \\\"closed~2,c~        | "
      })
  void areTheseOfTheirQuotes(String content, String dialects) {
    Set<InputFormat> expected = EnumSet.noneOf(InputFormat.class);
    if (dialects != null) {
      Arrays.stream(dialects.split(" ")).map(InputFormat::valueOf).forEach(expected::add);
    }
    byte[] bytes = content.strip().replace('~', '\n').getBytes(UTF_8);
    assertEquals(expected, Dialects.shown(new Content(bytes, true), InputFormat.CSV).dialects());
  }

  private String text() {
    StringBuilder text = new StringBuilder();
    int length = random.nextInt(12);
    for (int i = 0; i < length; i++) {
      text.append(LETTERS[random.nextInt(LETTERS.length)]);
    }
    return text.toString();
  }

  private String cell(String text, InputFormat dialect) {
    boolean quoted = text.matches("(?s).*[\",\r\n].*") || random.nextInt(4) == 0;
    if (!quoted) {
      return text;
    }
    return '"'
        + (dialect == InputFormat.CSV
            ? text.replace("\"", "\"\"")
            : text.replace("\\", "\\\\").replace("\"", "\\\""))
        + '"';
  }

  @Test
  void goodRecordsNeverShowTheOtherDialectWhereverTheyAreCut() {
    int shown = 0;
    for (int round = 0; round < ROUNDS; round++) {
      InputFormat dialect = random.nextBoolean() ? InputFormat.CSV : InputFormat.SPARK_CSV;
      StringBuilder content = new StringBuilder("a,b\n");
      int rows = random.nextInt(12);
      for (int row = 0; row < rows; row++) {
        content.append(cell(text(), dialect)).append(',').append(cell(text(), dialect));
        content.append(random.nextBoolean() ? "\n" : "\r\n");
      }
      byte[] bytes = content.toString().getBytes(UTF_8);
      String what = "round " + round + " " + dialect + ": " + content;
      Set<InputFormat> whole = Dialects.shown(new Content(bytes, true), InputFormat.CSV).dialects();
      assertTrue(Set.of(dialect).containsAll(whole), what);
      shown += whole.size();
      byte[] cut = Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
      assertTrue(
          whole.containsAll(Dialects.shown(new Content(cut, false), InputFormat.CSV).dialects()),
          what);
    }
    assertTrue(shown > ROUNDS * 3 / 4, shown + " of " + ROUNDS + " were told");
  }
}
