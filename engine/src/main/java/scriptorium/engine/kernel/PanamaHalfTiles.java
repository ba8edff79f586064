package scriptorium.engine.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static scriptorium.engine.kernel.PanamaSpecies.FLOAT;
import static scriptorium.engine.kernel.PanamaSpecies.INT;
import static scriptorium.engine.kernel.PanamaSpecies.LENGTH;
import static scriptorium.engine.memory.NativeFloats.ALL;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * The loop of {@link PanamaAttentionTiles} over f16 pages, whose lines of 16 words hold 32 elements
 * each, see {@link Halves}. The low halves of a vector of words are 16 elements before the high
 * ones. Arguments are addresses and bytes.
 */
final class PanamaHalfTiles {
  private static final long BYTES = (long) LENGTH * Float.BYTES;

  /** From the first element of a line in the output to its seventeenth. */
  private static final long HALF_LINE = Halves.LINE_BYTES;

  private static final int VECTORS_PER_LINE = Halves.LINE_WORDS / LENGTH;

  private PanamaHalfTiles() {}

  static void run(
      long w,
      long wStride,
      int rows,
      int n,
      long m,
      long mStride,
      int columns,
      long out,
      long outStride,
      float scale) {
    int row = 0;
    for (; row <= rows - 4; row += 4) {
      rows4(
          w + row * wStride,
          wStride,
          n,
          m,
          mStride,
          columns,
          out + row * outStride,
          outStride,
          scale);
    }
    for (; row < rows; row++) {
      row(w + row * wStride, n, m, mStride, columns, out + row * outStride, scale);
    }
  }

  private static void rows4(
      long w,
      long wStride,
      int n,
      long m,
      long mStride,
      int columns,
      long out,
      long outStride,
      float scale) {
    int vectors = columns / Halves.LINE_ELEMENTS * VECTORS_PER_LINE;
    for (int vector = 0; vector < vectors; vector++) {
      tile4x1(w, wStride, n, m + vector * BYTES, mStride, out + place(vector), outStride, scale);
    }
    for (int r = 0; r < 4; r++) {
      rest(w + r * wStride, n, m, mStride, columns, out + r * outStride, scale);
    }
  }

  private static void row(long w, int n, long m, long mStride, int columns, long out, float scale) {
    int vectors = columns / Halves.LINE_ELEMENTS * VECTORS_PER_LINE;
    int vector = 0;
    for (; vector <= vectors - 2; vector += 2) {
      long at = place(vector);
      tile1x2(w, n, m + vector * BYTES, mStride, BYTES, place(vector + 1) - at, out + at, scale);
    }
    for (; vector < vectors; vector++) {
      tile1x1(w, n, m + vector * BYTES, mStride, out + place(vector), scale);
    }
    rest(w, n, m, mStride, columns, out, scale);
  }

  /** Where the elements of a vector of words begin in the output, in bytes. */
  private static long place(int vector) {
    return vector / VECTORS_PER_LINE * 2 * HALF_LINE + vector % VECTORS_PER_LINE * BYTES;
  }

  /** The columns behind the last whole line. */
  private static void rest(
      long w, int n, long m, long mStride, int columns, long out, float scale) {
    for (int column = columns / Halves.LINE_ELEMENTS * Halves.LINE_ELEMENTS;
        column < columns;
        column++) {
      long to = out + (long) column * Float.BYTES;
      long from = m + Halves.offset(column);
      float sum = ALL.get(JAVA_FLOAT_UNALIGNED, to);
      for (int i = 0; i < n; i++) {
        float weight = ALL.get(JAVA_FLOAT_UNALIGNED, w + (long) i * Float.BYTES) * Halves.SCALE;
        float element = Halves.widen(ALL.get(JAVA_SHORT_UNALIGNED, from + i * mStride));
        sum = Math.fma(weight, element, sum);
      }
      ALL.set(JAVA_FLOAT_UNALIGNED, to, sum * scale);
    }
  }

  /** 4 rows by 1 vector of words. */
  private static void tile4x1(
      long w, long wStride, int n, long m, long mStride, long out, long outStride, float scale) {
    FloatVector a0l = fromMemorySegment(FLOAT, ALL, out, LITTLE_ENDIAN);
    FloatVector a0h = fromMemorySegment(FLOAT, ALL, out + HALF_LINE, LITTLE_ENDIAN);
    FloatVector b0l = fromMemorySegment(FLOAT, ALL, out + outStride, LITTLE_ENDIAN);
    FloatVector b0h = fromMemorySegment(FLOAT, ALL, out + outStride + HALF_LINE, LITTLE_ENDIAN);
    FloatVector c0l = fromMemorySegment(FLOAT, ALL, out + 2 * outStride, LITTLE_ENDIAN);
    FloatVector c0h = fromMemorySegment(FLOAT, ALL, out + 2 * outStride + HALF_LINE, LITTLE_ENDIAN);
    FloatVector d0l = fromMemorySegment(FLOAT, ALL, out + 3 * outStride, LITTLE_ENDIAN);
    FloatVector d0h = fromMemorySegment(FLOAT, ALL, out + 3 * outStride + HALF_LINE, LITTLE_ENDIAN);
    for (int i = 0; i < n; i++) {
      long from = m + i * mStride;
      IntVector words0 = IntVector.fromMemorySegment(INT, ALL, from, LITTLE_ENDIAN);
      FloatVector low0 =
          words0.lanewise(LSHL, 16).lanewise(ASHR, 3).and(Halves.MASK).reinterpretAsFloats();
      FloatVector high0 = words0.lanewise(ASHR, 3).and(Halves.MASK).reinterpretAsFloats();
      long at = w + (long) i * Float.BYTES;
      FloatVector s = broadcast(FLOAT, ALL.get(JAVA_FLOAT_UNALIGNED, at) * Halves.SCALE);
      a0l = s.fma(low0, a0l);
      a0h = s.fma(high0, a0h);
      s = broadcast(FLOAT, ALL.get(JAVA_FLOAT_UNALIGNED, at + wStride) * Halves.SCALE);
      b0l = s.fma(low0, b0l);
      b0h = s.fma(high0, b0h);
      s = broadcast(FLOAT, ALL.get(JAVA_FLOAT_UNALIGNED, at + 2 * wStride) * Halves.SCALE);
      c0l = s.fma(low0, c0l);
      c0h = s.fma(high0, c0h);
      s = broadcast(FLOAT, ALL.get(JAVA_FLOAT_UNALIGNED, at + 3 * wStride) * Halves.SCALE);
      d0l = s.fma(low0, d0l);
      d0h = s.fma(high0, d0h);
    }
    a0l.mul(scale).intoMemorySegment(ALL, out, LITTLE_ENDIAN);
    a0h.mul(scale).intoMemorySegment(ALL, out + HALF_LINE, LITTLE_ENDIAN);
    b0l.mul(scale).intoMemorySegment(ALL, out + outStride, LITTLE_ENDIAN);
    b0h.mul(scale).intoMemorySegment(ALL, out + outStride + HALF_LINE, LITTLE_ENDIAN);
    c0l.mul(scale).intoMemorySegment(ALL, out + 2 * outStride, LITTLE_ENDIAN);
    c0h.mul(scale).intoMemorySegment(ALL, out + 2 * outStride + HALF_LINE, LITTLE_ENDIAN);
    d0l.mul(scale).intoMemorySegment(ALL, out + 3 * outStride, LITTLE_ENDIAN);
    d0h.mul(scale).intoMemorySegment(ALL, out + 3 * outStride + HALF_LINE, LITTLE_ENDIAN);
  }

  /** 1 row by 2 vectors of words. */
  private static void tile1x2(
      long w, int n, long m, long mStride, long second, long outSecond, long out, float scale) {
    FloatVector a0l = fromMemorySegment(FLOAT, ALL, out, LITTLE_ENDIAN);
    FloatVector a0h = fromMemorySegment(FLOAT, ALL, out + HALF_LINE, LITTLE_ENDIAN);
    FloatVector a1l = fromMemorySegment(FLOAT, ALL, out + outSecond, LITTLE_ENDIAN);
    FloatVector a1h = fromMemorySegment(FLOAT, ALL, out + outSecond + HALF_LINE, LITTLE_ENDIAN);
    for (int i = 0; i < n; i++) {
      long from = m + i * mStride;
      IntVector words0 = IntVector.fromMemorySegment(INT, ALL, from, LITTLE_ENDIAN);
      FloatVector low0 =
          words0.lanewise(LSHL, 16).lanewise(ASHR, 3).and(Halves.MASK).reinterpretAsFloats();
      FloatVector high0 = words0.lanewise(ASHR, 3).and(Halves.MASK).reinterpretAsFloats();
      IntVector words1 = IntVector.fromMemorySegment(INT, ALL, from + second, LITTLE_ENDIAN);
      FloatVector low1 =
          words1.lanewise(LSHL, 16).lanewise(ASHR, 3).and(Halves.MASK).reinterpretAsFloats();
      FloatVector high1 = words1.lanewise(ASHR, 3).and(Halves.MASK).reinterpretAsFloats();
      FloatVector s =
          broadcast(
              FLOAT, ALL.get(JAVA_FLOAT_UNALIGNED, w + (long) i * Float.BYTES) * Halves.SCALE);
      a0l = s.fma(low0, a0l);
      a0h = s.fma(high0, a0h);
      a1l = s.fma(low1, a1l);
      a1h = s.fma(high1, a1h);
    }
    a0l.mul(scale).intoMemorySegment(ALL, out, LITTLE_ENDIAN);
    a0h.mul(scale).intoMemorySegment(ALL, out + HALF_LINE, LITTLE_ENDIAN);
    a1l.mul(scale).intoMemorySegment(ALL, out + outSecond, LITTLE_ENDIAN);
    a1h.mul(scale).intoMemorySegment(ALL, out + outSecond + HALF_LINE, LITTLE_ENDIAN);
  }

  /** 1 row by 1 vector of words. */
  private static void tile1x1(long w, int n, long m, long mStride, long out, float scale) {
    FloatVector a0l = fromMemorySegment(FLOAT, ALL, out, LITTLE_ENDIAN);
    FloatVector a0h = fromMemorySegment(FLOAT, ALL, out + HALF_LINE, LITTLE_ENDIAN);
    for (int i = 0; i < n; i++) {
      long from = m + i * mStride;
      IntVector words0 = IntVector.fromMemorySegment(INT, ALL, from, LITTLE_ENDIAN);
      FloatVector low0 =
          words0.lanewise(LSHL, 16).lanewise(ASHR, 3).and(Halves.MASK).reinterpretAsFloats();
      FloatVector high0 = words0.lanewise(ASHR, 3).and(Halves.MASK).reinterpretAsFloats();
      FloatVector s =
          broadcast(
              FLOAT, ALL.get(JAVA_FLOAT_UNALIGNED, w + (long) i * Float.BYTES) * Halves.SCALE);
      a0l = s.fma(low0, a0l);
      a0h = s.fma(high0, a0h);
    }
    a0l.mul(scale).intoMemorySegment(ALL, out, LITTLE_ENDIAN);
    a0h.mul(scale).intoMemorySegment(ALL, out + HALF_LINE, LITTLE_ENDIAN);
  }
}
