package scriptorium.engine.kernel;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;
import static scriptorium.engine.kernel.PanamaSpecies.FLOAT;
import static scriptorium.engine.memory.NativeFloats.ALL;

import jdk.incubator.vector.FloatVector;

/** Micro-kernel of 4 rows by two vectors; see {@link PanamaMatmul#tiles} for its arguments. */
final class PanamaTile4 {
  private PanamaTile4() {}

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
  }
}
