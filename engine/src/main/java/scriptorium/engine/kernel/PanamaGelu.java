package scriptorium.engine.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;
import static scriptorium.engine.kernel.PanamaSpecies.FLOAT;
import static scriptorium.engine.kernel.PanamaSpecies.LENGTH;
import static scriptorium.engine.memory.NativeFloats.ALL;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** {@link Kernels#gelu}: vectors, then scalars. Exp is written out, see {@link PanamaExp}. */
final class PanamaGelu {
  private PanamaGelu() {}

  static void gelu(MemorySegment x, long offset, int n) {
    gelu(KernelArguments.writable(x, offset, n), n);
  }

  private static void gelu(long x, int n) {
    FloatVector one = broadcast(FLOAT, 1f);
    FloatVector zero = FloatVector.zero(FLOAT);
    FloatVector infinity = broadcast(FLOAT, Float.POSITIVE_INFINITY);
    FloatVector most = broadcast(FLOAT, ScalarKernels.EXP_MAX);
    FloatVector least = broadcast(FLOAT, ScalarKernels.EXP_MIN);
    int i = 0;
    for (; i <= n - LENGTH; i += LENGTH) {
      long at = x + (long) i * Float.BYTES;
      FloatVector v = fromMemorySegment(FLOAT, ALL, at, LITTLE_ENDIAN);
      FloatVector u =
          v.mul(v)
              .fma(broadcast(FLOAT, ScalarKernels.GELU_B), broadcast(FLOAT, ScalarKernels.GELU_A));
      u = v.mul(u);

      FloatVector t = u.fma(ScalarKernels.LOG2_E, ScalarKernels.ROUNDER);
      FloatVector s = t.sub(ScalarKernels.ROUNDER);
      FloatVector r = s.fma(broadcast(FLOAT, -ScalarKernels.LN2_HIGH), u);
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
          u.add(infinity)
              .blend(p, u.compare(VectorOperators.LE, most))
              .blend(zero, u.compare(VectorOperators.LT, least));

      v.div(e.add(one)).intoMemorySegment(ALL, at, LITTLE_ENDIAN);
    }
    for (; i < n; i++) {
      long at = x + (long) i * Float.BYTES;
      ALL.set(JAVA_FLOAT_UNALIGNED, at, ScalarKernels.gelu(ALL.get(JAVA_FLOAT_UNALIGNED, at)));
    }
  }
}
