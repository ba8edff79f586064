package scriptorium.engine.tokenizer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import scriptorium.engine.text.OneLine;
import scriptorium.engine.tokenizer.AddedTokens.Added;

/**
 * The tokens and merges of a byte-level vocabulary, as in GPT-2's encoder.json and vocab.bpe or in
 * tokenizer.json: token texts are spelled with 256 printable characters, one a byte. Immutable.
 */
final class Vocabulary {
  private static final String END_OF_TEXT = "<|endoftext|>";

  /** Tokens, or merges: GPT-2 has a tenth. Each takes some hundred bytes where its file has six. */
  private static final int MOST = 1 << 19;

  private final byte[][] bytesOfId;
  private final int[] idOfByte = new int[256];
  private final PairTable merges;
  private final AddedTokens added;
  private final AddedTokens plainAdded;
  private final int endOfText;

  private Vocabulary(byte[][] bytesOfId, PairTable merges, List<Added> added, int endOfText) {
    this.bytesOfId = bytesOfId;
    this.merges = merges;
    this.added = new AddedTokens(added);
    plainAdded = new AddedTokens(added.stream().filter(token -> !token.special()).toList());
    this.endOfText = endOfText;
  }

  /** encoder.json and vocab.bpe, whose only special token is {@code <|endoftext|>}. */
  static Vocabulary parse(byte[] vocabularyFile, byte[] mergesFile) {
    Map<String, Integer> ids = readIds(vocabularyFile);
    int end = ids.getOrDefault(END_OF_TEXT, ids.size() - 1);
    return of(
        "encoder.json", ids, readMerges(mergesFile), List.of(new Added(END_OF_TEXT, end, true)));
  }

  /** tokenizer.json, whose added tokens follow on the ids of the others or are among them. */
  static Vocabulary parse(byte[] tokenizerFile) {
    TokenizerJson json = TokenizerJson.parse(tokenizerFile);
    Map<String, Integer> ids = new HashMap<>(json.ids());
    for (Added token : json.added()) {
      Integer other = ids.put(token.text(), token.id());
      if (other != null && other != token.id()) {
        throw refused(
            "Vocabulary: token "
                + token.text()
                + " has the ids "
                + other
                + " and "
                + token.id()
                + ": fetch tokenizer.json again");
      }
    }
    return of("tokenizer.json", ids, json.merges(), json.added());
  }

  /** Merges that are null are lines without a pair. */
  private static Vocabulary of(
      String file, Map<String, Integer> ids, List<String[]> merges, List<Added> added) {
    String[] texts = new String[ids.size()];
    for (Map.Entry<String, Integer> entry : ids.entrySet()) {
      int id = entry.getValue();
      if (id < 0 || id >= texts.length || texts[id] != null) {
        throw refused(
            "Vocabulary: id "
                + id
                + " of token "
                + entry.getKey()
                + " is out of 0.."
                + (texts.length - 1)
                + " or there twice: fetch "
                + file
                + " again");
      }
      texts[id] = entry.getKey();
    }
    int[] byteOfChar = ByteAlphabet.bytesOfChars();
    byte[][] bytes = new byte[texts.length][];
    for (int id = 0; id < texts.length; id++) {
      bytes[id] = spelled(texts[id], byteOfChar);
    }
    Vocabulary vocabulary =
        new Vocabulary(
            bytes, table(merges, ids), added, ids.getOrDefault(END_OF_TEXT, texts.length - 1));
    for (int b = 0; b < 256; b++) {
      Integer id = ids.get(String.valueOf(ByteAlphabet.charOf(b)));
      if (id == null) {
        throw refused("Vocabulary: no token for byte " + b + ": fetch " + file + " again");
      }
      vocabulary.idOfByte[b] = id;
    }
    return vocabulary;
  }

  /**
   * Refuses more tokens or merges than any GPT-2 has.
   *
   * @param where they are, and {@code what} they are, for the message
   */
  static void checkCount(String where, String what, int count) {
    if (count > MOST) {
      throw refused(
          where
              + ": "
              + count
              + " "
              + what
              + " are more than "
              + MOST
              + ", ten times as many as GPT-2 has: give a GPT-2 tokenizer");
    }
  }

  private static Map<String, Integer> readIds(byte[] file) {
    Map<String, Integer> ids = new HashMap<>();
    try (JsonParser json = new JsonFactory().createParser(file)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw refused("Vocabulary: no JSON object of tokens: fetch encoder.json again");
      }
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String text = json.currentName();
        if (json.nextToken() != JsonToken.VALUE_NUMBER_INT) {
          throw refused(
              "Vocabulary: token " + text + " has no whole number: fetch encoder.json again");
        }
        if (ids.put(text, json.getIntValue()) != null) {
          throw refused("Vocabulary: token " + text + " is there twice: fetch encoder.json again");
        }
        checkCount("Vocabulary", "tokens", ids.size());
      }
      if (json.currentToken() != JsonToken.END_OBJECT || ids.isEmpty()) {
        throw refused("Vocabulary: the object of tokens is cut short: fetch encoder.json again");
      }
    } catch (IOException e) {
      IllegalArgumentException refused =
          refused("Vocabulary: no valid JSON (" + firstLine(e) + "): fetch encoder.json again");
      refused.initCause(e);
      throw refused;
    }
    return ids;
  }

  private static IllegalArgumentException refused(String message) {
    return new IllegalArgumentException(OneLine.of(message));
  }

  private static String firstLine(IOException e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("unknown");
  }

  /**
   * The bytes that a token's text spells; UTF-8 of the text where it is not in the byte alphabet,
   * as special tokens are.
   */
  private static byte[] spelled(String text, int[] byteOfChar) {
    byte[] bytes = new byte[text.length()];
    for (int i = 0; i < bytes.length; i++) {
      char c = text.charAt(i);
      if (c >= byteOfChar.length || byteOfChar[c] < 0) {
        return text.getBytes(StandardCharsets.UTF_8);
      }
      bytes[i] = (byte) byteOfChar[c];
    }
    return bytes;
  }

  private static List<String[]> readMerges(byte[] file) {
    String text = new String(file, StandardCharsets.UTF_8);
    List<String[]> merges = new ArrayList<>();
    int pairs = 0;
    for (int i = 0, start = 0; start <= text.length(); i++) {
      int newLine = text.indexOf('\n', start);
      int end = newLine < 0 ? text.length() : newLine;
      boolean isReturned = end > start && text.charAt(end - 1) == '\r';
      String line = text.substring(start, isReturned ? end - 1 : end);
      start = end + 1;
      if (line.isEmpty() || (i == 0 && line.startsWith("#version"))) {
        merges.add(null);
        continue;
      }
      int space = line.indexOf(' ');
      if (space <= 0 || space != line.lastIndexOf(' ') || space == line.length() - 1) {
        throw refused("Merges: line " + (i + 1) + " is no pair: fetch vocab.bpe again");
      }
      merges.add(new String[] {line.substring(0, space), line.substring(space + 1)});
      pairs++;
      checkCount("Merges", "merges", pairs);
    }
    return merges;
  }

  private static PairTable table(List<String[]> merges, Map<String, Integer> ids) {
    PairTable table = new PairTable((int) merges.stream().filter(Objects::nonNull).count());
    int rank = 0;
    for (int i = 0; i < merges.size(); i++) {
      String[] pair = merges.get(i);
      if (pair == null) {
        continue;
      }
      Integer left = ids.get(pair[0]);
      Integer right = ids.get(pair[1]);
      Integer merged = ids.get(pair[0] + pair[1]);
      if (left == null || right == null || merged == null) {
        throw refused(
            "Merges: line "
                + (i + 1)
                + " merges tokens that the vocabulary lacks: take both files from one model");
      }
      table.put(left, right, rank, merged);
      rank++;
    }
    return table;
  }

  int size() {
    return bytesOfId.length;
  }

  int endOfText() {
    return endOfText;
  }

  byte[] bytes(int id) {
    return bytesOfId[id];
  }

  int idOfByte(int b) {
    return idOfByte[b];
  }

  /** Added tokens, special ones among them. */
  AddedTokens added() {
    return added;
  }

  /** Added tokens that are not special. */
  AddedTokens plainAdded() {
    return plainAdded;
  }

  boolean hasTokensOf(Vocabulary other) {
    return Arrays.deepEquals(bytesOfId, other.bytesOfId);
  }

  PairTable merges() {
    return merges;
  }
}
