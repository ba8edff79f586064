package scriptorium.job.spark;

import com.sun.management.OperatingSystemMXBean;
import java.io.Serializable;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Locale;
import org.apache.spark.SparkConf;
import scriptorium.engine.EngineMemory;
import scriptorium.engine.EngineOptions;
import scriptorium.engine.ModelFolder;
import scriptorium.engine.ModelSize;
import scriptorium.engine.model.Gpt2Config;
import scriptorium.job.base.OutputException;
import scriptorium.job.base.UserException;

/**
 * The memory that an executor needs and what it may take of it, so that one that is too small is
 * refused before it loads anything, and is not killed in the middle of the work.
 *
 * @param weights bytes off the heap
 * @param steps working memory of steps beyond the part of {@link #OTHER} that is theirs
 * @param leastCache a KV cache of one sequence
 * @param wantedCache what was asked for, else that of all slots
 * @param cacheGiven whether it was asked for
 */
public record MemoryNeed(
    long weights, long steps, long leastCache, long wantedCache, boolean cacheGiven)
    implements Serializable {
  /** Code, threads, the network's buffers, and {@link #STEPS} of the working memory of steps. */
  public static final long OTHER = 512L << 20;

  /** More than the steps of 256 slots take, an observer's among them. */
  private static final long STEPS = 128L << 20;

  private static final String EXECUTOR = "CoarseGrainedExecutorBackend";

  /** Of a machine that is not said to be this executor's alone. */
  private static final double CACHE_SHARE = 0.4;

  /** A need whose steps take no more than their part of the rest. */
  public MemoryNeed(long weights, long leastCache, long wantedCache, boolean cacheGiven) {
    this(weights, 0, leastCache, wantedCache, cacheGiven);
  }

  /**
   * The memory of an executor with these models.
   *
   * @param observer a second model, null for none
   * @throws UserException for a cache that holds no sequence
   */
  public static MemoryNeed of(ModelFolder model, ModelFolder observer, EngineOptions options) {
    return of(model.size(), observer == null ? null : observer.size(), options);
  }

  /**
   * The memory of an executor with models of these sizes. Slots and threads that are not given are
   * those of this JVM's processors: an executor asks itself, as it may have others than the driver.
   *
   * @param observer size of a second model, null for none
   * @throws UserException for a cache that holds no sequence
   */
  public static MemoryNeed of(ModelSize model, ModelSize observer, EngineOptions options) {
    EngineMemory memory = EngineMemory.of(model, observer, options);
    check(options, memory.leastCacheBytes());
    boolean given = options.cacheBytes() > 0;
    return new MemoryNeed(
        memory.weightBytes(),
        Math.max(0, memory.stepBytes() - STEPS),
        memory.leastCacheBytes(),
        given ? Math.min(options.cacheBytes(), memory.mostCacheBytes()) : memory.mostCacheBytes(),
        given);
  }

  /**
   * Refuses a cache that no executor could work with, whatever it has.
   *
   * @throws UserException where the cache is given, and holds no sequence of the whole context
   */
  public static void check(Gpt2Config model, EngineOptions options) {
    check(options, EngineMemory.leastCacheBytes(model, null, options));
  }

  private static void check(EngineOptions options, long least) {
    long given = options.cacheBytes();
    if (given > 0 && given < least) {
      throw new UserException(
          "Cache memory "
              + size(given)
              + " holds no sequence of the whole context: give at least "
              + Math.ceilDiv(least, 1 << 20)
              + "m");
    }
  }

  /** Bytes as in options, such as 512m. */
  private static String size(long bytes) {
    int unit = Math.min(4, Long.numberOfTrailingZeros(bytes) / 10);
    return (bytes >> 10 * unit) + List.of("", "k", "m", "g", "t").get(unit);
  }

  /**
   * The bytes of KV cache for an executor.
   *
   * @param limit bytes that the executor's process may take
   * @param heap its largest heap, in bytes
   * @throws OutputException where the limit is too small, with all figures
   */
  public long cacheBytes(long limit, long heap) {
    long rest = limit - weights - steps - heap - OTHER;
    long least = cacheGiven ? wantedCache : leastCache;
    if (rest < least) {
      throw new OutputException(
          "Memory: an executor may take "
              + mebibytes(limit)
              + " and needs "
              + mebibytes(limit - rest + least)
              + " (weights "
              + mebibytes(weights)
              + (steps == 0 ? "" : ", steps " + mebibytes(steps))
              + ", KV cache "
              + (cacheGiven ? "" : "at least ")
              + mebibytes(least)
              + ", heap "
              + mebibytes(heap)
              + ", the JVM "
              + mebibytes(OTHER)
              + "): give it more memory, fewer executors a machine, a smaller heap"
              + (steps == 0 ? "" : ", fewer sequences at once")
              + (cacheGiven ? " or --cache-memory" : " or model"));
    }
    return cacheGiven
        ? wantedCache
        : Math.max(leastCache, Math.min(Math.min(rest, (long) (limit * CACHE_SHARE)), wantedCache));
  }

  /** The same for this process, where it is the machine's or container's only one. */
  public long cacheBytesHere() {
    return cacheBytes(processLimit(), Runtime.getRuntime().maxMemory());
  }

  /** Bytes that a process needs with the cache that it wants. */
  public long total(long heap) {
    return weights + steps + wantedCache + heap + OTHER;
  }

  /** Bytes in MiB, for messages. */
  public static String mebibytes(long bytes) {
    return String.format(Locale.ROOT, "%,d MiB", bytes >> 20);
  }

  /** What this process may take: the machine's memory, or its container's. */
  public static long processLimit() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getTotalMemorySize();
  }

  /** Executors that share this machine or container, this one included. */
  public static int executorsHere() {
    long found =
        ProcessHandle.allProcesses()
            .filter(process -> process.info().commandLine().orElse("").contains(EXECUTOR))
            .count();
    return (int) Math.max(1, found);
  }

  /**
   * What YARN or Kubernetes lets an executor take, whose machine is larger than its container; the
   * largest long under other masters.
   */
  public static long containerLimit(SparkConf conf) {
    String master = conf.get("spark.master", "");
    if (!master.startsWith("yarn") && !master.startsWith("k8s")) {
      return Long.MAX_VALUE;
    }
    long heap = executorHeap(conf);
    double factor = conf.getDouble("spark.executor.memoryOverheadFactor", 0.1);
    long least = conf.getSizeAsMb("spark.executor.minMemoryOverhead", "384m") << 20;
    long overhead =
        conf.contains("spark.executor.memoryOverhead")
            ? conf.getSizeAsMb("spark.executor.memoryOverhead") << 20
            : Math.max(least, (long) (heap * factor));
    long offHeap =
        conf.getBoolean("spark.memory.offHeap.enabled", false)
            ? conf.getSizeAsBytes("spark.memory.offHeap.size", "0")
            : 0;
    return heap + overhead + offHeap;
  }

  /** The largest heap of an executor by the settings, in bytes. */
  public static long executorHeap(SparkConf conf) {
    return conf.getSizeAsMb("spark.executor.memory", "1g") << 20;
  }
}
