package scriptorium.job.report.statistics;

import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Supplier;

/**
 * The items with the smallest keys of all that were offered: with hashes for keys, a choice that is
 * the same whatever the order, and that puts every item on the same footing. Not thread-safe.
 */
public final class Smallest<T> {
  private final int limit;
  private final PriorityQueue<Keyed<T>> kept =
      new PriorityQueue<>(Comparator.<Keyed<T>>comparingLong(Keyed::key).reversed());

  /** An item and its key. */
  record Keyed<T>(long key, T item) {}

  Smallest(int limit) {
    this.limit = limit;
  }

  /** Offers an item, which is made only where it is kept. */
  void offer(long key, Supplier<T> item) {
    if (kept.size() < limit || limit > 0 && key < kept.peek().key()) {
      if (kept.size() == limit) {
        kept.poll();
      }
      kept.add(new Keyed<>(key, item.get()));
    }
  }

  void merge(Smallest<T> other) {
    for (Keyed<T> keyed : other.kept) {
      offer(keyed.key(), keyed::item);
    }
  }

  /** What is kept, the smallest key first. */
  public List<T> sorted() {
    return kept.stream()
        .sorted(Comparator.<Keyed<T>>comparingLong(Keyed::key))
        .map(Keyed::item)
        .toList();
  }
}
