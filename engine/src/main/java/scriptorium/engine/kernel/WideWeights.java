package scriptorium.engine.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;
import static scriptorium.engine.memory.NativeFloats.ALL;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import scriptorium.engine.memory.DataType;

/**
 * Memory of a thread's own, where some panels of 16-bit weights are widened to f32 before a tile
 * reads them. Grows to the largest that were asked for.
 */
final class WideWeights {
  private static final ThreadLocal<WideWeights> OWN = ThreadLocal.withInitial(WideWeights::new);

  private MemorySegment memory = MemorySegment.NULL;

  private WideWeights() {}

  /**
   * Widens elements.
   *
   * @param type F16 or BF16
   * @param from address of the first
   * @param count how many
   * @return address of the first in f32, valid until the thread's next call
   */
  static long of(DataType type, long from, long count) {
    WideWeights own = OWN.get();
    if (own.memory.byteSize() < count * Float.BYTES) {
      own.memory = Arena.ofAuto().allocate(count * Float.BYTES, 64);
    }
    long to = own.memory.address();
    if (type == DataType.F16) {
      for (long i = 0; i < count; i++) {
        float wide = Float.float16ToFloat(ALL.get(JAVA_SHORT_UNALIGNED, from + i * Short.BYTES));
        ALL.set(JAVA_FLOAT_UNALIGNED, to + i * Float.BYTES, wide);
      }
    } else {
      for (long i = 0; i < count; i++) {
        int bits = ALL.get(JAVA_SHORT_UNALIGNED, from + i * Short.BYTES) << Short.SIZE;
        ALL.set(JAVA_FLOAT_UNALIGNED, to + i * Float.BYTES, Float.intBitsToFloat(bits));
      }
    }
    return to;
  }
}
