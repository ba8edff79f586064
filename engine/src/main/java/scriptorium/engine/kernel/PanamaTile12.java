package scriptorium.engine.kernel;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;
import static scriptorium.engine.kernel.PanamaSpecies.FLOAT;
import static scriptorium.engine.memory.NativeFloats.ALL;

import jdk.incubator.vector.FloatVector;

/** Micro-kernel of 12 rows by two vectors; see {@link PanamaMatmul#tiles} for its arguments. */
final class PanamaTile12 {
  private PanamaTile12() {}

  static void run(
      float[] a,
      int at,
      int end,
      long b0,
      long b1,
      long bias0,
      long bias1,
      long c0,
      long c1,
      long cStride) {
    FloatVector x0 = fromMemorySegment(FLOAT, ALL, bias0, LITTLE_ENDIAN);
    FloatVector y0 = fromMemorySegment(FLOAT, ALL, bias1, LITTLE_ENDIAN);
    FloatVector x1 = x0;
    FloatVector y1 = y0;
    FloatVector x2 = x0;
    FloatVector y2 = y0;
    FloatVector x3 = x0;
    FloatVector y3 = y0;
    FloatVector x4 = x0;
    FloatVector y4 = y0;
    FloatVector x5 = x0;
    FloatVector y5 = y0;
    FloatVector x6 = x0;
    FloatVector y6 = y0;
    FloatVector x7 = x0;
    FloatVector y7 = y0;
    FloatVector x8 = x0;
    FloatVector y8 = y0;
    FloatVector x9 = x0;
    FloatVector y9 = y0;
    FloatVector x10 = x0;
    FloatVector y10 = y0;
    FloatVector x11 = x0;
    FloatVector y11 = y0;
    for (int i = at; i < end; i += 12) {
      FloatVector p = fromMemorySegment(FLOAT, ALL, b0, LITTLE_ENDIAN);
      FloatVector q = fromMemorySegment(FLOAT, ALL, b1, LITTLE_ENDIAN);
      FloatVector s = broadcast(FLOAT, a[i]);
      x0 = s.fma(p, x0);
      y0 = s.fma(q, y0);
      s = broadcast(FLOAT, a[i + 1]);
      x1 = s.fma(p, x1);
      y1 = s.fma(q, y1);
      s = broadcast(FLOAT, a[i + 2]);
      x2 = s.fma(p, x2);
      y2 = s.fma(q, y2);
      s = broadcast(FLOAT, a[i + 3]);
      x3 = s.fma(p, x3);
      y3 = s.fma(q, y3);
      s = broadcast(FLOAT, a[i + 4]);
      x4 = s.fma(p, x4);
      y4 = s.fma(q, y4);
      s = broadcast(FLOAT, a[i + 5]);
      x5 = s.fma(p, x5);
      y5 = s.fma(q, y5);
      s = broadcast(FLOAT, a[i + 6]);
      x6 = s.fma(p, x6);
      y6 = s.fma(q, y6);
      s = broadcast(FLOAT, a[i + 7]);
      x7 = s.fma(p, x7);
      y7 = s.fma(q, y7);
      s = broadcast(FLOAT, a[i + 8]);
      x8 = s.fma(p, x8);
      y8 = s.fma(q, y8);
      s = broadcast(FLOAT, a[i + 9]);
      x9 = s.fma(p, x9);
      y9 = s.fma(q, y9);
      s = broadcast(FLOAT, a[i + 10]);
      x10 = s.fma(p, x10);
      y10 = s.fma(q, y10);
      s = broadcast(FLOAT, a[i + 11]);
      x11 = s.fma(p, x11);
      y11 = s.fma(q, y11);
      b0 += 64;
      b1 += 64;
    }
    x0.intoMemorySegment(ALL, c0, LITTLE_ENDIAN);
    y0.intoMemorySegment(ALL, c1, LITTLE_ENDIAN);
    x1.intoMemorySegment(ALL, c0 + cStride, LITTLE_ENDIAN);
    y1.intoMemorySegment(ALL, c1 + cStride, LITTLE_ENDIAN);
    x2.intoMemorySegment(ALL, c0 + 2 * cStride, LITTLE_ENDIAN);
    y2.intoMemorySegment(ALL, c1 + 2 * cStride, LITTLE_ENDIAN);
    x3.intoMemorySegment(ALL, c0 + 3 * cStride, LITTLE_ENDIAN);
    y3.intoMemorySegment(ALL, c1 + 3 * cStride, LITTLE_ENDIAN);
    x4.intoMemorySegment(ALL, c0 + 4 * cStride, LITTLE_ENDIAN);
    y4.intoMemorySegment(ALL, c1 + 4 * cStride, LITTLE_ENDIAN);
    x5.intoMemorySegment(ALL, c0 + 5 * cStride, LITTLE_ENDIAN);
    y5.intoMemorySegment(ALL, c1 + 5 * cStride, LITTLE_ENDIAN);
    x6.intoMemorySegment(ALL, c0 + 6 * cStride, LITTLE_ENDIAN);
    y6.intoMemorySegment(ALL, c1 + 6 * cStride, LITTLE_ENDIAN);
    x7.intoMemorySegment(ALL, c0 + 7 * cStride, LITTLE_ENDIAN);
    y7.intoMemorySegment(ALL, c1 + 7 * cStride, LITTLE_ENDIAN);
    x8.intoMemorySegment(ALL, c0 + 8 * cStride, LITTLE_ENDIAN);
    y8.intoMemorySegment(ALL, c1 + 8 * cStride, LITTLE_ENDIAN);
    x9.intoMemorySegment(ALL, c0 + 9 * cStride, LITTLE_ENDIAN);
    y9.intoMemorySegment(ALL, c1 + 9 * cStride, LITTLE_ENDIAN);
    x10.intoMemorySegment(ALL, c0 + 10 * cStride, LITTLE_ENDIAN);
    y10.intoMemorySegment(ALL, c1 + 10 * cStride, LITTLE_ENDIAN);
    x11.intoMemorySegment(ALL, c0 + 11 * cStride, LITTLE_ENDIAN);
    y11.intoMemorySegment(ALL, c1 + 11 * cStride, LITTLE_ENDIAN);
  }
}
