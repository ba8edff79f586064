package scriptorium.engine.model;

/**
 * How long a thread waits for others by spinning before it parks: longer than any gap between two
 * phases of a step, as to be woken takes tens of microseconds. Belongs to one thread.
 */
final class Backoff {
  private static final long SPIN_NANOS = 500_000;

  /** Spins between two looks at the clock. */
  private static final int SPINS = 16;

  private long began;
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
    }
    return now - began < SPIN_NANOS;
  }
}
