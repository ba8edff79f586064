package scriptorium.engine.machine;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/**
 * Machine code that may be called: written into pages of its own, which then become readable and
 * executable, and are never writable and executable at once. It stays for the life of the process,
 * as calls may be under way in any thread. Immutable; any thread.
 */
public final class ExecutableMemory {
  private static final int READ_WRITE = 3;
  private static final int READ_EXECUTE = 5;
  private static final int PRIVATE_ANONYMOUS = 0x22;
  private static final long PAGE = 4096;
  private static final long FAILED = -1;

  private final MemorySegment code;

  private ExecutableMemory(MemorySegment code) {
    this.code = code;
  }

  /**
   * Places some code.
   *
   * @throws MachineCodeException where this is no Linux on x86-64, or the system refuses memory
   *     that may be executed
   */
  @SuppressWarnings("restricted")
  public static ExecutableMemory of(byte[] code) {
    String system = System.getProperty("os.name", "") + " " + System.getProperty("os.arch", "");
    if (!system.equals("Linux amd64")) {
      throw new MachineCodeException("the system is " + system + ", not Linux amd64");
    }
    long length = (code.length + PAGE - 1) / PAGE * PAGE;
    long start = call("mmap", 0, length, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0);
    if (start == FAILED) {
      throw new MachineCodeException("the system gave no memory for " + code.length + " bytes");
    }
    MemorySegment pages = MemorySegment.ofAddress(start).reinterpret(length);
    MemorySegment.copy(code, 0, pages, JAVA_BYTE, 0, code.length);
    if (call("mprotect", start, length, READ_EXECUTE) != 0) {
      call("munmap", start, length);
      throw new MachineCodeException("the system refuses memory that may be executed");
    }
    return new ExecutableMemory(pages.asReadOnly());
  }

  /** The address of the code at an offset in bytes. */
  public long address(int offset) {
    return code.address() + offset;
  }

  /**
   * A method handle that calls the code at an offset and neither lets the thread be stopped
   * meanwhile nor lets the code call back: for code of at most some hundred microseconds.
   *
   * @param heapAccess whether segments on the heap may be passed
   */
  @SuppressWarnings("restricted")
  public MethodHandle function(int offset, FunctionDescriptor descriptor, boolean heapAccess) {
    return Linker.nativeLinker()
        .downcallHandle(code.asSlice(offset), descriptor, Linker.Option.critical(heapAccess));
  }

  /** A system call's C function; arguments and result as longs or ints as the function has them. */
  @SuppressWarnings("restricted")
  private static long call(String name, long... arguments) {
    Linker linker = Linker.nativeLinker();
    SymbolLookup lookup = linker.defaultLookup();
    MemorySegment symbol =
        lookup
            .find(name)
            .orElseThrow(() -> new MachineCodeException("the C library has no " + name));
    try {
      return switch (name) {
        case "mmap" ->
            (long)
                linker
                    .downcallHandle(
                        symbol,
                        FunctionDescriptor.of(
                            JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT,
                            JAVA_LONG))
                    .invokeExact(
                        arguments[0],
                        arguments[1],
                        (int) arguments[2],
                        (int) arguments[3],
                        (int) arguments[4],
                        arguments[5]);
        case "mprotect" ->
            (int)
                linker
                    .downcallHandle(
                        symbol, FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT))
                    .invokeExact(arguments[0], arguments[1], (int) arguments[2]);
        default ->
            (int)
                linker
                    .downcallHandle(symbol, FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG))
                    .invokeExact(arguments[0], arguments[1]);
      };
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(name + " could not be called", e);
    }
  }
}
