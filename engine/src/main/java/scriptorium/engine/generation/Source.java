package scriptorium.engine.generation;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One caller of a {@link BatchGenerator}: its rows that wait for a slot and its finished rows that
 * wait to be taken. All state is guarded by the generator's lock; the caller's thread feeds and
 * empties it.
 */
abstract class Source extends Admission.Caller {
  private final ReentrantLock lock;
  private final Condition changed;
  private final Deque<Runnable> finished = new ArrayDeque<>();
  private int outstanding;

  /** Whether the caller has gone: what is left of its rows is dropped. */
  boolean withdrawn;

  private Throwable failure;

  Source(ReentrantLock lock) {
    this.lock = lock;
    changed = lock.newCondition();
  }

  /**
   * Takes the first waiting row and makes it a sequence in flight, for which {@link #nextPages} are
   * reserved. Called with the lock held.
   */
  abstract Flight admit(int reservedPages);

  /** Called by the driving thread when a flight of this source leaves. */
  abstract void ended(Flight flight);

  void added() {
    outstanding++;
  }

  /** Finished rows that wait to be taken. */
  int ready() {
    return finished.size();
  }

  /** Rows fed and not yet taken back. */
  int outstanding() {
    return outstanding;
  }

  /**
   * Puts a finished row where the caller's thread takes it. Called by the driving thread without
   * the lock.
   */
  void finished(Runnable delivery) {
    lock.lock();
    try {
      finished.add(delivery);
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Ends the caller's wait with an exception or error. Called with the lock held. */
  void fail(Throwable e) {
    failure = e;
    changed.signal();
  }

  /** Signals the caller that a waiting row has been admitted. Called with the lock held. */
  void signal() {
    changed.signal();
  }

  /**
   * The next finished row, or null. Called with the lock held.
   *
   * @throws Error where one has ended the engine: the caller's own JVM must know of it
   */
  Runnable poll() {
    if (failure instanceof Error e) {
      throw e;
    }
    if (failure != null) {
      throw new IllegalStateException(failure.getMessage(), failure);
    }
    Runnable next = finished.poll();
    if (next != null) {
      outstanding--;
    }
    return next;
  }

  void await() throws InterruptedException {
    changed.await();
  }
}
