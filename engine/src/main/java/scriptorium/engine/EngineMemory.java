package scriptorium.engine;

import scriptorium.engine.generation.BatchGenerator;
import scriptorium.engine.model.Gpt2Config;
import scriptorium.engine.model.KvCache;

/**
 * The memory off the heap that a model and an engine of it take, to the byte, known before either
 * is there. With an observer, both models, both caches and the distributions that are compared.
 *
 * @param weightBytes packed weights, in the types of the checkpoints
 * @param leastCacheBytes the KV cache of one sequence of the whole context
 * @param mostCacheBytes the KV cache where every slot holds such a sequence: more is never taken
 * @param stepBytes working memory of steps, which grows with their rows (as many as the slots) and
 *     the threads: 24 MiB of GPT-2 124M and 29 of 1558M, with an observer 96 and 107 (2 threads)
 */
public record EngineMemory(
    long weightBytes, long leastCacheBytes, long mostCacheBytes, long stepBytes) {
  /**
   * The memory of a model and its engine.
   *
   * @param observer size of the second model, null for none
   * @param options slots, step rows, threads (0: those of this JVM's processors) and the cache's
   *     type; their {@code cacheBytes} are not looked at
   */
  public static EngineMemory of(ModelSize model, ModelSize observer, EngineOptions options) {
    Gpt2Config config = model.config();
    Gpt2Config second = observer == null ? null : observer.config();
    long sequence = sequencePages(config, options);
    return new EngineMemory(
        model.weightBytes() + (observer == null ? 0 : observer.weightBytes()),
        cacheBytes(config, second, options, sequence),
        cacheBytes(config, second, options, sequence * Engine.slots(options)),
        BatchGenerator.stepBytes(
            config, second, Engine.threads(options), Engine.stepRows(options)));
  }

  /**
   * Bytes of the KV cache of one sequence of the whole context, see {@link #leastCacheBytes()}.
   *
   * @param observer shape of the second model, null for none
   */
  public static long leastCacheBytes(
      Gpt2Config config, Gpt2Config observer, EngineOptions options) {
    return cacheBytes(config, observer, options, sequencePages(config, options));
  }

  /** Pages of the model's cache for a sequence of the whole context. */
  private static long sequencePages(Gpt2Config config, EngineOptions options) {
    return KvCache.pagesFor(config, options.cacheType(), config.contextLength());
  }

  private static long cacheBytes(
      Gpt2Config config, Gpt2Config observer, EngineOptions options, long pages) {
    return BatchGenerator.cacheBytes(
        config, observer, options.cacheType(), pages, Engine.slots(options));
  }

  /**
   * Pages of the model's cache, so that both caches fit into some memory: no more than all slots
   * can fill, and none where the memory holds none.
   */
  static int pagesWithin(
      Gpt2Config config, Gpt2Config observer, EngineOptions options, long bytes) {
    long fits = 0;
    long most = sequencePages(config, options) * Engine.slots(options);
    long tooMany = Math.min(most, Integer.MAX_VALUE - 8L) + 1;
    while (tooMany - fits > 1) {
      long pages = (fits + tooMany) >>> 1;
      if (cacheBytes(config, observer, options, pages) <= bytes) {
        fits = pages;
      } else {
        tooMany = pages;
      }
    }
    return (int) fits;
  }

  /** Pages of the model's cache for a sequence of the whole context. */
  static int leastPages(Gpt2Config config, EngineOptions options) {
    return Math.toIntExact(sequencePages(config, options));
  }
}
