package scriptorium.engine;

import scriptorium.engine.model.Gpt2Config;
import scriptorium.engine.model.KvCache;

/**
 * The memory off the heap that a model and an engine of it take, known before either is there. The
 * working memory of steps, some tens of MiB, comes on top.
 *
 * @param weightBytes packed weights, in f32 whatever the checkpoint's type; about 2 % of it for
 *     padding
 * @param leastCacheBytes the KV cache of one sequence of the whole context
 * @param mostCacheBytes the KV cache where every slot holds such a sequence: more is never taken
 */
public record EngineMemory(long weightBytes, long leastCacheBytes, long mostCacheBytes) {
  private static final int PADDING_SHARE = 50;

  /**
   * The memory of a model and its engine.
   *
   * @param observer shape of the second model, null for none
   * @param options slots and the cache's type; their {@code cacheBytes} are not looked at
   */
  public static EngineMemory of(Gpt2Config config, Gpt2Config observer, EngineOptions options) {
    long sequence = sequenceBytes(config, options);
    long weights = weights(config);
    if (observer != null) {
      sequence += sequenceBytes(observer, options);
      weights += weights(observer);
    }
    return new EngineMemory(weights, sequence, sequence * Engine.slots(options));
  }

  private static long sequenceBytes(Gpt2Config config, EngineOptions options) {
    return KvCache.pagesFor(config, options.cacheType(), config.contextLength())
        * KvCache.pageBytes(config, options.cacheType());
  }

  private static long weights(Gpt2Config config) {
    long size = config.embeddingSize();
    long block = size * 3 * size + size * size + 2 * size * config.mlpSize();
    long biases = 3 * size + size + config.mlpSize() + size + 4 * size;
    int matrices = config.tiedHead() ? 1 : 2;
    long parameters =
        size * ((long) matrices * config.vocabSize() + config.contextLength() + 2)
            + config.numLayers() * (block + biases);
    long bytes = parameters * Float.BYTES;
    return bytes + bytes / PADDING_SHARE;
  }
}
