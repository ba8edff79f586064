package scriptorium.engine.generation;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.ReentrantLock;

/** A source whose rows come from its caller's iterator. */
abstract class FedSource<T> extends Source {
  final Deque<T> waiting = new ArrayDeque<>();

  FedSource(ReentrantLock lock) {
    super(lock);
  }

  /** Refuses a row that no engine of this model can take. */
  abstract void check(T row);

  @Override
  int waitingCount() {
    return waiting.size();
  }
}
