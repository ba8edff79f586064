package scriptorium.engine.generation;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.ReentrantLock;

/** A source whose rows come from its caller's iterator. */
abstract class FedSource<T> extends Source {
  final Deque<T> waiting = new ArrayDeque<>();

  /** The flight admitted last of those that share no other one's beginning. */
  private Flight latest;

  FedSource(ReentrantLock lock) {
    super(lock);
  }

  /** Refuses a row that no engine of this model can take. */
  abstract void check(T row);

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
}
