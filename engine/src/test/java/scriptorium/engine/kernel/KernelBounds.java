package scriptorium.engine.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import scriptorium.engine.kernel.GuardedMemory.Guard;

/**
 * Inputs and outputs of kernels that are no longer than the ranges which their contract names, and
 * end (or begin) at a page that nobody may read, so that one element too far ends the JVM with
 * SIGSEGV; at their other end outputs have canaries. What is prefetched may lie beyond the end:
 * that does not fault. Results have the bits of the scalar twin.
 */
abstract class KernelBounds {
  static final Kernels KERNELS = KernelProvider.kernels();
  static final Kernels TWIN = new ScalarKernels();
  private static final float CANARY = 12345.678f;
  private static final int MARGIN = 40;
  final Random random = new Random(23);

  /** Memory of one case. Outputs are made twice: for the kernels and for their twin. */
  final class Case implements AutoCloseable {
    private final GuardedMemory memory;
    private final Guard guard;

    Case(Guard guard) {
      this.guard = guard;
      memory = new GuardedMemory(guard);
    }

    MemorySegment random(long count) {
      MemorySegment x = memory.floats(count);
      for (long i = 0; i < count; i++) {
        x.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
      }
      return x;
    }

    MemorySegment halves(long lines) {
      MemorySegment x = memory.floats(lines * Halves.LINE_WORDS);
      for (long i = 0; i < lines * Halves.LINE_ELEMENTS; i++) {
        x.setAtIndex(ValueLayout.JAVA_SHORT, i, Halves.narrow((float) random.nextGaussian()));
      }
      return x;
    }

    MemorySegment copy(MemorySegment of) {
      return memory.floats(of.byteSize() / Float.BYTES).copyFrom(of);
    }

    /** Canaries where the output will be, and beside it away from the guard. */
    MemorySegment output(long count) {
      return memory.filled(count + MARGIN, CANARY);
    }

    /** Where an output begins in its memory. */
    int from() {
      return guard == Guard.BEHIND ? MARGIN : 0;
    }

    @Override
    public void close() {
      memory.close();
    }
  }

  static void same(MemorySegment expected, MemorySegment actual, String what) {
    long at = expected.mismatch(actual);
    assertTrue(at < 0, () -> what + " differs from the twin's at float " + at / Float.BYTES);
  }

  static void bits(float expected, float actual, String what) {
    assertEquals(Float.floatToRawIntBits(expected), Float.floatToRawIntBits(actual), what);
  }
}
