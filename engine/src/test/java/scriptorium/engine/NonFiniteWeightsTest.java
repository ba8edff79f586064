package scriptorium.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import scriptorium.engine.memory.DataType;

/** Models whose weights are NaN or infinite, in any tensor, at its ends and between. */
class NonFiniteWeightsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "wte.weight|0|NaN|1 of tensor wte.weight, the first NaN at [0, 0]:",
        "wpe.weight|1279|Infinity|1 of tensor wpe.weight, the first Infinity at [63, 19]:",
        "h.2.mlp.c_fc.weight|85|-Infinity|1 of tensor h.2.mlp.c_fc.weight, the first -Infinity at [1, 5]:",
        "ln_f.bias|19|NaN|1 of tensor ln_f.bias, the first NaN at [19]:",
      })
  void aValueIsNamed(String tensor, int place, float value, String named) {
    refused(TestModels.tinyFolderWith(tensor, place, value), named);
  }

  @Test
  void manyAreCounted() {
    Path folder =
        TestModels.tinyFolderWith(
            "wpe.weight", 41, Float.NaN, 1, Float.POSITIVE_INFINITY, Float.NaN);
    refused(folder, "3 of tensor wpe.weight, the first NaN at [2, 1]:");
  }

  private static void refused(Path folder, String named) {
    try (ModelFolder opened = ModelFolder.open(folder)) {
      for (int time = 0; time < 2; time++) {
        String message = assertThrows(ModelException.class, opened::weightsHash).getMessage();
        assertTrue(message.contains(named), message);
        assertTrue(message.endsWith("fetch it again, or take an earlier checkpoint"), message);
      }
      assertThrows(ModelException.class, () -> Model.load(opened));
    }
  }

  /** Pieces of any length and place; every pattern of bits of the types of two bytes. */
  @ParameterizedTest
  @EnumSource(DataType.class)
  void eachElementIsLookedAt(DataType type) {
    Random random = new Random(8);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment data = arena.allocate(41L * type.bytes());
      for (int n = 0; n < 1 << 16; n++) {
        data.fill((byte) 0);
        int bits = type == DataType.F32 ? random.nextInt() | (n & 1) * 0x7f800000 : n;
        int place = random.nextInt(41);
        for (int i = 0; i < type.bytes(); i++) {
          data.set(
              java.lang.foreign.ValueLayout.JAVA_BYTE,
              (long) place * type.bytes() + i,
              (byte) (bits >> 8 * i));
        }
        boolean finite = Float.isFinite(type.get(data, place));
        assertEquals(finite, type.allFinite(data), Integer.toHexString(bits));
        assertTrue(type.allFinite(data.asSlice(0, (long) place * type.bytes())));
      }
      assertFalse(type.allFinite(data.fill((byte) -1)));
    }
  }
}
