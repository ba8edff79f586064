package scriptorium.engine.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scriptorium.engine.TestModels;

class BytePairTokenizerTest {
  private static final Path FILES = TestModels.home().resolve("datasets/gpt2-tokenizer");
  private static final BytePairTokenizer TOKENIZER = BytePairTokenizer.load(FILES);
  private static final ObjectMapper JSON = new ObjectMapper();
  @TempDir Path folder;

  @Test
  void awkwardStringsHaveTheReferenceIds() throws Exception {
    JsonNode golden =
        JSON.readTree(
            TestModels.home()
                .resolve("engine/src/test/resources/golden/tokenizer.golden.json")
                .toFile());
    assertTrue(golden.size() >= 54);
    for (JsonNode entry : golden) {
      String text = entry.get("text").asText();
      assertArrayEquals(
          JSON.convertValue(entry.get("ids"), int[].class), TOKENIZER.encode(text), text);
      if (entry.has("ids_special_parsed")) {
        assertArrayEquals(
            JSON.convertValue(entry.get("ids_special_parsed"), int[].class),
            TOKENIZER.encodeWithSpecials(text),
            text);
      }
    }
  }

  @Test
  void randomStringsComeBack() {
    long seed = 3;
    Random random = new Random(seed);
    for (int round = 0; round < 3000; round++) {
      StringBuilder text = new StringBuilder();
      int length = random.nextInt(200);
      for (int i = 0; i < length; i++) {
        int c =
            random.nextInt(
                switch (random.nextInt(4)) {
                  case 0 -> 0x80;
                  case 1 -> 0x500;
                  case 2 -> 0xD800;
                  default -> 0x110000;
                });
        text.appendCodePoint(c >= 0xD800 && c < 0xE000 ? ' ' : c);
      }
      assertEquals(
          text.toString(),
          TOKENIZER.decode(TOKENIZER.encode(text.toString())),
          "seed " + seed + " round " + round);
    }
  }

  @Test
  void everyIdDecodesAndACutCharacterIsReplaced() {
    for (int id = 0; id < TOKENIZER.vocabSize(); id++) {
      assertTrue(TOKENIZER.decodeBytes(new int[] {id}, 0, 1).length > 0, "id " + id);
    }
    int[] ids = TOKENIZER.encode("\uD83D\uDE80");
    assertTrue(ids.length > 1);
    assertEquals("\uFFFD", TOKENIZER.decode(ids, 0, 1));
    assertEquals(50257, TOKENIZER.vocabSize());
    assertEquals(50256, TOKENIZER.endOfText());
    assertEquals("<|endoftext|>", TOKENIZER.decode(new int[] {50256}));
  }

  /** Letters, numbers and an upper case of Unicode 17: other characters, whatever the JDK. */
  @Test
  void whatALaterUnicodeCallsALetterIsNone() {
    for (String later : List.of("\u088F", "\uA7CE", "\uD81B\uDEA0", "\uD807\uDDE0")) {
      int length = later.length();
      assertEquals(1, PieceScanner.end("a" + later + "b", 0), later);
      assertEquals(1 + length, PieceScanner.end("a" + later + "b", 1), later);
      assertEquals(1 + length, PieceScanner.end(" " + later + "7", 0), later);
      assertEquals(length + 2, PieceScanner.end(later + "?!7", 0), later);
    }
  }

  @Test
  void loneSurrogatesCountAsReplacementCharacters() {
    assertArrayEquals(TOKENIZER.encode("a\uFFFDb"), TOKENIZER.encode("a\uD800b"));
  }

  @Test
  void aLongWordMergesAsItsShortForm() {
    String word = "ab".repeat(31);
    int[] ids = TOKENIZER.encode(word);
    int[] bytes = new int[word.length()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = TOKENIZER.encode(word.substring(i, i + 1))[0];
    }
    assertTrue(ids.length < bytes.length);
    String huge = "x".repeat(1_000_000);
    assertEquals(huge, TOKENIZER.decode(TOKENIZER.encode(huge)));
    // Just below and above the length at which the queue takes over, with the same tail.
    for (int length = 60; length < 70; length++) {
      String text = "quick".repeat(20).substring(0, length);
      assertEquals(text, TOKENIZER.decode(TOKENIZER.encode(text)));
    }
  }

  @Test
  void otherNamesOfTheFilesGiveTheSameIds() throws Exception {
    Files.copy(FILES.resolve("encoder.json"), folder.resolve("vocab.json"));
    Files.copy(FILES.resolve("vocab.bpe"), folder.resolve("merges.txt"));
    String text = "It was the best of times, it was the worst of times";
    assertArrayEquals(TOKENIZER.encode(text), BytePairTokenizer.load(folder).encode(text));
  }

  @Test
  void damagedFilesAreNamed() throws Exception {
    byte[] vocabulary = Files.readAllBytes(FILES.resolve("encoder.json"));
    byte[] merges = Files.readAllBytes(FILES.resolve("vocab.bpe"));
    check("No tokenizer", () -> BytePairTokenizer.load(folder));
    check("no valid JSON", () -> BytePairTokenizer.fromBytes(bytes("{\"a\": "), merges));
    check("out of 0..", () -> BytePairTokenizer.fromBytes(bytes("{\"a\": 1, \"b\": 1}"), merges));
    check("no whole number", () -> BytePairTokenizer.fromBytes(bytes("{\"a\": \"x\"}"), merges));
    check(
        "line 2 is no pair",
        () -> BytePairTokenizer.fromBytes(vocabulary, bytes("#version: 0.2\nabc\n")));
    check(
        "vocabulary lacks",
        () -> BytePairTokenizer.fromBytes(vocabulary, bytes("#version: 0.2\nzq zq\n")));
    check("no token for byte", () -> BytePairTokenizer.fromBytes(bytes("{\"a\": 0}"), bytes("")));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void check(String expected, org.junit.jupiter.api.function.Executable action) {
    String message = assertThrows(IllegalArgumentException.class, action).getMessage();
    assertTrue(message.contains(expected), message);
  }
}
