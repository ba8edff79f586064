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
 * {@link Kernels#exp}, sumExp and softmaxNumerators. {@link ScalarKernels#exp} on a vector is
 * written out here, in {@link PanamaGelu} and in {@link PanamaMoments}: as a method it would be
 * inlined or not depending on what C2 has compiled before, and where it is not, the vectors are
 * boxed and the kernel runs 10 to 60 times slower.
 */
final class PanamaExp {
  private static final int LANES = Kernels.LANES;

  private PanamaExp() {}

  static void exp(
      MemorySegment x,
      long offset,
      int n,
      float temperature,
      float shift,
      MemorySegment out,
      long outOffset) {
    long from = KernelArguments.readable(x, offset, n);
    long to = KernelArguments.writable(out, outOffset, n);
    int whole = n - n % LANES;
    long lanes = PanamaLanes.address();
    for (int lane = 0; lane < LANES; lane += LENGTH) {
      strip(from, whole, lane, temperature, shift, to, lanes);
    }
    for (int i = whole; i < n; i++) {
      PanamaLanes.set(to, i, ScalarKernels.exp(PanamaLanes.get(from, i) / temperature - shift));
    }
  }

  static float sumExp(MemorySegment x, long offset, int n, float temperature, float shift) {
    long from = KernelArguments.readable(x, offset, n);
    int whole = n - n % LANES;
    long lanes = PanamaLanes.address();
    for (int lane = 0; lane < LANES; lane += LENGTH) {
      strip(from, whole, lane, temperature, shift, 0, lanes);
    }
    for (int i = whole; i < n; i++) {
      float e = ScalarKernels.exp(PanamaLanes.get(from, i) / temperature - shift);
      PanamaLanes.set(lanes, i - whole, PanamaLanes.get(lanes, i - whole) + e);
    }
    return PanamaLanes.tree(lanes);
  }

  static float softmaxNumerators(MemorySegment x, long offset, int n) {
    KernelArguments.notEmpty(n);
    long from = KernelArguments.writable(x, offset, n);
    float max = PanamaElementwise.max(from, n);
    int whole = n - n % LANES;
    long lanes = PanamaLanes.address();
    for (int lane = 0; lane < LANES; lane += LENGTH) {
      strip(from, whole, lane, 1f, max, from, lanes);
    }
    for (int i = whole; i < n; i++) {
      float e = ScalarKernels.exp(PanamaLanes.get(from, i) - max);
      PanamaLanes.set(from, i, e);
      PanamaLanes.set(lanes, i - whole, PanamaLanes.get(lanes, i - whole) + e);
    }
    return PanamaLanes.tree(lanes);
  }

  /**
   * One vector of the 16 lanes, so that widths differ in the number of passes only: exp(x /
   * temperature - shift) to out, where there is one (not 0), and the sums to the lanes.
   */
  private static void strip(
      long x, int n, int lane, float temperature, float shift, long out, long lanes) {
    FloatVector divisor = broadcast(FLOAT, temperature);
    FloatVector shifted = broadcast(FLOAT, shift);
    FloatVector zero = FloatVector.zero(FLOAT);
    FloatVector infinity = broadcast(FLOAT, Float.POSITIVE_INFINITY);
    FloatVector most = broadcast(FLOAT, ScalarKernels.EXP_MAX);
    FloatVector least = broadcast(FLOAT, ScalarKernels.EXP_MIN);
    FloatVector sum = zero;
    for (int i = lane; i < n; i += LANES) {
      long at = (long) i * Float.BYTES;
      FloatVector v =
          fromMemorySegment(FLOAT, ALL, x + at, LITTLE_ENDIAN).div(divisor).sub(shifted);

      FloatVector t = v.fma(ScalarKernels.LOG2_E, ScalarKernels.ROUNDER);
      FloatVector s = t.sub(ScalarKernels.ROUNDER);
      FloatVector r = s.fma(broadcast(FLOAT, -ScalarKernels.LN2_HIGH), v);
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
      // The sum with infinity is infinity above the range and NaN for NaN.
      FloatVector e =
          v.add(infinity)
              .blend(p, v.compare(VectorOperators.LE, most))
              .blend(zero, v.compare(VectorOperators.LT, least));

      sum = sum.add(e);
      if (out != 0) {
        e.intoMemorySegment(ALL, out + at, LITTLE_ENDIAN);
      }
    }
    sum.intoMemorySegment(ALL, lanes + (long) lane * Float.BYTES, LITTLE_ENDIAN);
  }
}
