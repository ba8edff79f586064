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
      int kStride,
      int groups,
      float scale,
      MemorySegment out,
      long outOffset,
      long outStride) {
    int positions = groups * LANES;
    long w = KernelArguments.readable(q, qOffset, KernelArguments.span(rows, qStride, headSize));
    long m =
        KernelArguments.readable(k, kOffset, KernelArguments.span(headSize, kStride, positions));
    long to =
        KernelArguments.writable(out, outOffset, KernelArguments.span(rows, outStride, positions));
    clear(to, outStride * Float.BYTES, rows, positions);
    PanamaAttentionTiles.run(
        w,
        qStride * Float.BYTES,
        rows,
        headSize,
        m,
        (long) kStride * Float.BYTES,
        positions,
        to,
        outStride * Float.BYTES,
        scale);
  }

  static void values(
      MemorySegment weights,
      long weightsOffset,
      long weightsStride,
      int rows,
      int positions,
      MemorySegment v,
      long vOffset,
      int vStride,
      int headSize,
      MemorySegment out,
      long outOffset,
      long outStride) {
    long w =
        KernelArguments.readable(
            weights, weightsOffset, KernelArguments.span(rows, weightsStride, positions));
    long m =
        KernelArguments.readable(v, vOffset, KernelArguments.span(positions, vStride, headSize));
    long to =
        KernelArguments.writable(out, outOffset, KernelArguments.span(rows, outStride, headSize));
    PanamaAttentionTiles.run(
        w,
        weightsStride * Float.BYTES,
        rows,
        positions,
        m,
        (long) vStride * Float.BYTES,
        headSize,
        to,
        outStride * Float.BYTES,
        1);
  }

  static void scoresHalf(
      MemorySegment q,
      long qOffset,
      long qStride,
      int rows,
      int headSize,
      MemorySegment k,
      long kOffset,
      float scale,
      MemorySegment out,
      long outOffset,
      long outStride) {
    int positions = Halves.LINE_ELEMENTS;
    long w = KernelArguments.readable(q, qOffset, KernelArguments.span(rows, qStride, headSize));
    long m = KernelArguments.readable(k, kOffset, (long) headSize * Halves.LINE_WORDS);
    long to =
        KernelArguments.writable(out, outOffset, KernelArguments.span(rows, outStride, positions));
    clear(to, outStride * Float.BYTES, rows, positions);
    PanamaHalfTiles.run(
        w,
        qStride * Float.BYTES,
        rows,
        headSize,
        m,
        Halves.LINE_BYTES,
        positions,
        to,
        outStride * Float.BYTES,
        scale);
  }

  static void valuesHalf(
      MemorySegment weights,
      long weightsOffset,
      long weightsStride,
      int rows,
      int positions,
      MemorySegment v,
      long vOffset,
      int headSize,
      MemorySegment out,
      long outOffset,
      long outStride) {
    long stride = Halves.bytes(headSize);
    long w =
        KernelArguments.readable(
            weights, weightsOffset, KernelArguments.span(rows, weightsStride, positions));
    long m = KernelArguments.readable(v, vOffset, positions * stride / Float.BYTES);
    long to =
        KernelArguments.writable(out, outOffset, KernelArguments.span(rows, outStride, headSize));
    PanamaHalfTiles.run(
        w,
        weightsStride * Float.BYTES,
        rows,
        positions,
        m,
        stride,
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
