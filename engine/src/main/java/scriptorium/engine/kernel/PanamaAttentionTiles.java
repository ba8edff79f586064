package scriptorium.engine.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;
import static scriptorium.engine.kernel.PanamaSpecies.FLOAT;
import static scriptorium.engine.kernel.PanamaSpecies.LENGTH;
import static scriptorium.engine.memory.NativeFloats.ALL;

import jdk.incubator.vector.FloatVector;

/**
 * The one loop of attention over f32 pages: {@code out[r][j] = scale * (out[r][j] + sum over i of
 * w[r][i] * m[i][j])}, fma over i ascending. Scores and values are both this: columns and up to 4
 * rows stay in registers, and the matrix streams past, once for the rows of a tile. Arguments are
 * addresses and bytes.
 */
final class PanamaAttentionTiles {
  private static final long BYTES = (long) LENGTH * Float.BYTES;

  private PanamaAttentionTiles() {}

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
    int column = 0;
    for (; column <= columns - 2 * LENGTH; column += 2 * LENGTH) {
      long at = (long) column * Float.BYTES;
      tile4x2(w, wStride, n, m + at, mStride, out + at, outStride, scale);
    }
    for (; column <= columns - LENGTH; column += LENGTH) {
      long at = (long) column * Float.BYTES;
      tile4x1(w, wStride, n, m + at, mStride, out + at, outStride, scale);
    }
    for (int r = 0; r < 4; r++) {
      columns(w + r * wStride, n, m, mStride, column, columns, out + r * outStride, scale);
    }
  }

  private static void row(long w, int n, long m, long mStride, int columns, long out, float scale) {
    int column = 0;
    for (; column <= columns - 4 * LENGTH; column += 4 * LENGTH) {
      long at = (long) column * Float.BYTES;
      tile1x4(w, n, m + at, mStride, out + at, scale);
    }
    for (; column <= columns - 2 * LENGTH; column += 2 * LENGTH) {
      long at = (long) column * Float.BYTES;
      tile1x2(w, n, m + at, mStride, out + at, scale);
    }
    for (; column <= columns - LENGTH; column += LENGTH) {
      long at = (long) column * Float.BYTES;
      tile1x1(w, n, m + at, mStride, out + at, scale);
    }
    columns(w, n, m, mStride, column, columns, out, scale);
  }

  private static void columns(
      long w, int n, long m, long mStride, int from, int to, long out, float scale) {
    for (int column = from; column < to; column++) {
      long at = (long) column * Float.BYTES;
      float sum = ALL.get(JAVA_FLOAT_UNALIGNED, out + at);
      for (int i = 0; i < n; i++) {
        sum =
            Math.fma(
                ALL.get(JAVA_FLOAT_UNALIGNED, w + (long) i * Float.BYTES),
                ALL.get(JAVA_FLOAT_UNALIGNED, m + i * mStride + at),
                sum);
      }
      ALL.set(JAVA_FLOAT_UNALIGNED, out + at, sum * scale);
    }
  }

  /** 4 rows by 2 vectors. */
  private static void tile4x2(
      long w, long wStride, int n, long m, long mStride, long out, long outStride, float scale) {
    FloatVector a0 = fromMemorySegment(FLOAT, ALL, out, LITTLE_ENDIAN);
    FloatVector a1 = fromMemorySegment(FLOAT, ALL, out + BYTES, LITTLE_ENDIAN);
    FloatVector b0 = fromMemorySegment(FLOAT, ALL, out + outStride, LITTLE_ENDIAN);
    FloatVector b1 = fromMemorySegment(FLOAT, ALL, out + outStride + BYTES, LITTLE_ENDIAN);
    FloatVector c0 = fromMemorySegment(FLOAT, ALL, out + 2 * outStride, LITTLE_ENDIAN);
    FloatVector c1 = fromMemorySegment(FLOAT, ALL, out + 2 * outStride + BYTES, LITTLE_ENDIAN);
    FloatVector d0 = fromMemorySegment(FLOAT, ALL, out + 3 * outStride, LITTLE_ENDIAN);
    FloatVector d1 = fromMemorySegment(FLOAT, ALL, out + 3 * outStride + BYTES, LITTLE_ENDIAN);
    for (int i = 0; i < n; i++) {
      long from = m + i * mStride;
      FloatVector m0 = fromMemorySegment(FLOAT, ALL, from, LITTLE_ENDIAN);
      FloatVector m1 = fromMemorySegment(FLOAT, ALL, from + BYTES, LITTLE_ENDIAN);
      long at = w + (long) i * Float.BYTES;
      FloatVector s = broadcast(FLOAT, ALL.get(JAVA_FLOAT_UNALIGNED, at));
      a0 = s.fma(m0, a0);
      a1 = s.fma(m1, a1);
      s = broadcast(FLOAT, ALL.get(JAVA_FLOAT_UNALIGNED, at + wStride));
      b0 = s.fma(m0, b0);
      b1 = s.fma(m1, b1);
      s = broadcast(FLOAT, ALL.get(JAVA_FLOAT_UNALIGNED, at + 2 * wStride));
      c0 = s.fma(m0, c0);
      c1 = s.fma(m1, c1);
      s = broadcast(FLOAT, ALL.get(JAVA_FLOAT_UNALIGNED, at + 3 * wStride));
      d0 = s.fma(m0, d0);
      d1 = s.fma(m1, d1);
    }
    a0.mul(scale).intoMemorySegment(ALL, out, LITTLE_ENDIAN);
    a1.mul(scale).intoMemorySegment(ALL, out + BYTES, LITTLE_ENDIAN);
    b0.mul(scale).intoMemorySegment(ALL, out + outStride, LITTLE_ENDIAN);
    b1.mul(scale).intoMemorySegment(ALL, out + outStride + BYTES, LITTLE_ENDIAN);
    c0.mul(scale).intoMemorySegment(ALL, out + 2 * outStride, LITTLE_ENDIAN);
    c1.mul(scale).intoMemorySegment(ALL, out + 2 * outStride + BYTES, LITTLE_ENDIAN);
    d0.mul(scale).intoMemorySegment(ALL, out + 3 * outStride, LITTLE_ENDIAN);
    d1.mul(scale).intoMemorySegment(ALL, out + 3 * outStride + BYTES, LITTLE_ENDIAN);
  }

  /** 4 rows by 1 vector. */
  private static void tile4x1(
      long w, long wStride, int n, long m, long mStride, long out, long outStride, float scale) {
    FloatVector a0 = fromMemorySegment(FLOAT, ALL, out, LITTLE_ENDIAN);
    FloatVector b0 = fromMemorySegment(FLOAT, ALL, out + outStride, LITTLE_ENDIAN);
    FloatVector c0 = fromMemorySegment(FLOAT, ALL, out + 2 * outStride, LITTLE_ENDIAN);
    FloatVector d0 = fromMemorySegment(FLOAT, ALL, out + 3 * outStride, LITTLE_ENDIAN);
    for (int i = 0; i < n; i++) {
      long from = m + i * mStride;
      FloatVector m0 = fromMemorySegment(FLOAT, ALL, from, LITTLE_ENDIAN);
      long at = w + (long) i * Float.BYTES;
      FloatVector s = broadcast(FLOAT, ALL.get(JAVA_FLOAT_UNALIGNED, at));
      a0 = s.fma(m0, a0);
      s = broadcast(FLOAT, ALL.get(JAVA_FLOAT_UNALIGNED, at + wStride));
      b0 = s.fma(m0, b0);
      s = broadcast(FLOAT, ALL.get(JAVA_FLOAT_UNALIGNED, at + 2 * wStride));
      c0 = s.fma(m0, c0);
      s = broadcast(FLOAT, ALL.get(JAVA_FLOAT_UNALIGNED, at + 3 * wStride));
      d0 = s.fma(m0, d0);
    }
    a0.mul(scale).intoMemorySegment(ALL, out, LITTLE_ENDIAN);
    b0.mul(scale).intoMemorySegment(ALL, out + outStride, LITTLE_ENDIAN);
    c0.mul(scale).intoMemorySegment(ALL, out + 2 * outStride, LITTLE_ENDIAN);
    d0.mul(scale).intoMemorySegment(ALL, out + 3 * outStride, LITTLE_ENDIAN);
  }

  /** 1 row by 4 vectors. */
  private static void tile1x4(long w, int n, long m, long mStride, long out, float scale) {
    FloatVector a0 = fromMemorySegment(FLOAT, ALL, out, LITTLE_ENDIAN);
    FloatVector a1 = fromMemorySegment(FLOAT, ALL, out + BYTES, LITTLE_ENDIAN);
    FloatVector a2 = fromMemorySegment(FLOAT, ALL, out + 2 * BYTES, LITTLE_ENDIAN);
    FloatVector a3 = fromMemorySegment(FLOAT, ALL, out + 3 * BYTES, LITTLE_ENDIAN);
    for (int i = 0; i < n; i++) {
      long from = m + i * mStride;
      FloatVector s = broadcast(FLOAT, ALL.get(JAVA_FLOAT_UNALIGNED, w + (long) i * Float.BYTES));
      a0 = s.fma(fromMemorySegment(FLOAT, ALL, from, LITTLE_ENDIAN), a0);
      a1 = s.fma(fromMemorySegment(FLOAT, ALL, from + BYTES, LITTLE_ENDIAN), a1);
      a2 = s.fma(fromMemorySegment(FLOAT, ALL, from + 2 * BYTES, LITTLE_ENDIAN), a2);
      a3 = s.fma(fromMemorySegment(FLOAT, ALL, from + 3 * BYTES, LITTLE_ENDIAN), a3);
    }
    a0.mul(scale).intoMemorySegment(ALL, out, LITTLE_ENDIAN);
    a1.mul(scale).intoMemorySegment(ALL, out + BYTES, LITTLE_ENDIAN);
    a2.mul(scale).intoMemorySegment(ALL, out + 2 * BYTES, LITTLE_ENDIAN);
    a3.mul(scale).intoMemorySegment(ALL, out + 3 * BYTES, LITTLE_ENDIAN);
  }

  /** 1 row by 2 vectors. */
  private static void tile1x2(long w, int n, long m, long mStride, long out, float scale) {
    FloatVector a0 = fromMemorySegment(FLOAT, ALL, out, LITTLE_ENDIAN);
    FloatVector a1 = fromMemorySegment(FLOAT, ALL, out + BYTES, LITTLE_ENDIAN);
    for (int i = 0; i < n; i++) {
      long from = m + i * mStride;
      FloatVector s = broadcast(FLOAT, ALL.get(JAVA_FLOAT_UNALIGNED, w + (long) i * Float.BYTES));
      a0 = s.fma(fromMemorySegment(FLOAT, ALL, from, LITTLE_ENDIAN), a0);
      a1 = s.fma(fromMemorySegment(FLOAT, ALL, from + BYTES, LITTLE_ENDIAN), a1);
    }
    a0.mul(scale).intoMemorySegment(ALL, out, LITTLE_ENDIAN);
    a1.mul(scale).intoMemorySegment(ALL, out + BYTES, LITTLE_ENDIAN);
  }

  /** 1 row by 1 vector. */
  private static void tile1x1(long w, int n, long m, long mStride, long out, float scale) {
    FloatVector a0 = fromMemorySegment(FLOAT, ALL, out, LITTLE_ENDIAN);
    for (int i = 0; i < n; i++) {
      long from = m + i * mStride;
      FloatVector s = broadcast(FLOAT, ALL.get(JAVA_FLOAT_UNALIGNED, w + (long) i * Float.BYTES));
      a0 = s.fma(fromMemorySegment(FLOAT, ALL, from, LITTLE_ENDIAN), a0);
    }
    a0.mul(scale).intoMemorySegment(ALL, out, LITTLE_ENDIAN);
  }
}
