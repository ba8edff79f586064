package scriptorium.engine.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static scriptorium.engine.memory.NativeFloats.ALL;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The 16 lanes of sums between the vector loop, which leaves its accumulators here, the tail, which
 * is added lane by lane, and the tree. In memory of each thread's own, as vectors do not survive a
 * call that C2 does not inline: they would be boxed.
 */
final class PanamaLanes {
  /** Sums that one op wants at once: the three of moments. */
  private static final int SETS = 3;

  /** From one set to the next. */
  static final long SET_BYTES = (long) Kernels.LANES * Float.BYTES;

  private static final ThreadLocal<MemorySegment> LANES =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(SETS * SET_BYTES, SET_BYTES));

  private PanamaLanes() {}

  /** Address of this thread's lanes, of unknown content; they live as long as the thread does. */
  static long address() {
    return LANES.get().address();
  }

  static float get(long lanes, int lane) {
    return ALL.get(JAVA_FLOAT_UNALIGNED, lanes + (long) lane * Float.BYTES);
  }

  static void set(long lanes, int lane, float value) {
    ALL.set(JAVA_FLOAT_UNALIGNED, lanes + (long) lane * Float.BYTES, value);
  }

  /** {@link ScalarKernels#tree} of 16 floats. */
  static float tree(long lanes) {
    float q0 = (get(lanes, 0) + get(lanes, 1)) + (get(lanes, 2) + get(lanes, 3));
    float q1 = (get(lanes, 4) + get(lanes, 5)) + (get(lanes, 6) + get(lanes, 7));
    float q2 = (get(lanes, 8) + get(lanes, 9)) + (get(lanes, 10) + get(lanes, 11));
    float q3 = (get(lanes, 12) + get(lanes, 13)) + (get(lanes, 14) + get(lanes, 15));
    return (q0 + q1) + (q2 + q3);
  }
}
