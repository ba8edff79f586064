package scriptorium.engine.kernel;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;
import static scriptorium.engine.kernel.PanamaSpecies.FLOAT;
import static scriptorium.engine.kernel.PanamaSpecies.LENGTH;
import static scriptorium.engine.memory.NativeFloats.ALL;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * {@link Kernels#layerNorm} in three passes. The branches on LENGTH are constant. Scalars are
 * broadcast before the loops: {@code sub(float)} in a loop is a call that C2 does not always
 * inline, and then its vectors are boxed (192 KB a token).
 */
final class PanamaLayerNorm {
  private static final int LANES = Kernels.LANES;
  private static final long BYTES = (long) LENGTH * Float.BYTES;

  private PanamaLayerNorm() {}

  static void layerNorm(
      MemorySegment x,
      long xOffset,
      int n,
      MemorySegment weight,
      MemorySegment bias,
      float epsilon,
      MemorySegment out,
      long outOffset) {
    long from = KernelArguments.readable(x, xOffset, n);
    long w = KernelArguments.readable(weight, 0, n);
    long b = KernelArguments.readable(bias, 0, n);
    long to = KernelArguments.writable(out, outOffset, n);
    float mean = sum(from, n) / n;
    float scale = ScalarKernels.inverseDeviation(squares(from, n, mean), n, epsilon);
    normalize(from, n, mean, scale, w, b, to);
  }

  private static float sum(long x, int n) {
    FloatVector a = FloatVector.zero(FLOAT);
    FloatVector b = a;
    FloatVector c = a;
    FloatVector d = a;
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      long at = x + (long) i * Float.BYTES;
      a = a.add(fromMemorySegment(FLOAT, ALL, at, LITTLE_ENDIAN));
      if (LENGTH <= 8) {
        b = b.add(fromMemorySegment(FLOAT, ALL, at + BYTES, LITTLE_ENDIAN));
      }
      if (LENGTH == 4) {
        c = c.add(fromMemorySegment(FLOAT, ALL, at + 2 * BYTES, LITTLE_ENDIAN));
        d = d.add(fromMemorySegment(FLOAT, ALL, at + 3 * BYTES, LITTLE_ENDIAN));
      }
    }
    long lanes = PanamaLanes.address();
    a.intoMemorySegment(ALL, lanes, LITTLE_ENDIAN);
    if (LENGTH <= 8) {
      b.intoMemorySegment(ALL, lanes + BYTES, LITTLE_ENDIAN);
    }
    if (LENGTH == 4) {
      c.intoMemorySegment(ALL, lanes + 2 * BYTES, LITTLE_ENDIAN);
      d.intoMemorySegment(ALL, lanes + 3 * BYTES, LITTLE_ENDIAN);
    }
    for (int lane = 0; i < n; i++, lane++) {
      PanamaLanes.set(lanes, lane, PanamaLanes.get(lanes, lane) + PanamaLanes.get(x, i));
    }
    return PanamaLanes.tree(lanes);
  }

  private static float squares(long x, int n, float mean) {
    FloatVector center = FloatVector.broadcast(FLOAT, mean);
    FloatVector a = FloatVector.zero(FLOAT);
    FloatVector b = a;
    FloatVector c = a;
    FloatVector d = a;
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      long at = x + (long) i * Float.BYTES;
      FloatVector aa = fromMemorySegment(FLOAT, ALL, at, LITTLE_ENDIAN).sub(center);
      a = aa.fma(aa, a);
      if (LENGTH <= 8) {
        FloatVector bb = fromMemorySegment(FLOAT, ALL, at + BYTES, LITTLE_ENDIAN).sub(center);
        b = bb.fma(bb, b);
      }
      if (LENGTH == 4) {
        FloatVector cc = fromMemorySegment(FLOAT, ALL, at + 2 * BYTES, LITTLE_ENDIAN).sub(center);
        c = cc.fma(cc, c);
        FloatVector dd = fromMemorySegment(FLOAT, ALL, at + 3 * BYTES, LITTLE_ENDIAN).sub(center);
        d = dd.fma(dd, d);
      }
    }
    long lanes = PanamaLanes.address();
    a.intoMemorySegment(ALL, lanes, LITTLE_ENDIAN);
    if (LENGTH <= 8) {
      b.intoMemorySegment(ALL, lanes + BYTES, LITTLE_ENDIAN);
    }
    if (LENGTH == 4) {
      c.intoMemorySegment(ALL, lanes + 2 * BYTES, LITTLE_ENDIAN);
      d.intoMemorySegment(ALL, lanes + 3 * BYTES, LITTLE_ENDIAN);
    }
    for (int lane = 0; i < n; i++, lane++) {
      float difference = PanamaLanes.get(x, i) - mean;
      PanamaLanes.set(lanes, lane, Math.fma(difference, difference, PanamaLanes.get(lanes, lane)));
    }
    return PanamaLanes.tree(lanes);
  }

  private static void normalize(
      long x, int n, float mean, float scale, long weight, long bias, long out) {
    FloatVector center = FloatVector.broadcast(FLOAT, mean);
    FloatVector factor = FloatVector.broadcast(FLOAT, scale);
    int i = 0;
    for (; i <= n - LENGTH; i += LENGTH) {
      long at = (long) i * Float.BYTES;
      FloatVector w = fromMemorySegment(FLOAT, ALL, weight + at, LITTLE_ENDIAN);
      FloatVector b = fromMemorySegment(FLOAT, ALL, bias + at, LITTLE_ENDIAN);
      FloatVector normal =
          fromMemorySegment(FLOAT, ALL, x + at, LITTLE_ENDIAN).sub(center).mul(factor);
      normal.fma(w, b).intoMemorySegment(ALL, out + at, LITTLE_ENDIAN);
    }
    for (; i < n; i++) {
      float normal = (PanamaLanes.get(x, i) - mean) * scale;
      PanamaLanes.set(
          out, i, Math.fma(normal, PanamaLanes.get(weight, i), PanamaLanes.get(bias, i)));
    }
  }
}
