package scriptorium.engine.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scriptorium.engine.Mutations;
import scriptorium.engine.TestModels;

/**
 * Tokenizer files that somebody damaged, by chance or to do harm: each pair is read, and then
 * encodes and decodes every text, or is refused in one line. {@code -Dfuzz.rounds=100000} for more.
 */
class TokenizerFuzzTest {
  private static final int ROUNDS = Integer.getInteger("fuzz.rounds", 3000);
  private static final long SEED = 29;
  private static final String TEXT = "the then \u00e9\n" + "thethen".repeat(12);
  private static final String MERGES =
      "#version: 0.2\nt h\nth e\n\u0120 the\nthe n\n\u0120the n\nh e\n";
  @TempDir Path folder;

  private static String vocabulary(String... more) {
    ObjectNode ids = new ObjectMapper().createObjectNode();
    for (int b = 0; b < 256; b++) {
      ids.put(String.valueOf(ByteAlphabet.charOf(b)), b);
    }
    for (String token : more) {
      ids.put(token, ids.size());
    }
    return ids.toString();
  }

  private static String vocabulary() {
    return vocabulary("th", "the", "\u0120the", "then", "\u0120then", "he", "<|endoftext|>");
  }

  @Test
  void theFilesToBeDamagedAreSound() {
    BytePairTokenizer tokenizer = BytePairTokenizer.fromBytes(bytes(vocabulary()), bytes(MERGES));
    assertArrayEquals(new int[] {257, 260}, tokenizer.encode("the then"));
    assertEquals(262, tokenizer.endOfText());
  }

  @Test
  void vocabularies() throws Exception {
    Mutations mutations = new Mutations(new Random(SEED));
    byte[] good = bytes(vocabulary());
    byte[] merges = bytes(MERGES);
    for (int round = 0; round < ROUNDS; round++) {
      read(round, mutations.json(good), merges);
    }
  }

  @Test
  void merges() throws Exception {
    Mutations mutations = new Mutations(new Random(SEED));
    byte[] vocabulary = bytes(vocabulary());
    byte[] good = bytes(MERGES);
    for (int round = 0; round < ROUNDS; round++) {
      read(round, vocabulary, mutations.bytes(good));
    }
  }

  @Test
  void tokenizerFiles() throws Exception {
    Mutations mutations = new Mutations(new Random(SEED));
    byte[] good =
        Files.readAllBytes(
            TestModels.home()
                .resolve("engine/src/test/resources/checkpoints/finetuned/tokenizer.json"));
    int refused = 0;
    for (int round = 0; round < ROUNDS; round++) {
      byte[] bad = mutations.json(good);
      try {
        BytePairTokenizer tokenizer = BytePairTokenizer.of(List.of(bad));
        assertEquals(TEXT, tokenizer.decode(tokenizer.encode(TEXT)));
        tokenizer.encodeWithSpecials(TEXT);
      } catch (IllegalArgumentException e) {
        assertRefusal(e);
        refused++;
      } catch (RuntimeException | Error e) {
        fail("seed " + SEED + " round " + round, e);
      }
    }
    assertTrue(refused > ROUNDS / 10, refused + " refused of " + ROUNDS);
  }

  private static void read(int round, byte[] vocabulary, byte[] merges) throws Exception {
    try {
      BytePairTokenizer tokenizer = BytePairTokenizer.fromBytes(vocabulary, merges);
      assertEquals(TEXT, tokenizer.decode(tokenizer.encode(TEXT)));
    } catch (IllegalArgumentException e) {
      assertRefusal(e);
    } catch (RuntimeException | Error e) {
      Path kept = Files.createTempDirectory("fuzz-");
      Files.write(kept.resolve("encoder.json"), vocabulary);
      Files.write(kept.resolve("vocab.bpe"), merges);
      fail("seed " + SEED + " round " + round + ", kept in " + kept, e);
    }
  }

  @Test
  void idsThatAreNegativeDoubledOrGappedAreRefused() {
    String good = vocabulary();
    refuse(good.replace("\"th\":256", "\"th\":-1"), MERGES, "id -1 of token th is out of 0..262");
    refuse(good.replace("\"th\":256", "\"th\":257"), MERGES, "or there twice");
    refuse(good.replace("\"th\":256", "\"th\":263"), MERGES, "id 263 of token th is out of");
    refuse(good.replace("\"th\":256", "\"th\":2147483647"), MERGES, "id 2147483647");
    refuse(good.replace("\"th\":256", "\"th\":2147483648"), MERGES, "no valid JSON");
    refuse(good.replace("\"th\":256", "\"th\":1e999"), MERGES, "has no whole number");
    refuse(good.replace("\"th\":256", "\"th\":256,\"th\":256"), MERGES, "token th is there twice");
    refuse(good.replace("\"th\":256", "\"th\":" + "[".repeat(100_000)), MERGES, "no whole number");
    refuse(good.replace("\"th\":256", "\"a\\n\\u001bb\":[]"), MERGES, "token a??b has no");
    refuse(good.replace("\"th\"", "\"" + "th".repeat(20_000) + "\""), MERGES, "Merges: line 2");
    refuse("", MERGES, "no JSON object of tokens");
    refuse("{}", MERGES, "is cut short");
    refuse("[".repeat(100_000), MERGES, "no JSON object of tokens");
  }

  @Test
  void mergesOfUnknownPiecesAreRefused() {
    refuse(vocabulary(), "t x\n", "line 1 merges tokens that the vocabulary lacks");
    refuse(vocabulary(), "t\u0001 h\n", "line 1 merges tokens that the vocabulary lacks");
    refuse(vocabulary(), "n then\n", "line 1 merges tokens that the vocabulary lacks");
    refuse(vocabulary(), "\nt h e\n", "line 2 is no pair");
    refuse(vocabulary(), "#version: 0.2\nth\n", "line 2 is no pair");
    assertEquals(262, BytePairTokenizer.fromBytes(bytes(vocabulary()), new byte[0]).endOfText());
    assertEquals(
        262,
        BytePairTokenizer.fromBytes(bytes(vocabulary()), bytes("\n".repeat(1 << 20))).endOfText());
    refuse(vocabulary(), "\0".repeat(1 << 20), "line 1 is no pair");
  }

  /** Each of six bytes would take hundreds of the heap. */
  @Test
  void moreTokensOrMergesThanAnyGpt2HasAreRefused() {
    int most = 1 << 19;
    StringBuilder tokens = new StringBuilder("{\"0\":0");
    StringBuilder merges = new StringBuilder("t h");
    for (int i = 1; i <= most; i++) {
      tokens.append(",\"").append(Integer.toString(i, 36)).append("\":").append(i);
      merges.append("\nt h");
    }
    tokens.append('}');
    String tooMany = most + 1 + " tokens are more than " + most;
    refuse(tokens.toString(), MERGES, tooMany);
    refuse(vocabulary(), merges.toString(), most + 1 + " merges are more than " + most);
    String head = "{\"pre_tokenizer\":{\"type\":\"ByteLevel\"},\"model\":{\"vocab\":";
    refuseJson(head + tokens + ",\"merges\":[]}}", tooMany);
    String list = "\"" + merges.toString().replace("\n", "\",\"") + "\"";
    refuseJson(
        head + vocabulary() + ",\"merges\":[" + list + "]}}", most + 1 + " merges are more than");
    refuseJson("[" + "0,".repeat(1 << 21) + "0]", "no valid JSON");
  }

  private static void refuseJson(String json, String expected) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> BytePairTokenizer.of(List.of(bytes(json))));
    assertRefusal(e);
    assertTrue(e.getMessage().contains(expected), e.getMessage());
  }

  @Test
  void mergesThatAreThereTwiceOrOutOfOrderStillEnd() {
    BytePairTokenizer tokenizer =
        BytePairTokenizer.fromBytes(bytes(vocabulary()), bytes("the n\nth e\nt h\nt h\nth e\n"));
    String text = "then".repeat(1000);
    assertArrayEquals(new int[] {259, 259}, tokenizer.encode("thenthen"));
    assertEquals(1000, tokenizer.encode(text).length);
    assertEquals(text, tokenizer.decode(tokenizer.encode(text)));
  }

  @Test
  void filesThatNoTokenizerHasAreRefused() throws Exception {
    Files.writeString(folder.resolve("vocab.bpe"), MERGES);
    try (RandomAccessFile sparse =
        new RandomAccessFile(folder.resolve("encoder.json").toFile(), "rw")) {
      sparse.setLength(1L << 40);
    }
    refuseFolder("encoder.json has more than 16777216 bytes");
    Files.delete(folder.resolve("encoder.json"));
    Files.createDirectory(folder.resolve("encoder.json"));
    refuseFolder("No tokenizer in ");
    Files.delete(folder.resolve("encoder.json"));
    Files.createFile(folder.resolve("encoder.json"));
    refuseFolder("no JSON object of tokens");
  }

  private void refuseFolder(String expected) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> BytePairTokenizer.load(folder))
            .getMessage();
    assertTrue(message.contains(expected), message);
  }

  private static void refuse(String vocabulary, String merges, String expected) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> BytePairTokenizer.fromBytes(bytes(vocabulary), bytes(merges)));
    assertRefusal(e);
    assertTrue(e.getMessage().contains(expected), e.getMessage());
  }

  private static void assertRefusal(IllegalArgumentException e) {
    String message = e.getMessage();
    assertTrue(message.matches("(?s)(Vocabulary: |Merges: |tokenizer\\.json).*"), message);
    assertTrue(message.chars().noneMatch(Character::isISOControl), message);
    assertTrue(message.length() < 2000, message);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
