package scriptorium.engine.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import scriptorium.engine.memory.DataType;

/** Weights of every type for the tests of products. */
final class TestPanels {
  /** Zeros, the least denormal, an ordinary one, the least normal, the largest, infinity. */
  private static final int[] SPECIAL_F16 = {0, 0x8000, 1, 0x83ff, 0x0400, 0x7bff, 0xfc00};

  private static final int[] SPECIAL_BF16 = {0, 0x8000, 1, 0x807f, 0x0080, 0x7f7f, 0xff80};

  private TestPanels() {}

  /**
   * Fills a segment: mostly numbers around 1, and of 16-bit types every 50th or so one that is
   * special.
   */
  static WeightPanels fill(MemorySegment data, DataType type, Random random) {
    for (long i = 0; i < data.byteSize() / type.bytes(); i++) {
      float value = (float) random.nextGaussian();
      if (type == DataType.F32) {
        data.setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
        continue;
      }
      int[] special = type == DataType.F16 ? SPECIAL_F16 : SPECIAL_BF16;
      int ordinary =
          type == DataType.F16
              ? Float.floatToFloat16(value)
              : Float.floatToRawIntBits(value) >>> Short.SIZE;
      int bits = random.nextInt(50) == 0 ? special[random.nextInt(special.length)] : ordinary;
      data.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) bits);
    }
    return new WeightPanels(data, type);
  }
}
