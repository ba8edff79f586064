package scriptorium.job.command;

import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import org.apache.spark.SparkConf;
import picocli.CommandLine.Option;
import scriptorium.job.base.OutputException;
import scriptorium.job.base.UserException;
import scriptorium.job.run.ShardedJob;
import scriptorium.job.spark.MemoryNeed;
import scriptorium.job.spark.Sessions;

/** The flags of commands that have executors write shards, and the run. */
final class RunFlags extends SessionFlags {
  @Option(names = "--repair", description = "look for damaged files first, and write them again")
  private boolean repair;

  /**
   * Runs a checked job in a session of its own, and tells what it did.
   *
   * @return false where it was told to stop, which has been said then
   */
  boolean run(ShardedJob job) {
    if (repair) {
      job.repair();
    }
    refuseTooLittleMemory(job);
    CompletableFuture.runAsync(job.model::weightsHash); // takes seconds, as does Spark's start
    ShardedJob.Result result = inSession(job.title(), job::execute);
    if (result != null) {
      tell(result);
    }
    return result != null;
  }

  /** What can be known of an executor's memory before there is one. */
  private void refuseTooLittleMemory(ShardedJob job) {
    SparkConf conf = Sessions.conf(job.title(), master);
    try {
      if (conf.get("spark.master").startsWith("local")
          && !conf.get("spark.master").startsWith("local-cluster")) {
        job.memoryNeed().cacheBytesHere();
      } else if (MemoryNeed.containerLimit(conf) < Long.MAX_VALUE) {
        job.memoryNeed().cacheBytes(MemoryNeed.containerLimit(conf), MemoryNeed.executorHeap(conf));
      }
    } catch (OutputException e) {
      throw new UserException(e.getMessage(), e);
    }
  }

  /** One line about a run that wrote a data set. */
  private static void tell(ShardedJob.Result result) {
    if (result.newRows() == 0) {
      System.out.printf(
          Locale.ROOT,
          "%s: all %,d rows are there, nothing to do%n",
          result.out(),
          result.totals().rows());
      return;
    }
    System.out.printf(
        Locale.ROOT,
        "%s: %,d rows, %,d tokens in %.1f s (%.0f tokens/s); %,d rows in all, %,d of them errors%n",
        result.out(),
        result.newRows(),
        result.newTokens(),
        result.seconds(),
        result.newTokens() / result.seconds(),
        result.totals().rows(),
        result.totals().errors());
  }
}
