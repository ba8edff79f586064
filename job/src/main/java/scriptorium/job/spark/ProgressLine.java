package scriptorium.job.spark;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import scala.jdk.javaapi.CollectionConverters;
import scriptorium.job.base.Console;

/**
 * Shows how far a run is: a line that is replaced each second where the console can do that, else
 * one every half minute. What it shows comes from accumulators by way of heartbeats and is no count
 * to rely on. Thread-safe.
 */
public final class ProgressLine extends SparkListener implements AutoCloseable {
  /** Name of the accumulator of rows. */
  public static final String ROWS = "scriptorium.rows";

  /** Name of the accumulator of tokens. */
  public static final String TOKENS = "scriptorium.tokens";

  private final long totalRows;
  private final Console console;
  private final long start = System.nanoTime();
  private final Map<Long, long[]> running = new HashMap<>();
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("scriptorium-progress").factory());
  private long doneRows;
  private long doneTokens;

  /** Shows so many rows coming, until it is closed; to be added to the context's listeners. */
  public ProgressLine(long totalRows, Console console) {
    this.totalRows = totalRows;
    this.console = console;
    long period = console.replacesLines() ? 1 : 30;
    var unused = clock.scheduleAtFixedRate(this::show, period, period, TimeUnit.SECONDS);
  }

  @Override
  public void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate update) {
    CollectionConverters.asJava(update.accumUpdates())
        .forEach(task -> remember((Long) task._1(), CollectionConverters.asJava(task._4())));
  }

  private synchronized void remember(long task, Iterable<AccumulableInfo> values) {
    long[] counts = new long[2];
    for (AccumulableInfo info : values) {
      if (info.update().isDefined()
          && info.name().isDefined()
          && info.update().get() instanceof Long count) {
        if (info.name().get().equals(ROWS)) {
          counts[0] = count;
        } else if (info.name().get().equals(TOKENS)) {
          counts[1] = count;
        }
      }
    }
    running.put(task, counts);
  }

  @Override
  public synchronized void onTaskEnd(SparkListenerTaskEnd end) {
    running.remove(end.taskInfo().taskId());
    if (end.taskInfo().successful()) {
      for (AccumulableInfo info : CollectionConverters.asJava(end.taskInfo().accumulables())) {
        if (info.name().isDefined()
            && info.update().isDefined()
            && info.update().get() instanceof Long count) {
          doneRows += info.name().get().equals(ROWS) ? count : 0;
          doneTokens += info.name().get().equals(TOKENS) ? count : 0;
        }
      }
    }
  }

  private void show() {
    long rows;
    long tokens;
    synchronized (this) {
      rows = doneRows + running.values().stream().mapToLong(counts -> counts[0]).sum();
      tokens = doneTokens + running.values().stream().mapToLong(counts -> counts[1]).sum();
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    long left = rows == 0 ? -1 : (long) (seconds / rows * (totalRows - rows));
    String line =
        String.format(
            Locale.ROOT,
            "%,d of %,d rows, %,d tokens, %.0f tokens/s, %s",
            rows,
            totalRows,
            tokens,
            tokens / seconds,
            left < 0 ? "ETA unknown yet" : "ETA " + duration(left));
    console.update(line);
  }

  private static String duration(long seconds) {
    return seconds < 3600
        ? "%d:%02d".formatted(seconds / 60, seconds % 60)
        : "%d h %02d min".formatted(seconds / 3600, seconds / 60 % 60);
  }

  @Override
  public void close() {
    clock.shutdownNow();
    console.clear();
  }
}
