package scriptorium.engine.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Prints which kernels a JVM gets, and whether a product of theirs has the bits of the scalar twin.
 * {@code KernelProviderTest} runs it in JVMs of its own.
 *
 * <p>Given the word {@value #REFUSE}, it first takes from its thread the right to make memory
 * executable, as a system may by its own rules, by a filter of system calls (seccomp, Linux 3.5):
 * mprotect with PROT_EXEC gives EACCES. The filter holds for that thread and those that it starts;
 * the JVM's compiler threads go on.
 */
final class KernelsOfThisJvm {
  static final String REFUSE = "refuse";

  private static final int SET_SECCOMP = 22;
  private static final int SET_NO_NEW_PRIVILEGES = 38;
  private static final int FILTER = 2;

  /**
   * Codes, jumps where true and false, and numbers of the filter, see the kernel's bpf_common.h.
   */
  private static final int[][] PROGRAM = {
    {0x20, 0, 0, 4}, // load the architecture
    {0x15, 0, 5, 0xC000003E}, // is it x86-64?
    {0x20, 0, 0, 0}, // load the number of the call
    {0x15, 0, 3, 10}, // is it mprotect?
    {0x20, 0, 0, 32}, // load the third argument
    {0x45, 0, 1, 4}, // has it PROT_EXEC?
    {0x06, 0, 0, 0x00050000 | 13}, // return EACCES
    {0x06, 0, 0, 0x7FFF0000} // allow
  };

  private KernelsOfThisJvm() {}

  /** Two lines: the kernels' name; whether the bits are the same. */
  public static void main(String[] args) throws Throwable {
    try (Arena arena = Arena.ofConfined()) {
      if (args.length > 0 && args[0].equals(REFUSE)) {
        refuseExecutableMemory(arena);
      }
      Kernels kernels = KernelProvider.kernels();
      System.out.println("kernels: " + kernels.name());
      PackedRows a = new PackedRows(12, 3);
      MemorySegment x = arena.allocate(3 * 4L, 64);
      MemorySegment b = arena.allocate(3 * 16 * 4L, 64);
      for (int i = 0; i < 48; i++) {
        x.setAtIndex(JAVA_FLOAT, i % 3, 1 / (i + 0.7f));
        b.setAtIndex(JAVA_FLOAT, i, 1 / (i + 0.3f));
      }
      a.set(x, 0, 3, 1, 3, 0, 0);
      MemorySegment ours = arena.allocate(16 * 4L, 64);
      MemorySegment twins = arena.allocate(16 * 4L, 64);
      kernels.matmul(a, 0, 1, WeightPanels.f32(b), 0, 1, MemorySegment.NULL, ours, 16);
      new ScalarKernels().matmul(a, 0, 1, WeightPanels.f32(b), 0, 1, MemorySegment.NULL, twins, 16);
      System.out.println("same bits: " + (ours.mismatch(twins) < 0));
    }
  }

  @SuppressWarnings("restricted")
  private static void refuseExecutableMemory(Arena arena) throws Throwable {
    MemorySegment program = arena.allocate(8L * PROGRAM.length, 8);
    for (int i = 0; i < PROGRAM.length; i++) {
      program.set(JAVA_SHORT, 8L * i, (short) PROGRAM[i][0]);
      program.set(JAVA_BYTE, 8L * i + 2, (byte) PROGRAM[i][1]);
      program.set(JAVA_BYTE, 8L * i + 3, (byte) PROGRAM[i][2]);
      program.set(JAVA_INT, 8L * i + 4, PROGRAM[i][3]);
    }
    MemorySegment filter = arena.allocate(16, 8);
    filter.set(JAVA_SHORT, 0, (short) PROGRAM.length);
    filter.set(JAVA_LONG, 8, program.address());
    MethodHandle prctl =
        Linker.nativeLinker()
            .downcallHandle(
                Linker.nativeLinker().defaultLookup().findOrThrow("prctl"),
                FunctionDescriptor.of(
                    JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
                Linker.Option.firstVariadicArg(1));
    int privileges = (int) prctl.invokeExact(SET_NO_NEW_PRIVILEGES, 1L, 0L, 0L, 0L);
    int set = (int) prctl.invokeExact(SET_SECCOMP, (long) FILTER, filter.address(), 0L, 0L);
    if (privileges != 0 || set != 0) {
      throw new IllegalStateException("The kernel takes no filter of system calls");
    }
  }
}
