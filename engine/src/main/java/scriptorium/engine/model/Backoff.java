package scriptorium.engine.model;

/**
 * How long a thread waits for others by spinning before it parks. On a machine of its own it spins
 * longer than any gap between two phases of a step, as to be woken takes tens of microseconds. When
 * other processes want the processor, spinning takes from them, or from the very worker that is
 * waited for, and the system takes it back from a later task: so a thread that finds itself put
 * aside while it spins parks almost at once for a while. Belongs to one thread.
 */
final class Backoff {
  /** Longer than any gap between two phases of a step. */
  private static final long SPIN_NANOS = 500_000;

  private static final long BUSY_SPIN_NANOS = 20_000;

  /** Between two looks at the clock pass some microseconds, if the thread runs. */
  private static final long PUT_ASIDE_NANOS = 200_000;

  private static final long BUSY_NANOS = 50_000_000;

  /** Spins between two looks at the clock. */
  private static final int SPINS = 16;

  private long began;
  private long looked;
  private long busyUntil;
  private boolean busy;
  private int spins;

  /** Begins to wait for something. */
  void begin() {
    spins = 0;
  }

  /** Spins once; false when it is time to park. */
  boolean spin() {
    Thread.onSpinWait();
    spins++;
    if (spins % SPINS != 1) {
      return true;
    }
    long now = System.nanoTime();
    if (spins == 1) {
      began = now;
      looked = now;
      busy &= now < busyUntil;
      return true;
    }
    if (now - looked > PUT_ASIDE_NANOS) {
      busy = true;
      busyUntil = now + BUSY_NANOS;
    }
    looked = now;
    return now - began < (busy ? BUSY_SPIN_NANOS : SPIN_NANOS);
  }
}
