package scriptorium.engine.generation;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.ReentrantLock;
import scriptorium.engine.model.KvCache;

/** A source whose rows come from its caller's iterator. */
abstract class FedSource<T> extends Source {
  final Deque<T> waiting = new ArrayDeque<>();
  private final KvCache cache;

  /** The flight admitted last of those that share no other one's beginning. */
  private Flight latest;

  FedSource(ReentrantLock lock, KvCache cache) {
    super(lock);
    this.cache = cache;
  }

  /**
   * Checks a row, so that nothing about it can fail later, and copies what its caller could change.
   * Called by the caller's thread.
   *
   * @throws IllegalArgumentException for a row that no engine of this model can take
   */
  abstract T admissible(T row);

  /** Positions that the first waiting row may come to hold in the cache. */
  abstract int nextPositions();

  /** Has a flight share the beginning of one admitted before it, if they begin alike. */
  final Flight sharing(Flight flight) {
    if (latest == null || !flight.share(latest)) {
      latest = flight;
    }
    return flight;
  }

  @Override
  void ended(Flight flight) {
    if (latest == flight) {
      latest = null;
    }
  }

  @Override
  int waitingCount() {
    return waiting.size();
  }

  @Override
  int nextPages() {
    return cache.pagesFor(nextPositions());
  }
}
