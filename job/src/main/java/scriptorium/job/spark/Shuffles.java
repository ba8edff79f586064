package scriptorium.job.spark;

import org.apache.spark.sql.SparkSession;

/** How many tasks a session's shuffles have. */
public final class Shuffles {
  private static final int ROWS_A_TASK = 5000;
  private static final String KEY = "spark.sql.shuffle.partitions";

  private Shuffles() {}

  /** As many tasks as so many rows need, unless the user has said how many. */
  public static void fit(SparkSession session, long rows) {
    if (!session.sparkContext().getConf().contains(KEY)) {
      int least = session.sparkContext().defaultParallelism();
      session.conf().set(KEY, Math.clamp(rows / ROWS_A_TASK, least, 10_000));
    }
  }
}
