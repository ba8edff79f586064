package scriptorium.engine.model;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static scriptorium.engine.memory.NativeFloats.ALL;

import java.lang.foreign.MemorySegment;
import scriptorium.engine.kernel.CacheRun;
import scriptorium.engine.kernel.Halves;
import scriptorium.engine.kernel.Kernels;
import scriptorium.engine.memory.OffHeap;

/**
 * Keys and values of all sequences in flight, in pages of some positions of one sequence, so that
 * memory follows the tokens really held. In a page, for each layer: the keys of its blocks of
 * {@value #BLOCK_POSITIONS} positions, in each block those of every head; then the values likewise.
 * Both are panels of lines of 64 bytes (16 floats or 32 halves): keys have a panel for so many
 * positions, with a line for each d, so that scores need no sum across lanes; values a panel for so
 * many d, with a line for each position. Memory is touched only when a page is first used. Belongs
 * to the thread that drives the engine; workers write and read distinct places of it within a step.
 */
public final class KvCache {
  /** Positions of a block, what a kernel takes at a time. */
  static final int BLOCK_POSITIONS = Kernels.CACHE_BLOCK;

  private static final int MOST_POSITIONS = 128;

  /**
   * The run of a layer's keys in a page is at least so long where {@link #MOST_POSITIONS} allow it:
   * runs of 48 KiB are read at 10 to 20 GB/s a core, of 192 KiB at 25 (a run begins with misses of
   * the cache and of the address translation that nothing hides).
   */
  private static final long RUN_BYTES = 192 << 10;

  private final Gpt2Config config;
  private final CacheType type;
  private final MemorySegment memory;
  private final int pagePositions;
  private final long keyWords;
  private final long valueWords;
  private final long layerWords;
  private final long pageWords;
  private final int[] free;
  private int freeCount;

  /** A cache of so many pages for a model's shape, in the memory of {@code offHeap}. */
  public KvCache(Gpt2Config config, CacheType type, int pages, OffHeap offHeap) {
    if (pages < 1) {
      throw new IllegalArgumentException("Cache pages " + pages + ": give memory for at least one");
    }
    this.config = config;
    this.type = type;
    pagePositions = pagePositions(config, type);
    keyWords = (long) type.lines(BLOCK_POSITIONS) * config.headSize() * Halves.LINE_WORDS;
    valueWords = (long) type.lines(config.headSize()) * BLOCK_POSITIONS * Halves.LINE_WORDS;
    layerWords = pagePositions / BLOCK_POSITIONS * config.numHeads() * (keyWords + valueWords);
    pageWords = pageBytes(config, type) / Float.BYTES;
    memory = offHeap.floats(Math.multiplyExact((long) pages, pageWords));
    free = new int[pages];
    for (int i = 0; i < pages; i++) {
      free[i] = pages - 1 - i;
    }
    freeCount = pages;
  }

  /** Positions of a page: a power of two, 32 to 128. */
  public static int pagePositions(Gpt2Config config, CacheType type) {
    int most = Math.min(MOST_POSITIONS, config.contextLength() / 2);
    int positions = BLOCK_POSITIONS;
    while (positions * (long) config.embeddingSize() * type.bytes() < RUN_BYTES
        && 2 * positions <= most) {
      positions *= 2;
    }
    return positions;
  }

  /** Bytes of a page. */
  public static long pageBytes(Gpt2Config config, CacheType type) {
    int blocks = pagePositions(config, type) / BLOCK_POSITIONS;
    long keyLines = (long) type.lines(BLOCK_POSITIONS) * config.headSize();
    long valueLines = (long) type.lines(config.headSize()) * BLOCK_POSITIONS;
    long lines = blocks * config.numHeads() * (keyLines + valueLines);
    return config.numLayers() * lines * Halves.LINE_BYTES;
  }

  /** Pages that hold so many positions. */
  public static int pagesFor(Gpt2Config config, CacheType type, int positions) {
    return Math.ceilDiv(positions, pagePositions(config, type));
  }

  /** Pages that hold so many positions. */
  public int pagesFor(int positions) {
    return Math.ceilDiv(positions, pagePositions);
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

  /** Copies one layer of the first positions of a page, whole blocks of them. */
  void copy(int from, int to, int layer, int positions) {
    long blockHeads = (long) Math.ceilDiv(positions, BLOCK_POSITIONS) * config.numHeads();
    copy(keyOffset(from, layer, 0, 0), keyOffset(to, layer, 0, 0), blockHeads * keyWords);
    copy(valueOffset(from, layer, 0, 0), valueOffset(to, layer, 0, 0), blockHeads * valueWords);
  }

  private void copy(long from, long to, long words) {
    MemorySegment.copy(memory, from * Float.BYTES, memory, to * Float.BYTES, words * Float.BYTES);
  }

  int layers() {
    return config.numLayers();
  }

  MemorySegment memory() {
    return memory;
  }

  /** Type of what is held. */
  public CacheType type() {
    return type;
  }

  /** Positions of a page. */
  public int pagePositions() {
    return pagePositions;
  }

  /**
   * Where a head's panel of keys that holds a place of the page begins, in words of 4 bytes; the
   * other panels of its block follow.
   */
  long keyOffset(int page, int layer, int head, int place) {
    long block = (long) (place / BLOCK_POSITIONS) * config.numHeads() + head;
    long panel = place % BLOCK_POSITIONS / type.lineElements;
    return page * pageWords
        + layer * layerWords
        + block * keyWords
        + panel * config.headSize() * Halves.LINE_WORDS;
  }

  /** Where the first line of a head's value at a place of the page begins, in words of 4 bytes. */
  long valueOffset(int page, int layer, int head, int place) {
    long allKeys = pagePositions / BLOCK_POSITIONS * config.numHeads() * keyWords;
    long values = (long) (place / BLOCK_POSITIONS) * config.numHeads() + head;
    return page * pageWords
        + layer * layerWords
        + allKeys
        + values * valueWords
        + (long) (place % BLOCK_POSITIONS) * Halves.LINE_WORDS;
  }

  /** The keys of some heads at the first positions of a page. */
  CacheRun keys(int page, int layer, int headFrom, int headTo, int positions) {
    return run(keyOffset(page, layer, headFrom, 0), keyWords, headTo - headFrom, positions);
  }

  /**
   * The values of some heads from a place of a page on; all in one block unless it is the first.
   */
  CacheRun values(int page, int layer, int headFrom, int headTo, int place, int positions) {
    return run(valueOffset(page, layer, headFrom, place), valueWords, headTo - headFrom, positions);
  }

  private CacheRun run(long offset, long headWords, int heads, int positions) {
    long blockWords = headWords * config.numHeads();
    boolean half = type == CacheType.F16;
    return new CacheRun(
        memory, half, offset, headWords, blockWords, heads, config.headSize(), positions);
  }

  /** Words from one panel of a head's values to the next. */
  static long valuePanelWords() {
    return (long) BLOCK_POSITIONS * Halves.LINE_WORDS;
  }

  /** Stores the key and value of one position and head, {@code HS} floats each, at addresses. */
  void store(int page, int layer, int head, int place, long key, long value) {
    long keyTo =
        memory.address()
            + keyOffset(page, layer, head, place) * Float.BYTES
            + type.offset(place % type.lineElements);
    long valueTo = memory.address() + valueOffset(page, layer, head, place) * Float.BYTES;
    if (type == CacheType.F32) {
      store(keyTo, key, valueTo, value);
    } else {
      storeHalves(keyTo, key, valueTo, value);
    }
  }

  private void store(long keyTo, long key, long valueTo, long value) {
    for (int d = 0; d < config.headSize(); d++) {
      float x = ALL.get(JAVA_FLOAT, key + (long) d * Float.BYTES);
      ALL.set(JAVA_FLOAT, keyTo + (long) d * Halves.LINE_BYTES, x);
    }
    for (int d = 0; d < config.headSize(); d += Kernels.LANES) {
      long line = valueTo + d / Kernels.LANES * valuePanelWords() * Float.BYTES;
      int size = Math.min(Kernels.LANES, config.headSize() - d);
      for (int i = 0; i < size; i++) {
        float x = ALL.get(JAVA_FLOAT, value + (long) (d + i) * Float.BYTES);
        ALL.set(JAVA_FLOAT, line + (long) i * Float.BYTES, x);
      }
    }
  }

  private void storeHalves(long keyTo, long key, long valueTo, long value) {
    for (int d = 0; d < config.headSize(); d++) {
      short x = Halves.narrow(ALL.get(JAVA_FLOAT, key + (long) d * Float.BYTES));
      ALL.set(JAVA_SHORT, keyTo + (long) d * Halves.LINE_BYTES, x);
    }
    for (int d = 0; d < config.headSize(); d++) {
      long line = valueTo + d / Halves.LINE_ELEMENTS * valuePanelWords() * Float.BYTES;
      short x = Halves.narrow(ALL.get(JAVA_FLOAT, value + (long) d * Float.BYTES));
      ALL.set(JAVA_SHORT, line + Halves.offset(d % Halves.LINE_ELEMENTS), x);
    }
  }
}
