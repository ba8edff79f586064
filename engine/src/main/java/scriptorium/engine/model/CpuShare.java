package scriptorium.engine.model;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/**
 * Whether a worker has a processor of its own: the time in which it would run, by the clock, beside
 * the time in which it ran, by the system's count for its thread. Belongs to one thread, which asks
 * it now and then.
 */
final class CpuShare {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final boolean KNOWN = THREADS.isCurrentThreadCpuTimeSupported();

  /** Long enough to hold some slices of a busy processor, 1.5 to 4 ms. */
  private static final long WINDOW_NANOS = 8_000_000;

  /** Lost of a window: less is what the system itself and the JVM's other threads take. */
  private static final double MUCH = 0.25;

  private static final long LEAST_REST_NANOS = 10_000_000;
  private static final long MOST_REST_NANOS = 500_000_000;

  /** A loss so soon after a rest is the same one. */
  private static final long SAME_NANOS = 50_000_000;

  private long restNanos;
  private long restedUntil;
  private long windowFrom;
  private long cpuFrom;
  private long parked;
  private boolean lost;

  /** Begins anew; called by the thread itself, before all else. */
  void restart() {
    windowFrom = System.nanoTime();
    cpuFrom = KNOWN ? THREADS.getCurrentThreadCpuTime() : 0;
    parked = 0;
    lost = false;
  }

  /** Takes out of the count what the thread has spent parked. */
  void wasParked(long nanos) {
    parked += nanos;
  }

  /**
   * Whether the thread has lost much of each of the last two windows, the latter of which has ended
   * with this call: one alone is a compiler's or the system's, and passes.
   */
  boolean lostMuch() {
    long now = System.nanoTime();
    if (!KNOWN || now - windowFrom < WINDOW_NANOS) {
      return false;
    }
    long cpu = THREADS.getCurrentThreadCpuTime();
    long wanted = now - windowFrom - parked;
    boolean much = wanted - (cpu - cpuFrom) > MUCH * WINDOW_NANOS;
    windowFrom = now;
    cpuFrom = cpu;
    parked = 0;
    boolean again = much && lost;
    lost = much;
    return again;
  }

  /**
   * How long the thread should rest, as it has lost much: each time twice as long as the last time,
   * if that was just before, so that little is lost by trying.
   */
  long restNanos() {
    boolean same = restNanos > 0 && System.nanoTime() - restedUntil < SAME_NANOS;
    restNanos = same ? Math.min(MOST_REST_NANOS, 2 * restNanos) : LEAST_REST_NANOS;
    return restNanos;
  }

  /** The thread has rested. */
  void rested() {
    restart();
    restedUntil = windowFrom;
  }
}
