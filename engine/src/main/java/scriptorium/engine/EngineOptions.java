package scriptorium.engine;

import java.io.Serializable;
import scriptorium.engine.kernel.KernelChoice;
import scriptorium.engine.model.CacheType;
import scriptorium.engine.text.Given;

/**
 * Size of an engine, none of which changes a result, and the type of its cache, which does.
 *
 * @param threads worker threads; 0 for the processors of the JVM
 * @param slots sequences in flight at most; 0 for as many as the cache memory holds, at most 256,
 *     or 12 for each thread where that is more
 * @param cacheBytes memory for the KV cache; 0 for a share of all that the machine has
 * @param stepRows rows of one step at most; 0 for 256, or 12 for each thread where that is more
 * @param cacheType type of the cached keys and values
 * @param kernels which kernels run; decides about speed alone
 */
public record EngineOptions(
    int threads,
    int slots,
    long cacheBytes,
    int stepRows,
    CacheType cacheType,
    KernelChoice kernels)
    implements Serializable {
  static final int MOST_THREADS = 1024;

  /** Every size its default, the cache in f32. */
  public static final EngineOptions DEFAULT = new EngineOptions(0, 0, 0, 0, CacheType.F32);

  /** Sizes and the cache's type, with the kernels that suit the machine. */
  public EngineOptions(int threads, int slots, long cacheBytes, int stepRows, CacheType cacheType) {
    this(threads, slots, cacheBytes, stepRows, cacheType, KernelChoice.AUTO);
  }

  /** Sizes, with the cache in f32. */
  public EngineOptions(int threads, int slots, long cacheBytes, int stepRows) {
    this(threads, slots, cacheBytes, stepRows, CacheType.F32);
  }

  /**
   * Checks the sizes.
   *
   * @throws IllegalArgumentException for a negative size, more than 1,024 threads, more than 65,536
   *     slots or step rows, or a cache type that is null
   */
  public EngineOptions {
    check("Threads", threads, MOST_THREADS);
    check("Slots", slots, 65_536);
    check("Cache bytes", cacheBytes, Long.MAX_VALUE);
    check("Step rows", stepRows, 65_536);
    Given.notNull(cacheType, "Cache type is", "F32 or F16");
  }

  /** The same with so much memory for the KV cache. */
  public EngineOptions withCacheBytes(long bytes) {
    return new EngineOptions(threads, slots, bytes, stepRows, cacheType);
  }

  private static void check(String name, long value, long limit) {
    if (value < 0 || value > limit) {
      throw new IllegalArgumentException(
          name + " " + value + " is not in 0.." + limit + ": leave it out for the default");
    }
  }
}
