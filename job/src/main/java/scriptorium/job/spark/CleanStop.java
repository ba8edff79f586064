package scriptorium.job.spark;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.util.ShutdownHookManager;
import org.apache.spark.SparkContext;
import scriptorium.job.base.Console;

/**
 * Ends a run in order when its process is told to end (ctrl-C, SIGTERM): the jobs are cancelled, so
 * that shards which are being written finish or vanish, the run writes down what is there, and only
 * then Spark stops.
 */
public final class CleanStop implements AutoCloseable {
  /** Jobs of a run, which are cancelled together. */
  public static final String JOB_GROUP = "scriptorium";

  /** Before Spark's own hook, which has 50. */
  private static final int PRIORITY = 100;

  private static final long MOST_SECONDS = 25;

  private final SparkContext context;
  private final Console console;
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Runnable hook = this::stop;
  private volatile boolean stopping;

  /** Watches over the jobs of {@link #JOB_GROUP} until it is closed. */
  public CleanStop(SparkContext context, Console console) {
    this.context = context;
    this.console = console;
    ShutdownHookManager.get().addShutdownHook(hook, PRIORITY, MOST_SECONDS, TimeUnit.SECONDS);
  }

  private void stop() {
    stopping = true;
    console.warn("stopping; what is done stays");
    context.setLogLevel("OFF"); // Spark has a warning for each task that is cancelled
    context.cancelJobGroupAndFutureJobs(JOB_GROUP, "the run was told to stop");
    try {
      if (!ended.await(MOST_SECONDS, TimeUnit.SECONDS)) {
        console.warn("stopped in the middle");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether the process has been told to end. */
  public boolean isStopping() {
    return stopping;
  }

  @Override
  public void close() {
    ended.countDown();
    if (!stopping && !ShutdownHookManager.get().isShutdownInProgress()) {
      ShutdownHookManager.get().removeShutdownHook(hook);
    }
  }
}
