package scriptorium.engine.model;

/**
 * What the cache holds of one sequence: its pages, in order, and how many positions are filled. Not
 * thread-safe; belongs to the thread that drives the engine.
 */
public final class CachedSequence {
  private final KvCache cache;
  private final int[] pages;
  private int pageCount;
  private int length;

  /** An empty sequence that may grow to {@code maxLength} positions. */
  public CachedSequence(KvCache cache, int maxLength) {
    this.cache = cache;
    pages = new int[cache.pagesFor(maxLength)];
  }

  /** Positions filled. */
  public int length() {
    return length;
  }

  /** Pages held. */
  public int pageCount() {
    return pageCount;
  }

  /** Gives all pages back; the sequence is empty again. */
  public void release() {
    while (pageCount > 0) {
      pageCount--;
      cache.giveBack(pages[pageCount]);
    }
    length = 0;
  }

  /**
   * Makes room for {@code count} more positions and counts them as filled: the step that follows
   * fills them.
   */
  void extend(int count) {
    length += count;
    while (pageCount * cache.pagePositions() < length) {
      pages[pageCount] = cache.take();
      pageCount++;
    }
  }

  /**
   * Makes the first positions of an empty sequence a copy of another one's.
   *
   * @param workers who copy, a layer of a page at a time
   */
  public void copyFrom(CachedSequence other, int count, WorkerGroup workers) {
    if (length != 0 || count > other.length) {
      throw new IllegalArgumentException(
          "Positions " + count + " of " + other.length + " do not fit behind " + length);
    }
    extend(count);
    int layers = cache.layers();
    workers.run(
        pageCount * layers,
        (task, worker) -> {
          int page = task / layers;
          int positions = Math.min(cache.pagePositions(), count - page * cache.pagePositions());
          cache.copy(other.pages[page], pages[page], task % layers, positions);
        });
  }

  boolean isIn(KvCache other) {
    return cache == other;
  }

  int page(int index) {
    return pages[index];
  }
}
