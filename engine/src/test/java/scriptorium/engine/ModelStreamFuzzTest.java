package scriptorium.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A stream of a model that is damaged is an IOException, or a model whose arithmetic stays inside.
 */
class ModelStreamFuzzTest {
  /** Bytes of a header: magic, shape, flags. */
  private static final int HEADER = 8 + 5 * 4 + 4 + 4 + 2;

  private static byte[] stream;

  @BeforeAll
  static void write() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ModelFolder folder = ModelFolder.open(TestModels.tinyFolder("tiny"))) {
      ModelStream.write(folder, folder.weightsHash(), bytes);
    }
    stream = bytes.toByteArray();
  }

  private static int indexOf(String text) {
    String latin = new String(stream, StandardCharsets.ISO_8859_1);
    int at = latin.lastIndexOf(text);
    assertEquals(at, latin.indexOf(text));
    return at;
  }

  /** Places of numbers: vocabulary, context, width, layers, heads, hidden layer. */
  @ParameterizedTest
  @CsvSource({
    "8, 50258",
    "8, 50256",
    "8, 16777216",
    "8, -1",
    "8, 0",
    "12, 65",
    "12, 63",
    "12, 1048576",
    "16, 24",
    "16, 65536",
    "20, 4",
    "20, 2",
    "20, 4096",
    "24, 3",
    "24, 0",
    "32, 81",
    "32, 262144"
  })
  void aShapeThatIsNotThatOfTheTensorsIsRefused(int place, int value) throws Exception {
    byte[] damaged = stream.clone();
    ByteBuffer.wrap(damaged).putInt(place, value);
    assertRefused(damaged, "place " + place + ", value " + value);
  }

  @ParameterizedTest
  @CsvSource({"-1", "0", "3", "2147483647", "-2147483648"})
  void numbersOfTokenizerFilesAreRefused(int value) throws Exception {
    int place = HEADER + 2 + 64;
    for (int at : new int[] {place, place + 4}) {
      byte[] damaged = stream.clone();
      ByteBuffer.wrap(damaged).putInt(at, value);
      assertRefused(damaged, "place " + at + ", value " + value);
    }
  }

  @Test
  void shapesOfTensorsAreThoseOfTheModel() throws Exception {
    for (String name : new String[] {"wpe.weight", "h.1.mlp.c_fc.weight", "ln_f.bias"}) {
      int place = indexOf(name) + name.length() + 2 + 3;
      for (long value : new long[] {-1, 0, 3, Integer.MAX_VALUE}) {
        byte[] damaged = stream.clone();
        ByteBuffer.wrap(damaged).putInt(place, (int) value);
        assertRefused(damaged, name + ", rank " + value);
      }
      for (long value : new long[] {-1, 0, 1, 19, 1L << 40, Long.MAX_VALUE, Long.MIN_VALUE}) {
        byte[] damaged = stream.clone();
        ByteBuffer.wrap(damaged).putLong(place + 4, value);
        assertRefused(damaged, name + ", size " + value);
      }
    }
  }

  private static void assertRefused(byte[] stream, String name) {
    IOException refused =
        assertThrows(
            IOException.class, () -> Model.read(new ByteArrayInputStream(stream)).close(), name);
    assertEquals(1, refused.getMessage().lines().count(), refused.getMessage());
  }

  /** One flipped bit of what is not weights; many give a model all the same. */
  @ParameterizedTest
  @CsvSource({"31", "32", "33"})
  void flippedBitsNeverDoAnythingElse(long seed) throws Exception {
    int tensors = indexOf("wte.weight") - 2;
    Random random = new Random(seed);
    for (int i = 0; i < 12; i++) {
      byte[] damaged = stream.clone();
      int header = HEADER + 2 + 64 + 8;
      int at =
          random.nextBoolean()
              ? random.nextInt(header)
              : tensors - 4 + random.nextInt(4 + 2 + 10 + 2 + 3 + 4 + 16);
      damaged[at] ^= (byte) (1 << random.nextInt(8));
      try (Model model = Model.read(new ByteArrayInputStream(damaged));
          Engine engine = new Engine(model, new EngineOptions(1, 2, 0, 0))) {
        assertNotNull(HostileCalls.sample(engine), "seed " + seed);
      } catch (IOException e) {
        assertEquals(1, String.valueOf(e.getMessage()).lines().count(), e.toString());
      }
    }
  }
}
