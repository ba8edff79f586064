package scriptorium.engine.kernel;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;
import static scriptorium.engine.kernel.PanamaSpecies.FLOAT;
import static scriptorium.engine.memory.NativeFloats.ALL;

import jdk.incubator.vector.FloatVector;

/** Micro-kernel of 2 rows by two vectors; see {@link PanamaMatmul#tiles} for its arguments. */
final class PanamaTile2 {
  private PanamaTile2() {}

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
    for (int i = at; i < end; i += 12) {
      FloatVector p = fromMemorySegment(FLOAT, ALL, b0, LITTLE_ENDIAN);
      FloatVector q = fromMemorySegment(FLOAT, ALL, b1, LITTLE_ENDIAN);
      FloatVector s = broadcast(FLOAT, a[i]);
      x0 = s.fma(p, x0);
      y0 = s.fma(q, y0);
      s = broadcast(FLOAT, a[i + 1]);
      x1 = s.fma(p, x1);
      y1 = s.fma(q, y1);
      b0 += 64;
      b1 += 64;
    }
    x0.intoMemorySegment(ALL, c0, LITTLE_ENDIAN);
    y0.intoMemorySegment(ALL, c1, LITTLE_ENDIAN);
    x1.intoMemorySegment(ALL, c0 + cStride, LITTLE_ENDIAN);
    y1.intoMemorySegment(ALL, c1 + cStride, LITTLE_ENDIAN);
  }
}
