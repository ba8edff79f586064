package scriptorium.engine.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Owns native memory: whatever it hands out lives until {@link #close}. Large blocks come from
 * anonymous {@code mmap} where the system has it: zeroed, taken from the machine only when touched,
 * backed by huge pages where the kernel grants them, and not counted against {@code
 * -XX:MaxDirectMemorySize}. Thread-safe; after {@code close} every access throws, and closing again
 * does nothing.
 */
public final class OffHeap implements AutoCloseable {
  private static final long ALIGNMENT = 64;
  private static final long HUGE_PAGE = 2L << 20;
  private static final int PROTECTION_READ_WRITE = 3;
  private static final int MAP_PRIVATE_ANONYMOUS_LINUX = 0x22;
  private static final int ADVICE_HUGE_PAGE = 14;

  private final Arena arena = Arena.ofShared();
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicBoolean closed = new AtomicBoolean();

  /** Owns nothing yet. */
  public OffHeap() {}

  /** Zeroed memory for floats, aligned to 64 bytes at least. */
  public MemorySegment floats(long count) {
    return allocate(Math.multiplyExact(count, (long) Float.BYTES));
  }

  /** Zeroed memory, aligned to 64 bytes at least. */
  public MemorySegment allocate(long size) {
    MemorySegment segment =
        size >= HUGE_PAGE && MappedMemory.MMAP != null
            ? map(size)
            : arena.allocate(size, ALIGNMENT);
    bytes.addAndGet(size);
    return segment;
  }

  /** Bytes handed out so far. */
  public long bytes() {
    return bytes.get();
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      arena.close();
    }
  }

  @SuppressWarnings("restricted")
  private MemorySegment map(long size) {
    long length = Math.addExact(size, HUGE_PAGE);
    long start = MappedMemory.map(length);
    if (start == -1) {
      throw new OutOfMemoryError(
          "Off-heap memory: "
              + (size >> 20)
              + " MiB could not be reserved: give the process more memory or take a smaller model");
    }
    MemorySegment whole;
    try {
      whole =
          MemorySegment.ofAddress(start)
              .reinterpret(length, arena, ignored -> MappedMemory.unmap(start, length));
    } catch (RuntimeException | Error e) { // closed meanwhile: nobody else would unmap it
      MappedMemory.unmap(start, length);
      throw e;
    }
    long aligned = (start + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    MappedMemory.advise(aligned, size);
    return whole.asSlice(aligned - start, size);
  }

  /** The three system calls; {@code MMAP} is null where they are not to be had. */
  @SuppressWarnings("restricted")
  private static final class MappedMemory {
    static final MethodHandle MMAP;
    static final MethodHandle MUNMAP;
    static final MethodHandle MADVISE;

    static {
      MethodHandle mmap = null;
      MethodHandle munmap = null;
      MethodHandle madvise = null;
      if (System.getProperty("os.name", "").equals("Linux")) {
        Linker linker = Linker.nativeLinker();
        mmap =
            find(
                linker,
                "mmap",
                FunctionDescriptor.of(
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_LONG));
        munmap =
            find(
                linker,
                "munmap",
                FunctionDescriptor.of(
                    ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
        madvise =
            find(
                linker,
                "madvise",
                FunctionDescriptor.of(
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_INT));
      }
      MMAP = munmap == null || madvise == null ? null : mmap;
      MUNMAP = munmap;
      MADVISE = madvise;
    }

    private MappedMemory() {}

    private static MethodHandle find(Linker linker, String name, FunctionDescriptor descriptor) {
      return linker
          .defaultLookup()
          .find(name)
          .map(symbol -> linker.downcallHandle(symbol, descriptor))
          .orElse(null);
    }

    static long map(long length) {
      try {
        return (long)
            MMAP.invokeExact(
                0L, length, PROTECTION_READ_WRITE, MAP_PRIVATE_ANONYMOUS_LINUX, -1, 0L);
      } catch (Throwable e) {
        throw new IllegalStateException("mmap could not be called", e);
      }
    }

    static void unmap(long start, long length) {
      try {
        int ignored = (int) MUNMAP.invokeExact(start, length);
      } catch (Throwable e) {
        throw new IllegalStateException("munmap could not be called", e);
      }
    }

    static void advise(long start, long length) {
      try {
        int ignored = (int) MADVISE.invokeExact(start, length, ADVICE_HUGE_PAGE);
      } catch (Throwable e) {
        throw new IllegalStateException("madvise could not be called", e);
      }
    }
  }
}
