package scriptorium.job.spark;

import org.apache.spark.SparkContext;

/**
 * The names of Spark's jobs and stages in its UI, its REST API and its event log: what is done, in
 * the words of a user, where Spark has a place in the code.
 */
public final class JobNames {
  private JobNames() {}

  /** Names the jobs and stages that this thread starts from here on. */
  public static void set(SparkContext context, String name) {
    context.setJobDescription(name);
    context.setCallSite(name);
  }
}
