package scriptorium.engine.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;

/**
 * Memory that ends, or begins, at a page that nobody may read: one byte too far, by any
 * instruction, ends the process with SIGSEGV. For Linux. Belongs to one thread; closing it frees
 * the memory.
 */
final class GuardedMemory implements AutoCloseable {
  /** The largest page of any Linux that has a JVM. */
  private static final long PAGE = 1 << 16;

  private static final int NO_ACCESS = 0;
  private static final int READ_WRITE = 3;
  private static final int PRIVATE_ANONYMOUS = 0x22;

  private static final MethodHandle MMAP =
      find(
          "mmap",
          FunctionDescriptor.of(
              JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
  private static final MethodHandle MPROTECT =
      find("mprotect", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
  private static final MethodHandle MUNMAP =
      find("munmap", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));

  /** Where the guard is: behind the memory, or before it. */
  enum Guard {
    BEHIND,
    BEFORE
  }

  private record Mapping(long address, long length) {}

  private final Guard guard;
  private final List<Mapping> mappings = new ArrayList<>();

  GuardedMemory(Guard guard) {
    this.guard = guard;
  }

  @SuppressWarnings("restricted")
  private static MethodHandle find(String name, FunctionDescriptor descriptor) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor);
  }

  /** Zeros, so many floats, with the guard at one end and no access behind the other page's end. */
  @SuppressWarnings("restricted")
  MemorySegment floats(long count) {
    long bytes = count * Float.BYTES;
    long inner = Math.max(1, Math.ceilDiv(bytes, PAGE)) * PAGE;
    try {
      long start =
          (long) MMAP.invokeExact(0L, inner + 2 * PAGE, NO_ACCESS, PRIVATE_ANONYMOUS, -1, 0L);
      if (start == -1 || (int) MPROTECT.invokeExact(start + PAGE, inner, READ_WRITE) != 0) {
        throw new IllegalStateException("The system gave no memory for " + bytes + " bytes");
      }
      mappings.add(new Mapping(start, inner + 2 * PAGE));
      long from = guard == Guard.BEFORE ? start + PAGE : start + PAGE + inner - bytes;
      return MemorySegment.ofAddress(from).reinterpret(bytes);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("mmap could not be called", e);
    }
  }

  /** Floats that are all the same. */
  MemorySegment filled(long count, float value) {
    MemorySegment memory = floats(count);
    for (long i = 0; i < count; i++) {
      memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
    }
    return memory;
  }

  @Override
  public void close() {
    try {
      for (Mapping mapping : mappings) {
        if ((int) MUNMAP.invokeExact(mapping.address(), mapping.length()) != 0) {
          throw new IllegalStateException("Memory could not be given back: " + mapping);
        }
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("munmap could not be called", e);
    }
  }
}
