package scriptorium.engine.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class OneLineTest {
  @Test
  void whatIsSeenStaysAndWhatMovesTheCursorDoesNot() {
    assertEquals(
        "Caf\u00e9 \u4e2d \uD83D\uDE80, 'x'", OneLine.of("Caf\u00e9 \u4e2d \uD83D\uDE80, 'x'"));
    assertEquals("a?b??c?[2J?d?e?", OneLine.of("a\nb\r\nc\u001b[2J\u2028d\u202ee\ud800"));
    assertEquals("", OneLine.of(""));
  }

  @Test
  void aLongMessageKeepsItsBeginningAndItsEnd() {
    String line = OneLine.of("File x: " + "y".repeat(1 << 20) + ": fetch it again");
    assertTrue(line.startsWith("File x: yyy") && line.endsWith("yyy: fetch it again"), line);
    assertTrue(line.length() < 1200, line);
  }
}
