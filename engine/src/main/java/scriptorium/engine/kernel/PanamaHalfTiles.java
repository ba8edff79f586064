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
 * The loop of {@link PanamaAttentionTiles} over f16 pages: panels of 32 columns, whose lines of 16
 * words hold 32 elements each, see {@link Halves}. The low halves of a vector of words are 16
 * elements before the high ones. Arguments are addresses and bytes.
 */
final class PanamaHalfTiles {
  private static final long BYTES = (long) LENGTH * Float.BYTES;

  /** A panel's line, its elements of one i. */
  private static final long LINE = Halves.LINE_BYTES;

  /** From a low half's place in the output to its high half's. */
  private static final long HIGH = (long) Halves.LINE_WORDS * Float.BYTES;

  private static final int VECTORS_PER_LINE = Halves.LINE_WORDS / LENGTH;

  private PanamaHalfTiles() {}

  /** All tiles of a product; {@code panel} is the number of bytes from one panel to the next. */
  static void run(
      long w,
      long wStride,
      int rows,
      int n,
      long m,
      long panel,
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
          panel,
          columns,
          out + row * outStride,
          outStride,
          scale);
    }
    for (; row < rows; row++) {
      row(w + row * wStride, n, m, panel, columns, out + row * outStride, scale);
    }
  }

  private static void rows4(
      long w,
      long wStride,
      int n,
      long m,
      long panel,
      int columns,
      long out,
      long outStride,
      float scale) {
    int vectors = columns / Halves.LINE_ELEMENTS * VECTORS_PER_LINE;
    for (int v = 0; v < vectors; v++) {
      tile4x1(w, wStride, n, at(m, v, panel), out + place(v), outStride, scale);
    }
    for (int r = 0; r < 4; r++) {
      rest(w + r * wStride, n, m, panel, columns, out + r * outStride, scale);
    }
  }

  private static void row(long w, int n, long m, long panel, int columns, long out, float scale) {
    int vectors = columns / Halves.LINE_ELEMENTS * VECTORS_PER_LINE;
    int v = 0;
    if (VECTORS_PER_LINE > 1) {
      for (; v < vectors; v += 2) {
        tile1x2(w, n, at(m, v, panel), out + place(v), scale);
      }
    }
    for (; v < vectors; v++) {
      tile1x1(w, n, at(m, v, panel), out + place(v), scale);
    }
    rest(w, n, m, panel, columns, out, scale);
  }

  /** Where the first line of a vector of words lies. */
  private static long at(long m, int vector, long panel) {
    return m + vector / VECTORS_PER_LINE * panel + vector % VECTORS_PER_LINE * BYTES;
  }

  /** Where the elements of a vector of words begin in the output, in bytes. */
  private static long place(int vector) {
    return vector / VECTORS_PER_LINE * 2 * HIGH + vector % VECTORS_PER_LINE * BYTES;
  }

  /** The columns behind the last whole line. */
  private static void rest(long w, int n, long m, long panel, int columns, long out, float scale) {
    for (int column = columns - columns % Halves.LINE_ELEMENTS; column < columns; column++) {
      long to = out + (long) column * Float.BYTES;
      long from =
          m + column / Halves.LINE_ELEMENTS * panel + Halves.offset(column % Halves.LINE_ELEMENTS);
      float sum = ALL.get(JAVA_FLOAT_UNALIGNED, to);
      for (int i = 0; i < n; i++) {
        float weight = ALL.get(JAVA_FLOAT_UNALIGNED, w + (long) i * Float.BYTES) * Halves.SCALE;
        sum = Math.fma(weight, Halves.widen(ALL.get(JAVA_SHORT_UNALIGNED, from + i * LINE)), sum);
      }
      ALL.set(JAVA_FLOAT_UNALIGNED, to, sum * scale);
    }
  }

  /** 4 rows by 1 vector of words. */
  private static void tile4x1(
      long w, long wStride, int n, long m0, long o0, long outStride, float scale) {
    FloatVector a0l = fromMemorySegment(FLOAT, ALL, o0, LITTLE_ENDIAN);
    FloatVector a0h = fromMemorySegment(FLOAT, ALL, o0 + HIGH, LITTLE_ENDIAN);
    FloatVector b0l = fromMemorySegment(FLOAT, ALL, o0 + outStride, LITTLE_ENDIAN);
    FloatVector b0h = fromMemorySegment(FLOAT, ALL, o0 + outStride + HIGH, LITTLE_ENDIAN);
    FloatVector c0l = fromMemorySegment(FLOAT, ALL, o0 + 2 * outStride, LITTLE_ENDIAN);
    FloatVector c0h = fromMemorySegment(FLOAT, ALL, o0 + 2 * outStride + HIGH, LITTLE_ENDIAN);
    FloatVector d0l = fromMemorySegment(FLOAT, ALL, o0 + 3 * outStride, LITTLE_ENDIAN);
    FloatVector d0h = fromMemorySegment(FLOAT, ALL, o0 + 3 * outStride + HIGH, LITTLE_ENDIAN);
    for (int i = 0; i < n; i++) {
      long line = (long) i * LINE;
      long at = w + (long) i * Float.BYTES;
      IntVector words0 = IntVector.fromMemorySegment(INT, ALL, m0 + line, LITTLE_ENDIAN);
      FloatVector low0 =
          words0.lanewise(LSHL, 16).lanewise(ASHR, 3).and(Halves.MASK).reinterpretAsFloats();
      FloatVector high0 = words0.lanewise(ASHR, 3).and(Halves.MASK).reinterpretAsFloats();
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
    a0l.mul(scale).intoMemorySegment(ALL, o0, LITTLE_ENDIAN);
    a0h.mul(scale).intoMemorySegment(ALL, o0 + HIGH, LITTLE_ENDIAN);
    b0l.mul(scale).intoMemorySegment(ALL, o0 + outStride, LITTLE_ENDIAN);
    b0h.mul(scale).intoMemorySegment(ALL, o0 + outStride + HIGH, LITTLE_ENDIAN);
    c0l.mul(scale).intoMemorySegment(ALL, o0 + 2 * outStride, LITTLE_ENDIAN);
    c0h.mul(scale).intoMemorySegment(ALL, o0 + 2 * outStride + HIGH, LITTLE_ENDIAN);
    d0l.mul(scale).intoMemorySegment(ALL, o0 + 3 * outStride, LITTLE_ENDIAN);
    d0h.mul(scale).intoMemorySegment(ALL, o0 + 3 * outStride + HIGH, LITTLE_ENDIAN);
  }

  /** 1 row by 2 vectors of words of one line. */
  private static void tile1x2(long w, int n, long m, long out, float scale) {
    FloatVector low0 = fromMemorySegment(FLOAT, ALL, out, LITTLE_ENDIAN);
    FloatVector high0 = fromMemorySegment(FLOAT, ALL, out + HIGH, LITTLE_ENDIAN);
    FloatVector low1 = fromMemorySegment(FLOAT, ALL, out + BYTES, LITTLE_ENDIAN);
    FloatVector high1 = fromMemorySegment(FLOAT, ALL, out + BYTES + HIGH, LITTLE_ENDIAN);
    for (int i = 0; i < n; i++) {
      long line = m + i * LINE;
      float weight = ALL.get(JAVA_FLOAT_UNALIGNED, w + (long) i * Float.BYTES);
      FloatVector s = broadcast(FLOAT, weight * Halves.SCALE);
      IntVector words0 = IntVector.fromMemorySegment(INT, ALL, line, LITTLE_ENDIAN);
      low0 =
          s.fma(
              words0.lanewise(LSHL, 16).lanewise(ASHR, 3).and(Halves.MASK).reinterpretAsFloats(),
              low0);
      high0 = s.fma(words0.lanewise(ASHR, 3).and(Halves.MASK).reinterpretAsFloats(), high0);
      IntVector words1 = IntVector.fromMemorySegment(INT, ALL, line + BYTES, LITTLE_ENDIAN);
      low1 =
          s.fma(
              words1.lanewise(LSHL, 16).lanewise(ASHR, 3).and(Halves.MASK).reinterpretAsFloats(),
              low1);
      high1 = s.fma(words1.lanewise(ASHR, 3).and(Halves.MASK).reinterpretAsFloats(), high1);
    }
    low0.mul(scale).intoMemorySegment(ALL, out, LITTLE_ENDIAN);
    high0.mul(scale).intoMemorySegment(ALL, out + HIGH, LITTLE_ENDIAN);
    low1.mul(scale).intoMemorySegment(ALL, out + BYTES, LITTLE_ENDIAN);
    high1.mul(scale).intoMemorySegment(ALL, out + BYTES + HIGH, LITTLE_ENDIAN);
  }

  /** 1 row by 1 vector of words. */
  private static void tile1x1(long w, int n, long m, long out, float scale) {
    FloatVector low0 = fromMemorySegment(FLOAT, ALL, out, LITTLE_ENDIAN);
    FloatVector high0 = fromMemorySegment(FLOAT, ALL, out + HIGH, LITTLE_ENDIAN);
    for (int i = 0; i < n; i++) {
      long line = m + i * LINE;
      float weight = ALL.get(JAVA_FLOAT_UNALIGNED, w + (long) i * Float.BYTES);
      FloatVector s = broadcast(FLOAT, weight * Halves.SCALE);
      IntVector words0 = IntVector.fromMemorySegment(INT, ALL, line, LITTLE_ENDIAN);
      low0 =
          s.fma(
              words0.lanewise(LSHL, 16).lanewise(ASHR, 3).and(Halves.MASK).reinterpretAsFloats(),
              low0);
      high0 = s.fma(words0.lanewise(ASHR, 3).and(Halves.MASK).reinterpretAsFloats(), high0);
    }
    low0.mul(scale).intoMemorySegment(ALL, out, LITTLE_ENDIAN);
    high0.mul(scale).intoMemorySegment(ALL, out + HIGH, LITTLE_ENDIAN);
  }
}
