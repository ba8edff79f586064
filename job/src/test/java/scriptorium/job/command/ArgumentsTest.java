package scriptorium.job.command;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Arguments that the locale has damaged are refused, others are not. */
class ArgumentsTest {
  @TempDir Path folder;

  private Path commandLine(byte[] bytes) throws Exception {
    return Files.write(folder.resolve("cmdline"), bytes);
  }

  @Test
  void onlyUtf8TakesLettersBeyondAscii() throws Exception {
    Path line = commandLine("java\0x\0".getBytes(StandardCharsets.UTF_8));
    assertNull(Arguments.wrong(StandardCharsets.US_ASCII, line, "report", "what?"));
    assertNull(Arguments.wrong(StandardCharsets.UTF_8, line, "report", "Gr\u00fc\u00dfe \u20ac"));
    for (String argument : new String[] {"Gr\ufffd\ufffde", "Gr\u00c3\u00bc"}) {
      String wrong = Arguments.wrong(StandardCharsets.US_ASCII, line, "report", argument);
      assertTrue(wrong.contains("export LC_ALL=C.UTF-8"), wrong);
    }
  }

  @Test
  void aReplacementCharacterIsAnArgumentAndBytesThatAreNoUtf8AreNot() throws Exception {
    String argument = "--stop=\ufffd";
    byte[] given = (argument + "\0").getBytes(StandardCharsets.UTF_8);
    assertNull(Arguments.wrong(StandardCharsets.UTF_8, commandLine(given), argument));
    byte[] latin = "--stop=\u00fc\0".getBytes(StandardCharsets.ISO_8859_1);
    String wrong = Arguments.wrong(StandardCharsets.UTF_8, commandLine(latin), argument);
    assertTrue(wrong.contains("is not in UTF-8"), wrong);
    assertNull(Arguments.wrong(StandardCharsets.UTF_8, folder.resolve("none"), argument));
  }
}
