package scriptorium.engine.model;

import java.lang.foreign.MemorySegment;
import scriptorium.engine.memory.OffHeap;

/**
 * Keys and values of all sequences in flight, in pages of {@value #PAGE_POSITIONS} positions of one
 * sequence, so that memory follows the tokens really held. In a page, for each layer: keys of every
 * head as (HS, 32), then values of every head as (32, HS). Keys lie with their positions side by
 * side, so that scores need no sum across lanes. Memory is touched only when a page is first used.
 * Belongs to the thread that drives the engine; workers write and read distinct places of it within
 * a step.
 */
public final class KvCache {
  /** Positions of a page. */
  public static final int PAGE_POSITIONS = 32;

  private final Gpt2Config config;
  private final MemorySegment memory;
  private final int[] free;
  private int freeCount;

  /** A cache of so many pages for a model's shape, in the memory of {@code offHeap}. */
  public KvCache(Gpt2Config config, int pages, OffHeap offHeap) {
    if (pages < 1) {
      throw new IllegalArgumentException("Cache pages " + pages + ": give memory for at least one");
    }
    this.config = config;
    memory = offHeap.floats(Math.multiplyExact((long) pages, pageFloats(config)));
    free = new int[pages];
    for (int i = 0; i < pages; i++) {
      free[i] = pages - 1 - i;
    }
    freeCount = pages;
  }

  /** Bytes of a page. */
  public static long pageBytes(Gpt2Config config) {
    return pageFloats(config) * Float.BYTES;
  }

  /** Pages that hold so many positions. */
  public static int pagesFor(int positions) {
    return (positions + PAGE_POSITIONS - 1) / PAGE_POSITIONS;
  }

  /** All pages, in use or free. */
  public int pages() {
    return free.length;
  }

  /** Pages not in use. */
  public int freePages() {
    return freeCount;
  }

  /** Takes a page; its content is whatever it held before. */
  int take() {
    if (freeCount == 0) {
      throw new IllegalStateException(
          "The cache has no free page: admission must reserve pages before a step");
    }
    freeCount--;
    return free[freeCount];
  }

  void giveBack(int page) {
    free[freeCount] = page;
    freeCount++;
  }

  MemorySegment memory() {
    return memory;
  }

  /** Where the keys of a head begin, in floats: k[d][t] at + d * 32 + t % 32. */
  long keyOffset(int page, int layer, int head) {
    return page * pageFloats(config)
        + layer * layerFloats(config)
        + (long) head * config.headSize() * PAGE_POSITIONS;
  }

  /** Where the values of a head begin, in floats: v[t][d] at + t % 32 * HS + d. */
  long valueOffset(int page, int layer, int head) {
    return keyOffset(page, layer, head) + (long) config.embeddingSize() * PAGE_POSITIONS;
  }

  private static long layerFloats(Gpt2Config config) {
    return 2L * config.embeddingSize() * PAGE_POSITIONS;
  }

  private static long pageFloats(Gpt2Config config) {
    return config.numLayers() * layerFloats(config);
  }
}
