package scriptorium.engine.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static scriptorium.engine.memory.NativeFloats.ALL;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * {@link Kernels#packRow}, a copy with strides: no arithmetic, so one version serves all
 * implementations.
 */
final class PackedRows {
  private static final long STEP = (long) Kernels.ROW_BLOCK * Float.BYTES;

  private PackedRows() {}

  static void packRow(
      MemorySegment x, long xOffset, int n, MemorySegment a, int row, int depth, int columnFrom) {
    Objects.checkFromIndexSize(columnFrom, n, depth);
    Objects.checkFromIndexSize(row, 1, Integer.MAX_VALUE);
    long from = KernelArguments.readable(x, xOffset, n);
    long to = KernelArguments.writable(a, 0, KernelArguments.packedFloats(row + 1L, depth));
    to +=
        ((long) (row / Kernels.ROW_BLOCK) * depth + columnFrom) * STEP
            + (long) (row % Kernels.ROW_BLOCK) * Float.BYTES;
    for (int i = 0; i < n; i++) {
      ALL.set(
          JAVA_FLOAT_UNALIGNED,
          to + i * STEP,
          ALL.get(JAVA_FLOAT_UNALIGNED, from + (long) i * Float.BYTES));
    }
  }
}
