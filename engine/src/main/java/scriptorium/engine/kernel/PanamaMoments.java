package scriptorium.engine.kernel;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;
import static scriptorium.engine.kernel.PanamaSpecies.FLOAT;
import static scriptorium.engine.kernel.PanamaSpecies.LENGTH;
import static scriptorium.engine.memory.NativeFloats.ALL;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * {@link Kernels#moments}, {@link Kernels#shiftedDot} and {@link Kernels#countGreater}. Exp is
 * written out, see {@link PanamaExp}.
 */
final class PanamaMoments {
  private static final int LANES = Kernels.LANES;

  private PanamaMoments() {}

  static void moments(
      MemorySegment x, long offset, int n, float shift, MemorySegment out, long outOffset) {
    long from = KernelArguments.readable(x, offset, n);
    long to = KernelArguments.writable(out, outOffset, 3);
    int whole = n - n % LANES;
    long zeroth = PanamaLanes.address();
    long first = zeroth + PanamaLanes.SET_BYTES;
    long second = first + PanamaLanes.SET_BYTES;
    for (int lane = 0; lane < LANES; lane += LENGTH) {
      strip(from, whole, lane, shift, zeroth);
    }
    for (int i = whole; i < n; i++) {
      int lane = i - whole;
      float y = PanamaLanes.get(from, i) - shift;
      float e = ScalarKernels.exp(y);
      PanamaLanes.set(zeroth, lane, PanamaLanes.get(zeroth, lane) + e);
      PanamaLanes.set(first, lane, Math.fma(e, y, PanamaLanes.get(first, lane)));
      PanamaLanes.set(second, lane, Math.fma(e * y, y, PanamaLanes.get(second, lane)));
    }
    PanamaLanes.set(to, 0, PanamaLanes.tree(zeroth));
    PanamaLanes.set(to, 1, PanamaLanes.tree(first));
    PanamaLanes.set(to, 2, PanamaLanes.tree(second));
  }

  static float shiftedDot(
      MemorySegment x, long xOffset, MemorySegment y, long yOffset, int n, float shift) {
    long a = KernelArguments.readable(x, xOffset, n);
    long b = KernelArguments.readable(y, yOffset, n);
    int whole = n - n % LANES;
    long lanes = PanamaLanes.address();
    for (int lane = 0; lane < LANES; lane += LENGTH) {
      dotStrip(a, b, whole, lane, shift, lanes);
    }
    for (int i = whole; i < n; i++) {
      int lane = i - whole;
      float sum = PanamaLanes.get(lanes, lane);
      PanamaLanes.set(
          lanes, lane, Math.fma(PanamaLanes.get(a, i), PanamaLanes.get(b, i) - shift, sum));
    }
    return PanamaLanes.tree(lanes);
  }

  private static void dotStrip(long x, long y, int n, int lane, float shift, long lanes) {
    FloatVector shifted = broadcast(FLOAT, shift);
    FloatVector sum = FloatVector.zero(FLOAT);
    for (int i = lane; i < n; i += LANES) {
      long at = (long) i * Float.BYTES;
      FloatVector v = fromMemorySegment(FLOAT, ALL, y + at, LITTLE_ENDIAN).sub(shifted);
      sum = fromMemorySegment(FLOAT, ALL, x + at, LITTLE_ENDIAN).fma(v, sum);
    }
    sum.intoMemorySegment(ALL, lanes + (long) lane * Float.BYTES, LITTLE_ENDIAN);
  }

  static int countGreater(MemorySegment x, long offset, int n, float value) {
    return countGreater(KernelArguments.readable(x, offset, n), n, value);
  }

  private static int countGreater(long x, int n, float value) {
    FloatVector bound = broadcast(FLOAT, value);
    int count = 0;
    int i = 0;
    for (; i <= n - LENGTH; i += LENGTH) {
      FloatVector v = fromMemorySegment(FLOAT, ALL, x + (long) i * Float.BYTES, LITTLE_ENDIAN);
      count += v.compare(VectorOperators.GT, bound).trueCount();
    }
    for (; i < n; i++) {
      count += PanamaLanes.get(x, i) > value ? 1 : 0;
    }
    return count;
  }

  /**
   * One vector of the 16 lanes, so that widths differ in the number of passes only: its three sums
   * to the lanes.
   */
  private static void strip(long x, int n, int lane, float shift, long lanes) {
    FloatVector shifted = broadcast(FLOAT, shift);
    FloatVector zero = FloatVector.zero(FLOAT);
    FloatVector infinity = broadcast(FLOAT, Float.POSITIVE_INFINITY);
    FloatVector most = broadcast(FLOAT, ScalarKernels.EXP_MAX);
    FloatVector least = broadcast(FLOAT, ScalarKernels.EXP_MIN);
    FloatVector zeroth = zero;
    FloatVector first = zeroth;
    FloatVector second = zeroth;
    for (int i = lane; i < n; i += LANES) {
      FloatVector y =
          fromMemorySegment(FLOAT, ALL, x + (long) i * Float.BYTES, LITTLE_ENDIAN).sub(shifted);

      FloatVector t = y.fma(ScalarKernels.LOG2_E, ScalarKernels.ROUNDER);
      FloatVector s = t.sub(ScalarKernels.ROUNDER);
      FloatVector r = s.fma(broadcast(FLOAT, -ScalarKernels.LN2_HIGH), y);
      r = s.fma(broadcast(FLOAT, -ScalarKernels.LN2_LOW), r);
      FloatVector p = r.fma(ScalarKernels.EXP_C6, ScalarKernels.EXP_C5);
      p = p.fma(r, broadcast(FLOAT, ScalarKernels.EXP_C4));
      p = p.fma(r, broadcast(FLOAT, ScalarKernels.EXP_C3));
      p = p.fma(r, broadcast(FLOAT, ScalarKernels.EXP_C2));
      p = p.fma(r, broadcast(FLOAT, 1f));
      p = p.fma(r, broadcast(FLOAT, 1f));
      p =
          p.reinterpretAsInts()
              .add(t.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23))
              .reinterpretAsFloats();
      FloatVector e =
          y.add(infinity)
              .blend(p, y.compare(VectorOperators.LE, most))
              .blend(zero, y.compare(VectorOperators.LT, least));

      zeroth = zeroth.add(e);
      first = e.fma(y, first);
      second = e.mul(y).fma(y, second);
    }
    long at = lanes + (long) lane * Float.BYTES;
    zeroth.intoMemorySegment(ALL, at, LITTLE_ENDIAN);
    first.intoMemorySegment(ALL, at + PanamaLanes.SET_BYTES, LITTLE_ENDIAN);
    second.intoMemorySegment(ALL, at + 2 * PanamaLanes.SET_BYTES, LITTLE_ENDIAN);
  }
}
