package scriptorium.engine.generation;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import scriptorium.engine.tokenizer.BytePairTokenizer;

/**
 * Looks for stop strings in the tokens of one sequence as they are drawn. Bytes are compared: UTF-8
 * tells where characters begin, so that a string stands in the bytes where, and only where, it
 * stands in the text. Used by one thread at a time.
 */
final class StopSearch {
  private final BytePairTokenizer tokenizer;
  private final List<String> stops;
  private final byte[][] patterns;
  private byte[] text = new byte[256];
  private int length;

  StopSearch(BytePairTokenizer tokenizer, List<String> stops) {
    this.tokenizer = tokenizer;
    this.stops = stops;
    patterns = new byte[stops.size()][];
    for (int i = 0; i < patterns.length; i++) {
      patterns[i] = stops.get(i).getBytes(StandardCharsets.UTF_8);
    }
  }

  /**
   * Adds the text of a token to what was added before.
   *
   * @return the stop string that begins first in the whole, of those that begin together the first
   *     given; null if no stop string occurs
   */
  Sample.Stop add(int token) {
    byte[] more = tokenizer.decodeBytes(new int[] {token}, 0, 1);
    int before = length;
    if (length + more.length > text.length) {
      text = Arrays.copyOf(text, Math.max(text.length * 2, length + more.length));
    }
    System.arraycopy(more, 0, text, length, more.length);
    length += more.length;
    Sample.Stop first = null;
    for (int i = 0; i < patterns.length; i++) {
      int at = find(patterns[i], Math.max(0, before - patterns[i].length + 1));
      if (at >= 0 && (first == null || at < first.textBytes())) {
        first = new Sample.Stop(stops.get(i), at);
      }
    }
    return first;
  }

  private int find(byte[] pattern, int from) {
    for (int at = from; at <= length - pattern.length; at++) {
      if (Arrays.equals(text, at, at + pattern.length, pattern, 0, pattern.length)) {
        return at;
      }
    }
    return -1;
  }
}
