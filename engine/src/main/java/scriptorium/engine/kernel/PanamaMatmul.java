package scriptorium.engine.kernel;

import static scriptorium.engine.kernel.PanamaSpecies.LENGTH;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import scriptorium.engine.memory.DataType;

/**
 * Matrix product by register tiles: some rows by two vectors, one accumulator an output, k in the
 * innermost loop. The two vectors are two panels at 512 bits, the halves of one at 256, half a
 * panel at 128. Blocks of rows go innermost, so that a pair of panels is read from memory once and
 * from the second-level cache for the further blocks.
 */
final class PanamaMatmul {
  private static final int PANEL_BYTES = Kernels.LANES * Float.BYTES;

  /**
   * C2 moves all loads of a loop's body to its front: a tile of R rows by two vectors needs 3 R + 2
   * registers, or it keeps accumulators on the stack: with AVX2's 16, 6 rows run at half the speed
   * of 4. AVX-512 has 32 and takes 12 rows, which reads each panel a third as often: 95 % of the
   * peak from the second-level cache (MatmulBenchmark).
   */
  private static final boolean MANY_REGISTERS = LENGTH == 16;

  /** The bias of a product without one. */
  private static final MemorySegment ZEROS = Arena.global().allocate(PANEL_BYTES, PANEL_BYTES);

  private PanamaMatmul() {}

  static void matmul(
      PackedRows a,
      int rowFrom,
      int rowTo,
      WeightPanels panels,
      int panelFrom,
      int panelTo,
      MemorySegment bias,
      MemorySegment out,
      long outStride) {
    KernelArguments.matmul(a, rowFrom, rowTo, panels, panelFrom, panelTo, bias, out, outStride);
    long biasAddress = bias.equals(MemorySegment.NULL) ? 0 : bias.address();
    long panelBytes = (long) a.depth() * panels.lineBytes();
    boolean wide = panels.type() == DataType.F32;
    int group = wide ? panelTo - panelFrom : 2;
    for (int panel = panelFrom; panel < panelTo; panel += group) {
      int end = Math.min(panelTo, panel + group);
      long from = panels.data().address() + panel * panelBytes;
      long elements = (long) (end - panel) * a.depth() * Kernels.LANES;
      long weights = wide ? from : WideWeights.of(panels.type(), from, elements);
      long column = (long) panel * PANEL_BYTES;
      run(
          a,
          rowFrom,
          rowTo,
          weights,
          (end - panel) * PANEL_BYTES,
          biasAddress == 0 ? 0 : biasAddress + column,
          out.address() + column,
          outStride);
    }
  }

  /** Some panels in f32; weights, bias (0 for none) and outputs by the addresses of the first. */
  private static void run(
      PackedRows a,
      int rowFrom,
      int rowTo,
      long weights,
      long columnEnd,
      long bias,
      long out,
      long outStride) {
    int depth = a.depth();
    long panelBytes = (long) depth * PANEL_BYTES;
    long step = (long) LENGTH * Float.BYTES;
    for (long column = 0; column < columnEnd; column += 2 * step) {
      long second = column + step < columnEnd ? column + step : column;
      tiles(
          a.data(),
          rowFrom,
          rowTo,
          depth,
          weights + column / PANEL_BYTES * panelBytes + column % PANEL_BYTES,
          weights + second / PANEL_BYTES * panelBytes + second % PANEL_BYTES,
          bias == 0 ? ZEROS.address() : bias + column,
          bias == 0 ? ZEROS.address() : bias + second,
          out + column,
          out + second,
          outStride * Float.BYTES);
    }
  }

  /**
   * Some rows of two vectors of columns. All arguments but the counts are addresses in bytes:
   * packed rows, the two vectors' first weights (next k: 64 bytes on), their biases, their outputs
   * in row 0, and the bytes from one output row to the next. Where a second vector does not exist,
   * it repeats the first and writes the same values once more. A micro-kernel gets the packed rows
   * from the index of its first row at k = 0 to behind the last k, a block of rows at each step.
   */
  private static void tiles(
      float[] a,
      int rowFrom,
      int rowTo,
      int depth,
      long b0,
      long b1,
      long bias0,
      long bias1,
      long c0,
      long c1,
      long cStride) {
    int row = rowFrom;
    while (row < rowTo) {
      int inBlock = row % Kernels.ROW_BLOCK;
      int left = Math.min(rowTo - row, Kernels.ROW_BLOCK - inBlock);
      int at = row / Kernels.ROW_BLOCK * Kernels.ROW_BLOCK * depth + inBlock;
      int end = at + depth * Kernels.ROW_BLOCK;
      long d0 = c0 + row * cStride;
      long d1 = c1 + row * cStride;
      int done;
      if (MANY_REGISTERS && left == 12) {
        PanamaTile12.run(a, at, end, b0, b1, bias0, bias1, d0, d1, cStride);
        done = 12;
      } else if (MANY_REGISTERS && left >= 8) {
        PanamaTile8.run(a, at, end, b0, b1, bias0, bias1, d0, d1, cStride);
        done = 8;
      } else if (MANY_REGISTERS && left >= 6) {
        PanamaTile6.run(a, at, end, b0, b1, bias0, bias1, d0, d1, cStride);
        done = 6;
      } else if (left >= 4) {
        PanamaTile4.run(a, at, end, b0, b1, bias0, bias1, d0, d1, cStride);
        done = 4;
      } else if (left >= 2) {
        PanamaTile2.run(a, at, end, b0, b1, bias0, bias1, d0, d1, cStride);
        done = 2;
      } else {
        PanamaTile1.run(a, at, end, b0, b1, bias0, bias1, d0, d1, cStride);
        done = 1;
      }
      row += done;
    }
  }
}
