package scriptorium.engine.model;

import java.util.Objects;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * The worker threads of one engine. {@link #run} hands out the numbers of independent tasks to the
 * calling thread (worker 0) and the others, and returns when all are done. Waiting threads spin for
 * some microseconds, since phases of a step follow each other closely, and then park. One thread at
 * a time may call {@code run}.
 */
public final class WorkerGroup implements AutoCloseable {
  /** Work that a group shares out; task numbers come in no order that results may depend on. */
  @FunctionalInterface
  public interface Body {
    /** Does task {@code task} of the phase; {@code worker} is 0..threads()-1. */
    void run(int task, int worker);
  }

  /**
   * About half a millisecond on current processors: longer than any gap between two phases of a
   * step.
   */
  private static final int SPINS = 20_000;

  private final Thread[] others;
  private final boolean[] parked;
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicInteger busy = new AtomicInteger();
  private volatile int phase;
  private volatile boolean closed;
  private volatile Throwable failure;
  private Body body;
  private int tasks;

  /**
   * A group of {@code threads} workers, the caller of {@link #run} among them. If a thread cannot
   * be started, those that were end.
   */
  public WorkerGroup(int threads, ThreadFactory factory) {
    if (threads < 1) {
      throw new IllegalArgumentException("Threads " + threads + ": give at least 1");
    }
    others = new Thread[threads - 1];
    parked = new boolean[threads];
    for (int i = 0; i < others.length; i++) {
      int worker = i + 1;
      others[i] = Objects.requireNonNull(factory.newThread(() -> loop(worker)), "no thread");
    }
    try {
      for (Thread thread : others) {
        thread.start();
      }
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /** Number of workers, the calling thread included. */
  public int threads() {
    return others.length + 1;
  }

  /** Runs tasks 0..count-1 and waits for them; an exception or error of any is thrown. */
  public void run(int count, Body work) {
    if (others.length == 0 || count == 1) {
      for (int i = 0; i < count; i++) {
        work.run(i, 0);
      }
      return;
    }
    body = work;
    tasks = count;
    next.set(0);
    busy.set(others.length);
    phase = phase + 1;
    for (int i = 0; i < others.length; i++) {
      if (isParked(i + 1)) {
        LockSupport.unpark(others[i]);
      }
    }
    work(0);
    for (int spins = 0; busy.get() != 0; spins++) {
      pause(spins);
    }
    Throwable thrown = failure;
    if (thrown != null) {
      failure = null;
      if (thrown instanceof Error e) {
        throw e;
      }
      throw (RuntimeException) thrown;
    }
  }

  /** Ends the threads and waits for their end, a task that one is at included. */
  @Override
  public void close() {
    closed = true;
    boolean interrupted = false;
    for (Thread thread : others) {
      LockSupport.unpark(thread);
      while (thread.isAlive() && thread != Thread.currentThread()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void loop(int worker) {
    int seen = 0;
    while (true) {
      for (int spins = 0; phase == seen && !closed; spins++) {
        if (spins < SPINS) {
          Thread.onSpinWait();
        } else {
          park(worker, seen);
        }
      }
      if (closed) {
        return;
      }
      seen = phase;
      work(worker);
      busy.decrementAndGet();
    }
  }

  private void work(int worker) {
    try {
      for (int task = next.getAndIncrement(); task < tasks; task = next.getAndIncrement()) {
        body.run(task, worker);
      }
    } catch (RuntimeException | Error e) {
      failure = e;
      next.set(tasks);
    }
  }

  private void park(int worker, int seen) {
    synchronized (parked) {
      parked[worker] = true;
    }
    if (phase == seen && !closed) {
      LockSupport.park(this);
    }
    synchronized (parked) {
      parked[worker] = false;
    }
  }

  private boolean isParked(int worker) {
    synchronized (parked) {
      return parked[worker];
    }
  }

  private static void pause(int spins) {
    if (spins < SPINS) {
      Thread.onSpinWait();
    } else {
      Thread.yield();
    }
  }
}
