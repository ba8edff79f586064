package scriptorium.engine.machine;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/**
 * The C library's functions on pages of memory. The first argument of each handle receives errno.
 * Stateless; any thread.
 *
 * @param mmap (address, length, protection, flags, file, offset) to address
 * @param mprotect (address, length, protection) to 0 or -1
 * @param munmap (address, length) to 0 or -1
 */
record PageCalls(MethodHandle mmap, MethodHandle mprotect, MethodHandle munmap) {
  private static final int READ_WRITE = 3;
  private static final int READ_EXECUTE = 5;
  private static final int PRIVATE_ANONYMOUS = 0x22;
  private static final long FAILED = -1;

  /**
   * Looks the functions up.
   *
   * @throws MachineCodeException if the library lacks one
   */
  static PageCalls of(SymbolLookup library) {
    return new PageCalls(
        find(
            library,
            "mmap",
            FunctionDescriptor.of(
                JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG)),
        find(library, "mprotect", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT)),
        find(library, "munmap", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG)));
  }

  @SuppressWarnings("restricted")
  private static MethodHandle find(
      SymbolLookup library, String name, FunctionDescriptor descriptor) {
    MemorySegment function =
        library
            .find(name)
            .orElseThrow(() -> new MachineCodeException("the C library has no " + name));
    return Linker.nativeLinker()
        .downcallHandle(function, descriptor, Linker.Option.captureCallState("errno"));
  }

  /**
   * Address of new pages that may be read and written.
   *
   * @throws MachineCodeException if the system has none
   */
  long map(long length) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Linker.Option.captureStateLayout());
      long address =
          (long) mmap.invokeExact(state, 0L, length, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0L);
      if (address == FAILED) {
        throw new MachineCodeException(
            "the system has no memory for " + length + " bytes of code, " + error(state));
      }
      return address;
    } catch (Throwable e) {
      throw failed("mmap", e);
    }
  }

  /**
   * Makes pages readable and executable, and no longer writable.
   *
   * @throws MachineCodeException if the system refuses that
   */
  void makeExecutable(long address, long length) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Linker.Option.captureStateLayout());
      if ((int) mprotect.invokeExact(state, address, length, READ_EXECUTE) != 0) {
        throw new MachineCodeException(
            "memory that may be executed is refused by the system, " + error(state));
      }
    } catch (Throwable e) {
      throw failed("mprotect", e);
    }
  }

  /** Gives pages back. */
  void unmap(long address, long length) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Linker.Option.captureStateLayout());
      if ((int) munmap.invokeExact(state, address, length) != 0) {
        throw new IllegalStateException(
            "Pages at " + address + " could not be given back, " + error(state));
      }
    } catch (Throwable e) {
      throw failed("munmap", e);
    }
  }

  private static String error(MemorySegment state) {
    long errno =
        Linker.Option.captureStateLayout()
            .byteOffset(MemoryLayout.PathElement.groupElement("errno"));
    return "errno " + state.get(JAVA_INT, errno);
  }

  private static RuntimeException failed(String name, Throwable e) {
    if (e instanceof RuntimeException known) {
      return known;
    }
    if (e instanceof Error error) {
      throw error;
    }
    return new IllegalStateException(name + " could not be called", e);
  }
}
