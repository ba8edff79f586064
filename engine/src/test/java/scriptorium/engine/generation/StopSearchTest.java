package scriptorium.engine.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import scriptorium.engine.TestModels;
import scriptorium.engine.tokenizer.BytePairTokenizer;

/** Stop strings against searching the text that is decoded anew after every token. */
class StopSearchTest {
  private static final BytePairTokenizer TOKENIZER = TestModels.tiny().tokenizer();
  private static final String LETTERS = "aab \n\u00e9\u4e2d\ud83d\ude00";

  private record Found(int tokens, Sample.Stop stop) {}

  private static Found search(int[] tokens, List<String> stops) {
    StopSearch search = new StopSearch(TOKENIZER, stops);
    for (int i = 0; i < tokens.length; i++) {
      Sample.Stop stop = search.add(tokens[i]);
      if (stop != null) {
        return new Found(i + 1, stop);
      }
    }
    return new Found(tokens.length, null);
  }

  /** Text of some letters of one to four bytes. */
  private static String text(Random random, int length) {
    int[] all = LETTERS.codePoints().toArray();
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.appendCodePoint(all[random.nextInt(all.length)]);
    }
    return text.toString();
  }

  /** Tokens of a text, of its bytes one by one, or any at all. */
  private static int[] tokens(Random random) {
    String text = text(random, random.nextInt(30));
    return switch (random.nextInt(3)) {
      case 0 -> TOKENIZER.encode(text);
      case 1 -> {
        List<Integer> single = new ArrayList<>();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
          for (int id = 0; id < 256; id++) {
            if (TOKENIZER.decodeBytes(new int[] {id}, 0, 1)[0] == b) {
              single.add(id);
            }
          }
        }
        yield single.stream().mapToInt(i -> i).toArray();
      }
      default -> random.ints(random.nextInt(30), 0, 256).toArray(); // pieces of one byte
    };
  }

  @Test
  void theFirstStopStringOfTheWholeTextIsFound() {
    long seed = 41;
    Random random = new Random(seed);
    int found = 0;
    for (int round = 0; round < 6000; round++) {
      int[] tokens = tokens(random);
      List<String> stops = new ArrayList<>();
      for (int i = random.nextInt(4); i >= 0; i--) {
        stops.add(text(random, 1 + random.nextInt(3)));
      }
      Found actual = search(tokens, stops);
      String which = "seed " + seed + " round " + round + " stops " + stops;
      int count = 0;
      String text = "";
      while (count < tokens.length && stops.stream().noneMatch(text::contains)) {
        count++;
        text = TOKENIZER.decode(tokens, 0, count);
      }
      String last = text;
      String expected =
          stops.stream()
              .filter(last::contains)
              .min((a, b) -> Integer.compare(last.indexOf(a), last.indexOf(b)))
              .orElse(null);
      assertEquals(count, actual.tokens(), which);
      if (expected == null) {
        assertNull(actual.stop(), which);
        continue;
      }
      found++;
      assertNotNull(actual.stop(), which);
      assertEquals(expected, actual.stop().string(), which);
      Sample sample =
          new Sample(
              0,
              false,
              Arrays.copyOf(tokens, count),
              0,
              0,
              1,
              actual.stop(),
              null,
              null,
              null,
              null);
      assertEquals(last.substring(0, last.indexOf(expected)), sample.text(TOKENIZER), which);
    }
    assertTrue(found > 2000, found + " found");
  }

  @Test
  void aStopStringMayLieWithinOneToken() {
    int[] tokens = TOKENIZER.encode(" international");
    assertEquals(1, tokens.length);
    Found found = search(tokens, List.of("nation"));
    assertEquals(new Sample.Stop("nation", 6), found.stop());
  }
}
