package scriptorium.engine.memory;

import java.lang.foreign.MemorySegment;

/**
 * The whole address space as one segment, for the inner loops of kernels. Its size and its scope
 * are constants, so the compiler folds the liveness check of every access away and keeps at most
 * one comparison of the bounds check; a segment that arrives as an argument would cost both in each
 * loop.
 *
 * <p>Nothing is checked by it: who uses it checks the ranges, once, on the segments that own the
 * memory, and holds those segments open until done. That is why no {@link
 * java.lang.ref.Reference#reachabilityFence} stands here: callers keep their arenas.
 */
public final class NativeFloats {
  /** All addresses; an offset into it is an address in bytes. */
  @SuppressWarnings("restricted")
  public static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private NativeFloats() {}
}
