package scriptorium.job;

import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import scriptorium.job.io.OutputException;

/**
 * What the commands that write a data set have in common: options that decide none of its bytes,
 * and the run.
 */
final class RunFlags {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--preset",
      paramLabel = "NAME|FILE",
      description =
          "settings of a data set: a name in conf/, or a JSON file; the command line wins")
  String preset;

  @Option(names = "--overwrite", description = "delete the data set in --out first")
  boolean overwrite;

  @Option(names = "--repair", description = "look for damaged files first, and write them again")
  private boolean repair;

  @Option(names = "--master", paramLabel = "URL", description = "Spark master (default: local[*])")
  private String master;

  @Option(names = "--quiet", description = "show no progress")
  boolean quiet;

  /** Runs a checked job in a session of its own, and tells what it did. */
  void run(ShardedJob job) {
    if (repair) {
      job.repair();
    }
    refuseTooLittleMemory(job);
    CompletableFuture.runAsync(job.model::weightsHash); // takes seconds, as does Spark's start
    SparkSession session = Sessions.start("scriptorium " + job.title(), master);
    try {
      run(job, session);
    } finally {
      session.stop();
    }
  }

  private void run(ShardedJob job, SparkSession session) {
    try (CleanStop stop = new CleanStop(session.sparkContext())) {
      try {
        tell(job.execute(session));
      } catch (Exception e) { // Scala throws checked ones unsaid
        if (!stop.isStopping()) {
          throw e;
        }
        System.err.println(
            "scriptorium: stopped; this goes on: scriptorium "
                + String.join(" ", spec.root().commandLine().getParseResult().originalArgs()));
      }
    }
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
