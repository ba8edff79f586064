package scriptorium.engine.machine;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Objects;

/**
 * Machine code that may be called: written into pages of its own, which then become readable and
 * executable, and are never writable and executable at once. It stays for the life of the process,
 * as calls may be under way in any thread. Immutable; any thread.
 */
public final class ExecutableMemory {
  private static final String SYSTEM = "Linux amd64";
  private static final long PAGE = 4096;

  private final MemorySegment code;

  private ExecutableMemory(MemorySegment code) {
    this.code = code;
  }

  /**
   * Places some code.
   *
   * @throws MachineCodeException if this is not Linux on x86-64, or the system refuses memory that
   *     may be executed
   */
  public static ExecutableMemory of(byte[] code) {
    checkSystem(System.getProperty("os.name", "") + " " + System.getProperty("os.arch", ""));
    return of(code, PageCalls.of(Linker.nativeLinker().defaultLookup()));
  }

  /** Refuses a system, by its name and architecture, that the code cannot be for. */
  static void checkSystem(String system) {
    if (!system.equals(SYSTEM)) {
      throw new MachineCodeException("the system is " + system + ", not " + SYSTEM);
    }
  }

  @SuppressWarnings("restricted")
  static ExecutableMemory of(byte[] code, PageCalls calls) {
    if (code.length == 0) {
      throw new IllegalArgumentException("No code to place: give at least one instruction");
    }
    long length = Math.ceilDiv(code.length, PAGE) * PAGE;
    long start = calls.map(length);
    MemorySegment pages = MemorySegment.ofAddress(start).reinterpret(code.length);
    MemorySegment.copy(code, 0, pages, JAVA_BYTE, 0, code.length);
    try {
      calls.makeExecutable(start, length);
    } catch (RuntimeException | Error e) {
      calls.unmap(start, length);
      throw e;
    }
    return new ExecutableMemory(pages.asReadOnly());
  }

  /**
   * The address of the code at an offset in bytes.
   *
   * @throws IndexOutOfBoundsException if no code is there
   */
  public long address(int offset) {
    return code.address() + Objects.checkIndex(offset, code.byteSize());
  }

  /**
   * A method handle that calls the code at an offset. While it runs, the thread cannot be stopped
   * (by a garbage collection, say), and the code cannot call Java: for code of at most some hundred
   * microseconds.
   *
   * @param offset bytes
   * @param heapAccess whether segments on the heap may be passed
   * @throws IndexOutOfBoundsException if no code is there
   */
  @SuppressWarnings("restricted")
  public MethodHandle function(int offset, FunctionDescriptor descriptor, boolean heapAccess) {
    return Linker.nativeLinker()
        .downcallHandle(
            MemorySegment.ofAddress(address(offset)),
            descriptor,
            Linker.Option.critical(heapAccess));
  }
}
