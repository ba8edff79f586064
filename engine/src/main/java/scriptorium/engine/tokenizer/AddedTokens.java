package scriptorium.engine.tokenizer;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Tokens that stand in a text as a whole and are found before it is cut into pieces: the leftmost
 * first, the longest of those that begin at one place. Immutable.
 */
final class AddedTokens {
  private final Map<Character, List<Added>> byFirst = new HashMap<>();

  /** An added token. */
  record Added(String text, int id, boolean special) {}

  /** A token at a place of a text. */
  record Found(int start, Added token) {}

  /** Of those given, the last one of a text counts. */
  AddedTokens(List<Added> tokens) {
    Map<String, Added> byText = new HashMap<>();
    for (Added token : tokens) {
      if (!token.text.isEmpty()) {
        byText.put(token.text, token);
      }
    }
    for (Added token : byText.values()) {
      byFirst.computeIfAbsent(token.text.charAt(0), first -> new ArrayList<>()).add(token);
    }
    for (List<Added> longestFirst : byFirst.values()) {
      longestFirst.sort(
          Comparator.comparingInt((Added token) -> -token.text.length())
              .thenComparing(Added::text));
    }
  }

  /** The next token at or behind a place, null for none. */
  Found find(String text, int from) {
    if (byFirst.isEmpty()) {
      return null;
    }
    for (int at = from; at < text.length(); at++) {
      List<Added> candidates = byFirst.get(text.charAt(at));
      if (candidates != null) {
        for (Added token : candidates) {
          if (text.startsWith(token.text, at)) {
            return new Found(at, token);
          }
        }
      }
    }
    return null;
  }
}
