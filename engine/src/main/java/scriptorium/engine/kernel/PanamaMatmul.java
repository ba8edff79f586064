package scriptorium.engine.kernel;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;
import static scriptorium.engine.kernel.PanamaSpecies.FLOAT;
import static scriptorium.engine.kernel.PanamaSpecies.LENGTH;
import static scriptorium.engine.memory.NativeFloats.ALL;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * Matrix product by register tiles: some rows by two vectors, one accumulator an output, k in the
 * innermost loop. The two vectors are two panels at 512 bits, the halves of one at 256, half a
 * panel at 128. Blocks of rows go innermost, so that a pair of panels is read from memory once and
 * from the second-level cache for the further blocks.
 */
final class PanamaMatmul {
  private static final int PANEL_BYTES = Kernels.LANES * Float.BYTES;

  /**
   * 6 rows by two vectors take 12 accumulators of AVX2's 16 registers; AVX-512 has 32 and takes 12
   * rows, which reads each panel half as often.
   */
  private static final boolean WIDE = LENGTH == 16;

  /** The bias of a product without one. */
  private static final MemorySegment ZEROS = Arena.global().allocate(PANEL_BYTES, PANEL_BYTES);

  private PanamaMatmul() {}

  static void matmul(
      PackedRows a,
      int rows,
      MemorySegment panels,
      int panelFrom,
      int panelTo,
      MemorySegment bias,
      MemorySegment out,
      long outStride) {
    KernelArguments.matmul(a, rows, panels, panelFrom, panelTo, bias, out, outStride);
    int depth = a.depth();
    long panelBytes = (long) depth * PANEL_BYTES;
    boolean biased = !bias.equals(MemorySegment.NULL);
    long biasAddress = biased ? bias.address() : ZEROS.address();
    long step = (long) LENGTH * Float.BYTES;
    long columnEnd = (long) panelTo * PANEL_BYTES;
    for (long column = (long) panelFrom * PANEL_BYTES; column < columnEnd; column += 2 * step) {
      long second = column + step < columnEnd ? column + step : column;
      tiles(
          a.data(),
          rows,
          depth,
          panels.address() + column / PANEL_BYTES * panelBytes + column % PANEL_BYTES,
          panels.address() + second / PANEL_BYTES * panelBytes + second % PANEL_BYTES,
          biased ? biasAddress + column : biasAddress,
          biased ? biasAddress + second : biasAddress,
          out.address() + column,
          out.address() + second,
          outStride * Float.BYTES);
    }
  }

  /**
   * All rows of two vectors of columns. All arguments but the counts are addresses in bytes: packed
   * rows, the two vectors' first weights (next k: 64 bytes on), their biases, their outputs in row
   * 0, and the bytes from one output row to the next. Where a second vector does not exist, it
   * repeats the first and writes the same values once more.
   */
  private static void tiles(
      float[] a,
      int rows,
      int depth,
      long b0,
      long b1,
      long bias0,
      long bias1,
      long c0,
      long c1,
      long cStride) {
    int even = depth / 2 * 2; // the micro-kernels take two k at a time
    int row = 0;
    while (row < rows) {
      int inBlock = row % Kernels.ROW_BLOCK;
      int left = Math.min(rows - row, Kernels.ROW_BLOCK - inBlock);
      int at = row / Kernels.ROW_BLOCK * Kernels.ROW_BLOCK * depth + inBlock;
      long d0 = c0 + row * cStride;
      long d1 = c1 + row * cStride;
      int done;
      if (WIDE && left == 12) {
        PanamaTile12.run(a, at, b0, b1, even, bias0, bias1, d0, d1, cStride);
        done = 12;
      } else if (WIDE && left >= 8) {
        PanamaTile8.run(a, at, b0, b1, even, bias0, bias1, d0, d1, cStride);
        done = 8;
      } else if (left >= 6) {
        PanamaTile6.run(a, at, b0, b1, even, bias0, bias1, d0, d1, cStride);
        done = 6;
      } else if (left >= 4) {
        PanamaTile4.run(a, at, b0, b1, even, bias0, bias1, d0, d1, cStride);
        done = 4;
      } else if (left >= 2) {
        PanamaTile2.run(a, at, b0, b1, even, bias0, bias1, d0, d1, cStride);
        done = 2;
      } else {
        PanamaTile1.run(a, at, b0, b1, even, bias0, bias1, d0, d1, cStride);
        done = 1;
      }
      row += done;
    }
    if (even < depth) {
      addLast(a, rows, depth, b0, c0, cStride);
      if (c1 != c0) {
        addLast(a, rows, depth, b1, c1, cStride);
      }
    }
  }

  /** Adds the last k of an odd depth to all rows of one vector of columns. */
  private static void addLast(float[] a, int rows, int depth, long b, long c, long cStride) {
    int last = depth - 1;
    FloatVector weights =
        fromMemorySegment(FLOAT, ALL, b + (long) last * PANEL_BYTES, LITTLE_ENDIAN);
    for (int row = 0; row < rows; row++) {
      int block = row / Kernels.ROW_BLOCK * depth;
      long to = c + row * cStride;
      broadcast(FLOAT, a[(block + last) * Kernels.ROW_BLOCK + row % Kernels.ROW_BLOCK])
          .fma(weights, fromMemorySegment(FLOAT, ALL, to, LITTLE_ENDIAN))
          .intoMemorySegment(ALL, to, LITTLE_ENDIAN);
    }
  }
}
