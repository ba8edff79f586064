package scriptorium.job.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class InfoCommandTest {
  private static String info(String... arguments) {
    PrintStream before = System.out;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    try {
      assertEquals(0, new CommandLine(new InfoCommand()).execute(arguments));
    } finally {
      System.setOut(before);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static List<Long> numbers(String text, String pattern) {
    Matcher found = Pattern.compile(pattern).matcher(text);
    assertTrue(found.find(), text);
    return Pattern.compile("\\d[\\d,]*")
        .matcher(found.group(1))
        .results()
        .map(number -> Long.parseLong(number.group().replace(",", "")))
        .toList();
  }

  @Test
  void memoryIsThatOfTheParts() {
    String said = info("books-8M");
    long weights = numbers(said, "weights ([\\d,]+) MiB").getFirst();
    for (int sequences : new int[] {32, 128, 256}) {
      List<Long> row = numbers(said, "(?m)^ *" + sequences + " sequences(.*)$");
      long keysAndValues = 2L * 512 * 6 * 256 * sequences; // context, layers, width
      assertEquals(keysAndValues * 4 >> 20, row.get(0), said);
      assertEquals(weights + row.get(0) + 512, row.get(1), said);
      assertEquals(row.get(0) / 2, row.get(2), said);
      assertEquals(weights + row.get(2) + 512, row.get(3), said);
    }
  }

  @Test
  void theMemoryOfASmallModelHasADecimal() {
    Path model =
        Path.of(
            System.getProperty("scriptorium.home"),
            "engine/src/test/resources/checkpoints/finetuned");
    String said = info(model.toString());
    Matcher row =
        Pattern.compile("(?m)^ *32 sequences +(\\d+\\.\\d) MiB +(\\d+) MiB +(\\d+\\.\\d) MiB")
            .matcher(said);
    assertTrue(row.find(), said);
    assertTrue(
        said.matches("(?s).*weights \\d\\.\\d MiB, KV cache, and 512 MiB of the JVM.*"), said);
    assertFalse(said.matches("(?s).* 0(\\.0)? MiB.*"), said);
  }

  @Test
  void longerSamplesAreSlower() {
    String said = info("books-8M", "--measure");
    List<Long> limits = numbers(said, "tokens/s on .*: at most (.*)");
    assertTrue(limits.get(2) < limits.getFirst(), said);
    assertTrue(numbers(said, "measured here: ([\\d,]+) tokens/s").getFirst() > 0, said);
  }
}
