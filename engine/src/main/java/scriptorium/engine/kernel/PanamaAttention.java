package scriptorium.engine.kernel;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static scriptorium.engine.kernel.PanamaSpecies.FLOAT;
import static scriptorium.engine.kernel.PanamaSpecies.LENGTH;
import static scriptorium.engine.memory.NativeFloats.ALL;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/** {@link Kernels#attentionScores}, attentionValues, and both over f16. */
final class PanamaAttention {
  private static final int LANES = Kernels.LANES;

  private PanamaAttention() {}

  static void scores(
      MemorySegment q,
      long qOffset,
      long qStride,
      int rows,
      int headSize,
      MemorySegment k,
      long kOffset,
      int positions,
      float scale,
      MemorySegment out,
      long outOffset,
      long outStride) {
    int columns = Math.ceilDiv(positions, LANES) * LANES;
    long w = KernelArguments.readable(q, qOffset, KernelArguments.span(rows, qStride, headSize));
    long m = KernelArguments.readable(k, kOffset, (long) columns * headSize);
    long to =
        KernelArguments.writable(out, outOffset, KernelArguments.span(rows, outStride, columns));
    long stride = outStride * Float.BYTES;
    clear(to, stride, rows, columns);
    long panel = (long) headSize * LANES * Float.BYTES;
    PanamaAttentionTiles.run(
        w, qStride * Float.BYTES, rows, headSize, m, panel, columns, to, stride, scale);
  }

  static void scoresHalf(
      MemorySegment q,
      long qOffset,
      long qStride,
      int rows,
      int headSize,
      MemorySegment k,
      long kOffset,
      int positions,
      float scale,
      MemorySegment out,
      long outOffset,
      long outStride) {
    int panels = Math.ceilDiv(positions, Halves.LINE_ELEMENTS);
    int columns = panels * Halves.LINE_ELEMENTS;
    long keyWords = (long) panels * headSize * Halves.LINE_WORDS;
    long w = KernelArguments.readable(q, qOffset, KernelArguments.span(rows, qStride, headSize));
    long m = KernelArguments.readable(k, kOffset, keyWords);
    long to =
        KernelArguments.writable(out, outOffset, KernelArguments.span(rows, outStride, columns));
    long stride = outStride * Float.BYTES;
    clear(to, stride, rows, columns);
    long panel = (long) headSize * Halves.LINE_BYTES;
    PanamaHalfTiles.run(
        w, qStride * Float.BYTES, rows, headSize, m, panel, columns, to, stride, scale);
  }

  static void values(
      MemorySegment weights,
      long weightsOffset,
      long weightsStride,
      int rows,
      int positions,
      MemorySegment v,
      long vOffset,
      long panelStride,
      int headSize,
      MemorySegment out,
      long outOffset,
      long outStride) {
    int panels = Math.ceilDiv(headSize, LANES);
    long w =
        KernelArguments.readable(
            weights, weightsOffset, KernelArguments.span(rows, weightsStride, positions));
    long m =
        KernelArguments.readable(
            v, vOffset, KernelArguments.span(panels, panelStride, (long) positions * LANES));
    long to =
        KernelArguments.writable(out, outOffset, KernelArguments.span(rows, outStride, headSize));
    PanamaAttentionTiles.run(
        w,
        weightsStride * Float.BYTES,
        rows,
        positions,
        m,
        panelStride * Float.BYTES,
        headSize,
        to,
        outStride * Float.BYTES,
        1);
  }

  static void valuesHalf(
      MemorySegment weights,
      long weightsOffset,
      long weightsStride,
      int rows,
      int positions,
      MemorySegment v,
      long vOffset,
      long panelStride,
      int headSize,
      MemorySegment out,
      long outOffset,
      long outStride) {
    int panels = Math.ceilDiv(headSize, Halves.LINE_ELEMENTS);
    long w =
        KernelArguments.readable(
            weights, weightsOffset, KernelArguments.span(rows, weightsStride, positions));
    long m =
        KernelArguments.readable(
            v,
            vOffset,
            KernelArguments.span(panels, panelStride, (long) positions * Halves.LINE_WORDS));
    long to =
        KernelArguments.writable(out, outOffset, KernelArguments.span(rows, outStride, headSize));
    PanamaHalfTiles.run(
        w,
        weightsStride * Float.BYTES,
        rows,
        positions,
        m,
        panelStride * Float.BYTES,
        headSize,
        to,
        outStride * Float.BYTES,
        1);
  }

  /** Zeros n floats, a multiple of 16, of each row. */
  private static void clear(long out, long stride, int rows, int n) {
    FloatVector zero = FloatVector.zero(FLOAT);
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < n; i += LENGTH) {
        zero.intoMemorySegment(ALL, out + row * stride + (long) i * Float.BYTES, LITTLE_ENDIAN);
      }
    }
  }
}
