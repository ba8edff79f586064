package scriptorium.engine.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import scriptorium.engine.kernel.Halves;
import scriptorium.engine.memory.NativeFloats;
import scriptorium.engine.memory.OffHeap;

/**
 * Keys and values of all sequences in flight, in pages of {@value #PAGE_POSITIONS} positions of one
 * sequence, so that memory follows the tokens really held. In a page, for each layer: keys of every
 * head as (HS, 32), then values of every head as (32, HS); in f16, rows of both are whole lines of
 * {@link Halves}. Keys lie with their positions side by side, so that scores need no sum across
 * lanes. Memory is touched only when a page is first used. Belongs to the thread that drives the
 * engine; workers write and read distinct places of it within a step.
 */
public final class KvCache {
  /** Positions of a page. */
  public static final int PAGE_POSITIONS = 32;

  private final Gpt2Config config;
  private final CacheType type;
  private final MemorySegment memory;
  private final int[] free;
  private int freeCount;

  /** A cache of so many pages for a model's shape, in the memory of {@code offHeap}. */
  public KvCache(Gpt2Config config, CacheType type, int pages, OffHeap offHeap) {
    if (pages < 1) {
      throw new IllegalArgumentException("Cache pages " + pages + ": give memory for at least one");
    }
    this.config = config;
    this.type = type;
    memory = offHeap.floats(Math.multiplyExact((long) pages, pageWords(config, type)));
    free = new int[pages];
    for (int i = 0; i < pages; i++) {
      free[i] = pages - 1 - i;
    }
    freeCount = pages;
  }

  /** Bytes of a page. */
  public static long pageBytes(Gpt2Config config, CacheType type) {
    return pageWords(config, type) * Float.BYTES;
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

  CacheType type() {
    return type;
  }

  /** Where the keys of a head begin, in words of 4 bytes. */
  long keyOffset(int page, int layer, int head) {
    return page * pageWords(config, type)
        + layer * layerWords(config, type)
        + head * keyWords(config, type);
  }

  /** Where the values of a head begin, in words of 4 bytes. */
  long valueOffset(int page, int layer, int head) {
    return keyOffset(page, layer, 0)
        + config.numHeads() * keyWords(config, type)
        + head * valueWords(config, type);
  }

  /** Stores the key and value of one position and head, {@code HS} floats each, at addresses. */
  void store(int page, int layer, int head, int place, long key, long value) {
    long keyTo = memory.address() + keyOffset(page, layer, head) * Float.BYTES;
    long valueTo = memory.address() + valueOffset(page, layer, head) * Float.BYTES;
    if (type == CacheType.F32) {
      storeFloats(keyTo + (long) place * Float.BYTES, key, PAGE_POSITIONS);
      storeFloats(valueTo + (long) place * config.headSize() * Float.BYTES, value, 1);
    } else {
      storeHalves(keyTo + Halves.offset(place), key);
      long row = valueTo + place * Halves.bytes(config.headSize());
      for (int d = 0; d < config.headSize(); d++) {
        half(row + Halves.offset(d), value + (long) d * Float.BYTES);
      }
    }
  }

  private void storeFloats(long to, long from, long stride) {
    for (int d = 0; d < config.headSize(); d++) {
      NativeFloats.ALL.set(
          ValueLayout.JAVA_FLOAT,
          to + d * stride * Float.BYTES,
          NativeFloats.ALL.get(ValueLayout.JAVA_FLOAT, from + (long) d * Float.BYTES));
    }
  }

  private void storeHalves(long to, long from) {
    for (int d = 0; d < config.headSize(); d++) {
      half(to + (long) d * Halves.LINE_BYTES, from + (long) d * Float.BYTES);
    }
  }

  private static void half(long to, long from) {
    float x = NativeFloats.ALL.get(ValueLayout.JAVA_FLOAT, from);
    NativeFloats.ALL.set(ValueLayout.JAVA_SHORT, to, Halves.narrow(x));
  }

  private static long keyWords(Gpt2Config config, CacheType type) {
    return (long) config.headSize() * (type == CacheType.F32 ? PAGE_POSITIONS : Halves.LINE_WORDS);
  }

  private static long valueWords(Gpt2Config config, CacheType type) {
    long row =
        type == CacheType.F32 ? config.headSize() : Halves.bytes(config.headSize()) / Integer.BYTES;
    return PAGE_POSITIONS * row;
  }

  private static long layerWords(Gpt2Config config, CacheType type) {
    return config.numHeads() * (keyWords(config, type) + valueWords(config, type));
  }

  private static long pageWords(Gpt2Config config, CacheType type) {
    return config.numLayers() * layerWords(config, type);
  }
}
