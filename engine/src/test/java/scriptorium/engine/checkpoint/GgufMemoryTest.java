package scriptorium.engine.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scriptorium.engine.TestModels;

/**
 * Files of hundreds of megabytes, most of them holes, that ask for gigabytes of heap: what is
 * allocated for them, garbage included, is what the model needs.
 */
class GgufMemoryTest {
  private static final long MOST_ALLOCATED = 16L << 20;
  private static final int ALIGNMENT = 32;
  private static final int HEAD = 24;
  private static final int KEY_COUNT = 16;
  private static final int UINT8 = 0;
  private static final int UINT16 = 2;
  private static final int FLOAT = 6;
  private static final int TEXT = 8;
  private static final int ARRAY = 9;
  private static final int LONG = 11;
  private static final int[] LIST_TYPES = {UINT8, UINT16, FLOAT, TEXT, LONG};

  /** What stands before the keys of a good file: bytes, and then so many of zeros. */
  private record Part(byte[] bytes, long zeros) {}

  @TempDir Path folder;
  private byte[] good;

  @BeforeEach
  void read() throws IOException {
    good =
        Files.readAllBytes(
            TestModels.home()
                .resolve("engine/src/test/resources/checkpoints/finetuned/finetuned-q8_0.gguf"));
  }

  @Test
  void listsOfEveryTypeThatMeanNothingArePassedOver() throws IOException {
    List<Part> parts = new ArrayList<>();
    for (String name : List.of("gpt2.x", "gpt2.attention.", "tokenizer.ggml.scores", "other")) {
      for (int type : LIST_TYPES) {
        for (int i = 0; i < 4; i++) {
          parts.add(zeros(name + i + "-" + type, type, 2_000_000));
        }
      }
    }
    Path file = write(parts);
    assertTrue(Files.size(file) > 700_000_000, Files.size(file) + " bytes");
    long allocated = allocated(() -> Checkpoint.open(file).close());
    assertTrue(allocated < MOST_ALLOCATED, allocated + " bytes");
    try (Checkpoint hostile = Checkpoint.open(file);
        Checkpoint same = Checkpoint.open(Files.write(folder.resolve("good.gguf"), good))) {
      assertEquals(same.config(), hostile.config());
      assertArrayEquals(same.tokenizer().orElseThrow(), hostile.tokenizer().orElseThrow());
    }
  }

  @Test
  void longKeysAndTextsThatMeanNothingArePassedOver() throws IOException {
    List<Part> parts = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      parts.add(new Part(longs(100_000), 100_000));
      parts.add(new Part(ints(TEXT), 0));
      parts.add(new Part(longs(100_000), 100_000));
    }
    Path file = write(1000, parts);
    long allocated = allocated(() -> Checkpoint.open(file).close());
    assertTrue(allocated < MOST_ALLOCATED, allocated + " bytes");
  }

  /** The list itself stands first, and again where the good file has it, which is never reached. */
  @Test
  void listsThatAreWantedAreNoLongerThanTheModelNeeds() throws IOException {
    refused("tokenizer.ggml.tokens", TEXT, 2_000_000, "2000000 values where the model has room");
    refused("tokenizer.ggml.merges", TEXT, 2_000_000, "2000000 values where the model has room");
    refused("tokenizer.ggml.token_type", LONG, 2_000_000, "has 2000000 values of");
    refused("tokenizer.ggml.token_type", FLOAT, 2_000_000, "should be a list of whole numbers");
    refused("tokenizer.ggml.tokens", FLOAT, 2_000_000, "should be a list of texts");
    refused("tokenizer.ggml.model", UINT8, 200_000_000, "should be a text");
    refused("gpt2.block_count", UINT8, 200_000_000, "should be a whole number");
    refused("gpt2.attention.layer_norm_epsilon", FLOAT, 50_000_000, "layerNormEpsilon NaN");
    refused("general.alignment", LONG, 20_000_000, "should be a whole number");
  }

  @Test
  void oneTextOfAListIsBoundedToo() throws IOException {
    byte[] key = key("tokenizer.ggml.merges");
    Part list = new Part(concat(key, ints(ARRAY, TEXT), longs(1), longs(200_000_000)), 200_000_000);
    refused("tokenizer.ggml.merges", list, "a text of 200000000 bytes");
    list = new Part(concat(key, ints(ARRAY, TEXT), longs(2), longs(10_000_000)), 10_000_000);
    Part second = new Part(longs(10_000_000), 10_000_000);
    Path file = write(1, List.of(list, second), "tokenizer.ggml.merges");
    String message =
        assertThrows(CheckpointException.class, () -> Checkpoint.open(file)).getMessage();
    assertTrue(message.contains("bytes of text"), message);
  }

  @Test
  void architectureIsAShortText() throws IOException {
    Part text =
        new Part(concat(key("general.architecture"), ints(TEXT), longs(200_000_000)), 200_000_000);
    refused("general.architecture", text, "a text of 200000000 bytes");
  }

  private void refused(String key, int type, int count, String expected) throws IOException {
    refused(key, zeros(key, type, count), expected);
  }

  /** With the key in place of the good file's, whose name is changed there. */
  private void refused(String key, Part part, String expected) throws IOException {
    Path file = write(1, List.of(part), key);
    long allocated =
        allocated(
            () -> {
              String message =
                  assertThrows(CheckpointException.class, () -> Checkpoint.open(file)).getMessage();
              assertTrue(message.contains(expected), message);
            });
    assertTrue(allocated < MOST_ALLOCATED, key + ": " + allocated + " bytes");
  }

  private static long allocated(Runnable action) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    action.run();
    return threads.getCurrentThreadAllocatedBytes() - before;
  }

  /** A key whose value is a list of zeros, or of texts without a byte. */
  private static Part zeros(String key, int type, int count) {
    int bytes = type == UINT8 ? 1 : type == UINT16 ? 2 : type == FLOAT ? 4 : 8;
    return new Part(concat(key(key), ints(ARRAY, type), longs(count)), (long) count * bytes);
  }

  private static byte[] key(String key) {
    byte[] text = key.getBytes(StandardCharsets.UTF_8);
    return concat(longs(text.length), text);
  }

  private Path write(List<Part> parts) throws IOException {
    return write(parts.size(), parts);
  }

  private Path write(int keys, List<Part> parts) throws IOException {
    return write(keys, parts, null);
  }

  /**
   * The good file with keys before its own.
   *
   * @param replaced key of the good file that gets another name, null for none
   */
  private Path write(int keys, List<Part> parts, String replaced) throws IOException {
    byte[] rest = good.clone();
    ByteBuffer.wrap(rest).order(ByteOrder.LITTLE_ENDIAN).putLong(KEY_COUNT, keys + 1 + keyCount());
    int at =
        replaced == null ? -1 : new String(good, StandardCharsets.ISO_8859_1).indexOf(replaced);
    if (at > 0) {
      rest[at] = '_';
    }
    Path file = Files.createTempFile(folder, "hostile", ".gguf");
    try (FileChannel out = FileChannel.open(file, StandardOpenOption.WRITE)) {
      long position = out.write(ByteBuffer.wrap(rest, 0, HEAD), 0);
      for (Part part : parts) {
        position += out.write(ByteBuffer.wrap(part.bytes), position) + part.zeros;
      }
      // A text that fills up, so that the tensors lie where their alignment puts them.
      byte[] filler = concat(key("filler"), ints(TEXT));
      long fill = -(position + filler.length + 8 - HEAD) & ALIGNMENT - 1;
      position += out.write(ByteBuffer.wrap(concat(filler, longs(fill))), position) + fill;
      out.write(ByteBuffer.wrap(rest, HEAD, rest.length - HEAD), position);
    }
    return file;
  }

  private long keyCount() {
    return ByteBuffer.wrap(good).order(ByteOrder.LITTLE_ENDIAN).getLong(KEY_COUNT);
  }

  private static byte[] ints(int... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (int value : values) {
      bytes.putInt(value);
    }
    return bytes.array();
  }

  private static byte[] longs(long value) {
    return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
  }

  private static byte[] concat(byte[]... parts) {
    int length = 0;
    for (byte[] part : parts) {
      length += part.length;
    }
    ByteBuffer bytes = ByteBuffer.allocate(length);
    for (byte[] part : parts) {
      bytes.put(part);
    }
    return bytes.array();
  }
}
