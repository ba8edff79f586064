package scriptorium.engine.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;
import static scriptorium.engine.kernel.PanamaSpecies.FLOAT;
import static scriptorium.engine.kernel.PanamaSpecies.LENGTH;
import static scriptorium.engine.memory.NativeFloats.ALL;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** Element by element: {@link Kernels#add}, scale, max, exp, sumExp. */
final class PanamaElementwise {
  private static final long BYTES = (long) LENGTH * Float.BYTES;

  private PanamaElementwise() {}

  static void add(MemorySegment x, long xOffset, MemorySegment y, long yOffset, int n) {
    long to = KernelArguments.writable(x, xOffset, n);
    long from = KernelArguments.readable(y, yOffset, n);
    int i = 0;
    for (; i <= n - LENGTH; i += LENGTH) {
      long at = (long) i * Float.BYTES;
      fromMemorySegment(FLOAT, ALL, to + at, LITTLE_ENDIAN)
          .add(fromMemorySegment(FLOAT, ALL, from + at, LITTLE_ENDIAN))
          .intoMemorySegment(ALL, to + at, LITTLE_ENDIAN);
    }
    for (; i < n; i++) {
      long at = (long) i * Float.BYTES;
      set(to + at, get(to + at) + get(from + at));
    }
  }

  static void scale(MemorySegment x, long offset, int n, float factor) {
    long from = KernelArguments.writable(x, offset, n);
    FloatVector by = FloatVector.broadcast(FLOAT, factor);
    int i = 0;
    for (; i <= n - LENGTH; i += LENGTH) {
      long at = from + (long) i * Float.BYTES;
      fromMemorySegment(FLOAT, ALL, at, LITTLE_ENDIAN)
          .mul(by)
          .intoMemorySegment(ALL, at, LITTLE_ENDIAN);
    }
    for (; i < n; i++) {
      long at = from + (long) i * Float.BYTES;
      set(at, get(at) * factor);
    }
  }

  static float max(MemorySegment x, long offset, int n) {
    KernelArguments.notEmpty(n);
    return max(KernelArguments.readable(x, offset, n), n);
  }

  static float max(long x, int n) {
    FloatVector a = FloatVector.broadcast(FLOAT, Float.NEGATIVE_INFINITY);
    FloatVector b = a;
    int i = 0;
    for (; i <= n - 2 * LENGTH; i += 2 * LENGTH) {
      long at = x + (long) i * Float.BYTES;
      a = a.max(fromMemorySegment(FLOAT, ALL, at, LITTLE_ENDIAN));
      b = b.max(fromMemorySegment(FLOAT, ALL, at + BYTES, LITTLE_ENDIAN));
    }
    float max = a.max(b).reduceLanes(VectorOperators.MAX);
    for (; i < n; i++) {
      max = Math.max(max, get(x + (long) i * Float.BYTES));
    }
    return max;
  }

  private static float get(long at) {
    return ALL.get(JAVA_FLOAT_UNALIGNED, at);
  }

  private static void set(long at, float value) {
    ALL.set(JAVA_FLOAT_UNALIGNED, at, value);
  }
}
