package scriptorium.engine.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scriptorium.engine.ModelException;
import scriptorium.engine.ModelFolder;
import scriptorium.engine.Mutations;
import scriptorium.engine.TestModels;
import scriptorium.engine.memory.StoredTensor;

/**
 * GGUF files that somebody damaged, by chance or to do harm: each is read or refused in one line.
 * {@code -Dfuzz.rounds=100000} for more.
 */
class GgufFuzzTest {
  private static final int ROUNDS = Integer.getInteger("fuzz.rounds", 1500);
  private static final long SEED = 31;
  private static final int LONGEST_MESSAGE = 2000;
  private static final int KEY_COUNT = 16;

  @TempDir Path folder;
  private Path file;
  private byte[] good;
  private int head;

  @BeforeEach
  void read() throws IOException {
    good =
        Files.readAllBytes(
            TestModels.home()
                .resolve("engine/src/test/resources/checkpoints/finetuned/finetuned-q8_0.gguf"));
    file = folder.resolve("model.gguf");
    head = find("output.weight") + 64;
  }

  @Test
  void damagedHeadsAreReadOrRefused() throws IOException {
    Random random = new Random(SEED);
    Mutations mutations = new Mutations(random);
    int refused = 0;
    for (int round = 0; round < ROUNDS; round++) {
      byte[] bad = good;
      if (random.nextInt(8) == 0) {
        bad = mutations.bytes(good);
      } else {
        byte[] start = mutations.bytes(Arrays.copyOf(good, head));
        bad =
            ByteBuffer.allocate(start.length + good.length - head)
                .put(start)
                .put(good, head, good.length - head)
                .array();
      }
      Files.write(file, bad);
      try {
        refused += isRefused() ? 1 : 0;
      } catch (RuntimeException | Error e) {
        Path kept = Files.write(Files.createTempFile("fuzz-", ".gguf"), bad);
        fail("seed " + SEED + " round " + round + ", kept in " + kept, e);
      }
    }
    assertTrue(refused > ROUNDS / 10, refused + " refused of " + ROUNDS);
  }

  private boolean isRefused() {
    try (ModelFolder opened = ModelFolder.open(file);
        Checkpoint checkpoint = Checkpoint.open(file)) {
      opened.tokenizer().decode(opened.tokenizer().encode("the <user>then<|end|>"));
      for (String name : checkpoint.tensorNames()) {
        StoredTensor tensor = checkpoint.tensor(name);
        tensor.get(0);
        tensor.get(tensor.elements() - 1);
      }
      return false;
    } catch (ModelException e) {
      assertEquals(1, e.getMessage().lines().count(), e.getMessage());
      assertTrue(e.getMessage().length() <= LONGEST_MESSAGE, e.getMessage());
      return true;
    }
  }

  @Test
  void everyCutIsRefused() throws IOException {
    for (int length = 0; length < good.length; length += 1 + length / 50) {
      Files.write(file, Arrays.copyOf(good, length));
      assertTrue(isRefused(), "cut at " + length);
    }
  }

  @Test
  void versionTwoIsReadAndOthersAreNot() throws IOException {
    for (int version : new int[] {2, 3}) {
      Files.write(file, withInt(4, version));
      assertTrue(!isRefused(), "version " + version);
    }
    refuse(withInt(4, 1), "has GGUF version 1");
    refuse(withInt(4, 4), "has GGUF version 4");
    refuse(withInt(4, 3 << 24), "has GGUF version 50331648");
    refuse(withInt(0, 0), "is cut short or no GGUF file");
  }

  @Test
  void countsThatTheFileCannotHoldAreRefused() throws IOException {
    for (long count : new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 32, 1 << 30}) {
      refuse(withLong(8, count), count + " tensors do not fit");
      refuse(withLong(KEY_COUNT, count), count + " keys do not fit");
      refuse(withLong(KEY_COUNT + 8, count), count + " bytes of text do not fit");
      refuse(
          withLong(find("tokenizer.ggml.merges") + 21 + 8, count),
          count + " values of tokenizer.ggml.merges do not fit");
    }
  }

  @Test
  void placesOfTensorsOutsideTheFileOrOverEachOtherAreRefused() throws IOException {
    int at = find("token_embd.weight") + 17;
    refuse(withInt(at, 5), "has 5 dimensions");
    refuse(withInt(at, -1), "has -1 dimensions");
    refuse(withLong(at + 4, -32), "has no valid sizes");
    refuse(withLong(at + 4, 31), "has no valid sizes");
    refuse(withLong(at + 4, Long.MAX_VALUE - 31), "has no valid sizes");
    refuse(withLong(at + 12, 1L << 58), "has no valid sizes");
    refuse(withLong(at + 12, 1L << 40), "is cut short");
    refuse(withLong(at + 12, 0), "vocabSize 0");
    refuse(withInt(at + 20, 2), "token_embd.weight has the type Q4_0, which is not read: take");
    refuse(withInt(at + 20, 12), "has the type Q4_K, which is not read");
    refuse(withInt(at + 20, 16), "has the type IQ2_XXS, which is not read");
    refuse(withInt(at + 20, 39), "has the type MXFP4, which is not read");
    refuse(withInt(at + 20, 40), "has the type number 40 of GGML, which is not read");
    refuse(withInt(at + 20, -1), "has the type number -1 of GGML, which is not read");
    refuse(withLong(at + 24, -32), "has no valid sizes");
    refuse(withLong(at + 24, Long.MAX_VALUE), "is cut short");
    refuse(withLong(at + 24, 64), "share the bytes from");
  }

  @Test
  void otherModelsAndTokenizersAreRefusedByName() throws IOException {
    refuse(withText("general.architecture", "gpt2", "bert"), "general.architecture bert");
    refuse(withText("tokenizer.ggml.model", "gpt2", "bert"), "tokenizer.ggml.model bert");
    refuse(withText("tokenizer.ggml.pre", "gpt-2", "phi-2"), "tokenizer.ggml.pre phi-2");
    refuse(withText("gpt2.block_count", "block", "blocK"), "gpt2.block_count should be");
    refuse(withText("blk.1.ffn_up.bias", "ffn_up", "ffn_uq"), "lacks tensor h.1.mlp.c_fc.bias");
    refuse(withText("tokenizer.ggml.tokens", "tokens", "tokenz"), "tokenizer.ggml.tokens should");
  }

  private void refuse(byte[] bad, String expected) throws IOException {
    Files.write(file, bad);
    String message = assertThrows(ModelException.class, () -> ModelFolder.open(file)).getMessage();
    assertTrue(message.contains(expected), message);
    assertEquals(1, message.lines().count(), message);
  }

  private byte[] withInt(int at, int value) {
    byte[] bad = good.clone();
    ByteBuffer.wrap(bad).order(ByteOrder.LITTLE_ENDIAN).putInt(at, value);
    return bad;
  }

  private byte[] withLong(int at, long value) {
    byte[] bad = good.clone();
    ByteBuffer.wrap(bad).order(ByteOrder.LITTLE_ENDIAN).putLong(at, value);
    return bad;
  }

  /** Another text of the same length in place of the first one from a mark on. */
  private byte[] withText(String mark, String from, String to) {
    String text = new String(good, StandardCharsets.ISO_8859_1);
    int start = text.indexOf(mark);
    int at = text.indexOf(from, start + (mark.contains(from) ? 0 : mark.length()));
    return (text.substring(0, at) + to + text.substring(at + from.length()))
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  private int find(String text) {
    int at = new String(good, StandardCharsets.ISO_8859_1).indexOf(text);
    assertTrue(at > 0, text);
    return at;
  }
}
