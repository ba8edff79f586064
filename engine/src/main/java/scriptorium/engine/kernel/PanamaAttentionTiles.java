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
 * w[r][i] * m[i][j])}, fma over i ascending. Scores and values are both this, with m in panels of
 * 16 columns, whose lines of 64 bytes follow each other. Columns and up to 4 rows stay in registers
 * and the matrix streams past, once for the rows of a tile. One row, which is bound by memory,
 * takes one line after the other: so the processor's prefetcher keeps up at 25 GB/s a core; at two
 * or four lines an iteration, more than it can fetch, it falls behind, to 10 to 15
 * (AttentionBenchmark). Arguments are addresses and bytes.
 */
final class PanamaAttentionTiles {
  private static final long BYTES = (long) LENGTH * Float.BYTES;

  /** A panel's line, its elements of one i. */
  private static final long LINE = (long) Kernels.LANES * Float.BYTES;

  private PanamaAttentionTiles() {}

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
    int vectors = columns / LENGTH;
    int v = 0;
    for (; v <= vectors - 2; v += 2) {
      tile4x2(
          w, wStride, n, at(m, v, panel), at(m, v + 1, panel), out + v * BYTES, outStride, scale);
    }
    for (; v < vectors; v++) {
      tile4x1(w, wStride, n, at(m, v, panel), out + v * BYTES, outStride, scale);
    }
    for (int r = 0; r < 4; r++) {
      rest(w + r * wStride, n, m, panel, columns, out + r * outStride, scale);
    }
  }

  /** One row, a panel at a time: 512 bits have one vector a line, 256 two, 128 four. */
  private static void row(long w, int n, long m, long panel, int columns, long out, float scale) {
    int vectors = columns / LENGTH;
    int v = 0;
    if (LENGTH == 4) {
      for (; v <= vectors - 4; v += 4) {
        tile1x4(w, n, at(m, v, panel), out + v * BYTES, scale);
      }
    }
    if (LENGTH == 8) {
      for (; v <= vectors - 2; v += 2) {
        tile1x2(w, n, at(m, v, panel), out + v * BYTES, scale);
      }
    }
    for (; v < vectors; v++) {
      tile1x1(w, n, at(m, v, panel), out + v * BYTES, scale);
    }
    rest(w, n, m, panel, columns, out, scale);
  }

  /** Where the first line of a vector of columns lies. */
  private static long at(long m, int vector, long panel) {
    long column = vector * BYTES;
    return m + column / LINE * panel + column % LINE;
  }

  /** The columns behind the last whole vector. */
  private static void rest(long w, int n, long m, long panel, int columns, long out, float scale) {
    for (int column = columns - columns % LENGTH; column < columns; column++) {
      long to = out + (long) column * Float.BYTES;
      long from = m + column / Kernels.LANES * panel + column % Kernels.LANES * (long) Float.BYTES;
      float sum = ALL.get(JAVA_FLOAT_UNALIGNED, to);
      for (int i = 0; i < n; i++) {
        float weight = ALL.get(JAVA_FLOAT_UNALIGNED, w + (long) i * Float.BYTES);
        sum = Math.fma(weight, ALL.get(JAVA_FLOAT_UNALIGNED, from + i * LINE), sum);
      }
      ALL.set(JAVA_FLOAT_UNALIGNED, to, sum * scale);
    }
  }

  /** 4 rows by 2 vectors. */
  private static void tile4x2(
      long w, long wStride, int n, long m0, long m1, long out, long outStride, float scale) {
    FloatVector a0 = fromMemorySegment(FLOAT, ALL, out, LITTLE_ENDIAN);
    FloatVector a1 = fromMemorySegment(FLOAT, ALL, out + BYTES, LITTLE_ENDIAN);
    FloatVector b0 = fromMemorySegment(FLOAT, ALL, out + outStride, LITTLE_ENDIAN);
    FloatVector b1 = fromMemorySegment(FLOAT, ALL, out + outStride + BYTES, LITTLE_ENDIAN);
    FloatVector c0 = fromMemorySegment(FLOAT, ALL, out + 2 * outStride, LITTLE_ENDIAN);
    FloatVector c1 = fromMemorySegment(FLOAT, ALL, out + 2 * outStride + BYTES, LITTLE_ENDIAN);
    FloatVector d0 = fromMemorySegment(FLOAT, ALL, out + 3 * outStride, LITTLE_ENDIAN);
    FloatVector d1 = fromMemorySegment(FLOAT, ALL, out + 3 * outStride + BYTES, LITTLE_ENDIAN);
    for (int i = 0; i < n; i++) {
      long line = (long) i * LINE;
      long at = w + (long) i * Float.BYTES;
      FloatVector x0 = fromMemorySegment(FLOAT, ALL, m0 + line, LITTLE_ENDIAN);
      FloatVector x1 = fromMemorySegment(FLOAT, ALL, m1 + line, LITTLE_ENDIAN);
      FloatVector s = broadcast(FLOAT, ALL.get(JAVA_FLOAT_UNALIGNED, at));
      a0 = s.fma(x0, a0);
      a1 = s.fma(x1, a1);
      s = broadcast(FLOAT, ALL.get(JAVA_FLOAT_UNALIGNED, at + wStride));
      b0 = s.fma(x0, b0);
      b1 = s.fma(x1, b1);
      s = broadcast(FLOAT, ALL.get(JAVA_FLOAT_UNALIGNED, at + 2 * wStride));
      c0 = s.fma(x0, c0);
      c1 = s.fma(x1, c1);
      s = broadcast(FLOAT, ALL.get(JAVA_FLOAT_UNALIGNED, at + 3 * wStride));
      d0 = s.fma(x0, d0);
      d1 = s.fma(x1, d1);
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
      long w, long wStride, int n, long m0, long out, long outStride, float scale) {
    FloatVector a0 = fromMemorySegment(FLOAT, ALL, out, LITTLE_ENDIAN);
    FloatVector b0 = fromMemorySegment(FLOAT, ALL, out + outStride, LITTLE_ENDIAN);
    FloatVector c0 = fromMemorySegment(FLOAT, ALL, out + 2 * outStride, LITTLE_ENDIAN);
    FloatVector d0 = fromMemorySegment(FLOAT, ALL, out + 3 * outStride, LITTLE_ENDIAN);
    for (int i = 0; i < n; i++) {
      long line = (long) i * LINE;
      long at = w + (long) i * Float.BYTES;
      FloatVector x0 = fromMemorySegment(FLOAT, ALL, m0 + line, LITTLE_ENDIAN);
      FloatVector s = broadcast(FLOAT, ALL.get(JAVA_FLOAT_UNALIGNED, at));
      a0 = s.fma(x0, a0);
      s = broadcast(FLOAT, ALL.get(JAVA_FLOAT_UNALIGNED, at + wStride));
      b0 = s.fma(x0, b0);
      s = broadcast(FLOAT, ALL.get(JAVA_FLOAT_UNALIGNED, at + 2 * wStride));
      c0 = s.fma(x0, c0);
      s = broadcast(FLOAT, ALL.get(JAVA_FLOAT_UNALIGNED, at + 3 * wStride));
      d0 = s.fma(x0, d0);
    }
    a0.mul(scale).intoMemorySegment(ALL, out, LITTLE_ENDIAN);
    b0.mul(scale).intoMemorySegment(ALL, out + outStride, LITTLE_ENDIAN);
    c0.mul(scale).intoMemorySegment(ALL, out + 2 * outStride, LITTLE_ENDIAN);
    d0.mul(scale).intoMemorySegment(ALL, out + 3 * outStride, LITTLE_ENDIAN);
  }

  /** 1 row by 4 vectors of one line. */
  private static void tile1x4(long w, int n, long m, long out, float scale) {
    FloatVector a0 = fromMemorySegment(FLOAT, ALL, out, LITTLE_ENDIAN);
    FloatVector a1 = fromMemorySegment(FLOAT, ALL, out + BYTES, LITTLE_ENDIAN);
    FloatVector a2 = fromMemorySegment(FLOAT, ALL, out + 2 * BYTES, LITTLE_ENDIAN);
    FloatVector a3 = fromMemorySegment(FLOAT, ALL, out + 3 * BYTES, LITTLE_ENDIAN);
    for (int i = 0; i < n; i++) {
      long line = m + i * LINE;
      FloatVector s = broadcast(FLOAT, ALL.get(JAVA_FLOAT_UNALIGNED, w + (long) i * Float.BYTES));
      a0 = s.fma(fromMemorySegment(FLOAT, ALL, line, LITTLE_ENDIAN), a0);
      a1 = s.fma(fromMemorySegment(FLOAT, ALL, line + BYTES, LITTLE_ENDIAN), a1);
      a2 = s.fma(fromMemorySegment(FLOAT, ALL, line + 2 * BYTES, LITTLE_ENDIAN), a2);
      a3 = s.fma(fromMemorySegment(FLOAT, ALL, line + 3 * BYTES, LITTLE_ENDIAN), a3);
    }
    a0.mul(scale).intoMemorySegment(ALL, out, LITTLE_ENDIAN);
    a1.mul(scale).intoMemorySegment(ALL, out + BYTES, LITTLE_ENDIAN);
    a2.mul(scale).intoMemorySegment(ALL, out + 2 * BYTES, LITTLE_ENDIAN);
    a3.mul(scale).intoMemorySegment(ALL, out + 3 * BYTES, LITTLE_ENDIAN);
  }

  /** 1 row by 2 vectors of one line. */
  private static void tile1x2(long w, int n, long m, long out, float scale) {
    FloatVector a0 = fromMemorySegment(FLOAT, ALL, out, LITTLE_ENDIAN);
    FloatVector a1 = fromMemorySegment(FLOAT, ALL, out + BYTES, LITTLE_ENDIAN);
    for (int i = 0; i < n; i++) {
      long line = m + i * LINE;
      FloatVector s = broadcast(FLOAT, ALL.get(JAVA_FLOAT_UNALIGNED, w + (long) i * Float.BYTES));
      a0 = s.fma(fromMemorySegment(FLOAT, ALL, line, LITTLE_ENDIAN), a0);
      a1 = s.fma(fromMemorySegment(FLOAT, ALL, line + BYTES, LITTLE_ENDIAN), a1);
    }
    a0.mul(scale).intoMemorySegment(ALL, out, LITTLE_ENDIAN);
    a1.mul(scale).intoMemorySegment(ALL, out + BYTES, LITTLE_ENDIAN);
  }

  /** 1 row by 1 vector. */
  private static void tile1x1(long w, int n, long m, long out, float scale) {
    FloatVector a0 = fromMemorySegment(FLOAT, ALL, out, LITTLE_ENDIAN);
    for (int i = 0; i < n; i++) {
      long line = m + i * LINE;
      FloatVector s = broadcast(FLOAT, ALL.get(JAVA_FLOAT_UNALIGNED, w + (long) i * Float.BYTES));
      a0 = s.fma(fromMemorySegment(FLOAT, ALL, line, LITTLE_ENDIAN), a0);
    }
    a0.mul(scale).intoMemorySegment(ALL, out, LITTLE_ENDIAN);
  }
}
