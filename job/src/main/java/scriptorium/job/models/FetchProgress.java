package scriptorium.job.models;

import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Shows how far a download is: one updating line on a terminal, else a line every half minute.
 * Thread-safe.
 */
final class FetchProgress implements AutoCloseable {
  private final AtomicLong expected = new AtomicLong();
  private final AtomicLong there = new AtomicLong();
  private final AtomicLong fetched = new AtomicLong();
  private final boolean terminal = System.console() != null && System.console().isTerminal();
  private final long start = System.nanoTime();
  private final PrintStream out;
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("scriptorium-progress").factory());
  private volatile String file = "";

  FetchProgress(PrintStream out) {
    this.out = out;
    long period = terminal ? 1 : 30;
    var unused = clock.scheduleAtFixedRate(this::show, period, period, TimeUnit.SECONDS);
  }

  /** A file begins, of which some bytes are there already. */
  void begin(String name, long size, long bytesThere) {
    file = name;
    expected.addAndGet(size);
    there.addAndGet(bytesThere);
  }

  void add(long bytes) {
    fetched.addAndGet(bytes);
  }

  private void show() {
    if (file.isEmpty()) {
      return; // no server has told a length yet
    }
    out.print(terminal ? "\r\u001b[K" + line() : "scriptorium: " + line() + "\n");
    out.flush();
  }

  private String line() {
    long now = fetched.get();
    double rate = now / ((System.nanoTime() - start) / 1e9);
    long left = Math.max(0, expected.get() - there.get() - now);
    String eta =
        now == 0
            ? "unknown yet"
            : String.format(
                Locale.ROOT, "%d:%02d", (long) (left / rate) / 60, (long) (left / rate) % 60);
    return String.format(
        Locale.ROOT,
        "%s: %,d of %,d MB, %.1f MB/s, ETA %s",
        file,
        (there.get() + now) / 1_000_000,
        expected.get() / 1_000_000,
        rate / 1e6,
        eta);
  }

  @Override
  public void close() {
    clock.shutdownNow();
    if (terminal) {
      out.print("\r\u001b[K");
      out.flush();
    }
  }
}
