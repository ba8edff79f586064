package scriptorium.engine.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The constants of the kernels in machine code, each {@value Kernels#LANES} times in a row, so that
 * they are operands in memory at any width; behind them the masks of tails. In native memory that
 * lives as long as the process. Immutable; any thread.
 */
enum MachineConstant {
  ZERO(0f),
  ONE(1f),
  INFINITY(Float.POSITIVE_INFINITY),
  NEGATIVE_INFINITY(Float.NEGATIVE_INFINITY),
  /** All bits but the sign; a NaN. */
  MAGNITUDE(Float.intBitsToFloat(Integer.MAX_VALUE)),
  EXP_MAX(ScalarKernels.EXP_MAX),
  EXP_MIN(ScalarKernels.EXP_MIN),
  LOG2_E(ScalarKernels.LOG2_E),
  ROUNDER(ScalarKernels.ROUNDER),
  MINUS_ROUNDER(-ScalarKernels.ROUNDER),
  MINUS_LN2_HIGH(-ScalarKernels.LN2_HIGH),
  MINUS_LN2_LOW(-ScalarKernels.LN2_LOW),
  EXP_C2(ScalarKernels.EXP_C2),
  EXP_C3(ScalarKernels.EXP_C3),
  EXP_C4(ScalarKernels.EXP_C4),
  EXP_C5(ScalarKernels.EXP_C5),
  EXP_C6(ScalarKernels.EXP_C6),
  GELU_A(ScalarKernels.GELU_A),
  GELU_B(ScalarKernels.GELU_B);

  /** Bytes of a constant, and of a mask. */
  static final int LINE = Kernels.LANES * Float.BYTES;

  /**
   * The mask of t lanes is t lines behind this: all bits of the first t lanes, none of the rest.
   */
  static final int MASKS = values().length * LINE;

  private static final int LAST_MASK = Kernels.LANES;
  private static final MemorySegment TABLE =
      Arena.global().allocate(MASKS + (LAST_MASK + 1L) * LINE, LINE);

  static {
    for (MachineConstant constant : values()) {
      for (int lane = 0; lane < Kernels.LANES; lane++) {
        long index = (long) constant.ordinal() * Kernels.LANES + lane;
        TABLE.setAtIndex(JAVA_FLOAT, index, constant.value);
      }
    }
    for (int lanes = 0; lanes <= LAST_MASK; lanes++) {
      for (int lane = 0; lane < lanes; lane++) {
        TABLE.setAtIndex(JAVA_INT, (long) (values().length + lanes) * Kernels.LANES + lane, -1);
      }
    }
  }

  private final float value;

  MachineConstant(float value) {
    this.value = value;
  }

  /** Where the first constant lies, on a line of the cache. */
  static long address() {
    return TABLE.address();
  }

  /** Bytes from {@link #address} to this constant. */
  int offset() {
    return ordinal() * LINE;
  }
}
