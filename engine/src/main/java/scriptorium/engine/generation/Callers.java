package scriptorium.engine.generation;

import java.util.Iterator;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The threads that wait in a {@link BatchGenerator}, each with the rows that it feeds and takes
 * back, and the one lock that guards them. The engine's own thread takes rows from here by {@link
 * #admission}.
 */
final class Callers {
  private static final Runnable NOTHING = () -> {};

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Admission<Source> admission;
  private final int slots;
  private volatile boolean closed;
  private volatile Throwable broken;

  /**
   * @param slots sequences in flight at most
   * @param pages of the cache
   */
  Callers(int slots, int pages) {
    this.slots = slots;
    admission = new Admission<>(slots, pages);
  }

  /** Guards all that callers and the driving thread share. */
  ReentrantLock lock() {
    return lock;
  }

  /** Whose row is next; used with the lock held. */
  Admission<Source> admission() {
    return admission;
  }

  /** Feeds rows and hands over results until all are done. Called in the caller's thread. */
  <T> void run(Iterator<T> input, FedSource<T> source) throws InterruptedException {
    register(source);
    try {
      boolean more = true;
      while (true) {
        while (more && needsInput(source)) {
          more = input.hasNext();
          if (more) {
            feed(source, input.next());
          }
        }
        Runnable delivery = next(source);
        if (delivery == null) {
          return;
        }
        delivery.run();
      }
    } finally {
      withdraw(source);
    }
  }

  /** Whether rows are taken: it is neither closed nor has it failed. */
  boolean isUsable() {
    return broken == null && !closed;
  }

  /** Has the driving thread end, and every caller with it. */
  void close() {
    lock.lock();
    try {
      closed = true;
      work.signal();
    } finally {
      lock.unlock();
    }
  }

  boolean isClosed() {
    return closed;
  }

  /** Ends every caller's wait, as the engine has failed. */
  void fail(Throwable e) {
    lock.lock();
    try {
      broken = e;
      failAll(e);
    } finally {
      lock.unlock();
    }
  }

  /** Ends every caller's wait. Called with the lock held. */
  void failAll(Throwable e) {
    for (Source source : admission.callers()) {
      source.fail(e);
    }
  }

  /** Waits until a caller has brought or withdrawn something. Called with the lock held. */
  void awaitWork() {
    work.awaitUninterruptibly();
  }

  /** Rows that wait for a slot. Called with the lock held. */
  int waiting() {
    List<Source> sources = admission.callers();
    int waiting = 0;
    for (Source source : sources) {
      waiting += source.waitingCount();
    }
    return waiting;
  }

  private void register(Source source) {
    lock.lock();
    try {
      checkUsable();
      admission.add(source);
    } finally {
      lock.unlock();
    }
  }

  private void checkUsable() {
    if (broken != null) {
      throw new IllegalStateException(
          "The engine has failed, close it and open another one: " + broken, broken);
    }
    if (closed) {
      throw new IllegalStateException("The engine is closed");
    }
  }

  /**
   * A caller keeps as many rows waiting as there are slots, so that no slot stays empty for want of
   * input.
   */
  private boolean needsInput(FedSource<?> source) {
    lock.lock();
    try {
      return source.waiting.size() < slots && source.ready() == 0;
    } finally {
      lock.unlock();
    }
  }

  private <T> void feed(FedSource<T> source, T row) {
    T admissible = source.admissible(row);
    lock.lock();
    try {
      source.waiting.add(admissible);
      source.added();
      work.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for a finished row, or for room among the waiting ones; null when nothing is left. */
  private Runnable next(FedSource<?> source) throws InterruptedException {
    lock.lock();
    try {
      while (true) {
        Runnable delivery = source.poll();
        if (delivery != null) {
          return delivery;
        }
        checkUsable();
        if (source.outstanding() == 0) {
          return null;
        }
        source.await();
        if (source.waiting.isEmpty() || source.waiting.size() < slots / 2) {
          Runnable finished = source.poll();
          return finished == null ? NOTHING : finished;
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private void withdraw(Source source) {
    lock.lock();
    try {
      admission.remove(source);
      source.withdrawn = true;
      work.signal();
    } finally {
      lock.unlock();
    }
  }
}
