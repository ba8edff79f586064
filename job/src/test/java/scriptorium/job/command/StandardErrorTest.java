package scriptorium.job.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where no control sequences are written. */
class StandardErrorTest {
  @ParameterizedTest
  @CsvSource({"TERM, dumb, true", "NO_COLOR, 1, true", "NO_COLOR, '', false", "TERM, xterm, false"})
  void aDumbTerminalAndNoColorHavePlainLines(String variable, String value, boolean plain) {
    assertEquals(plain, StandardError.isPlain(Map.of(variable, value)));
  }
}
