package scriptorium.job.metrics;

import java.util.concurrent.atomic.LongAdder;

/** Rows that the tasks of this JVM have done; those of lost and repeated tasks count again. */
public final class DoneRows {
  private static final LongAdder ROWS = new LongAdder();

  private DoneRows() {}

  /** So many more. */
  public static void add(long rows) {
    ROWS.add(rows);
  }

  /** All so far. */
  public static long sum() {
    return ROWS.sum();
  }
}
