package scriptorium.job.command;

import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import picocli.CommandLine.Option;
import scriptorium.engine.ModelFolder;
import scriptorium.job.base.OutputException;
import scriptorium.job.base.UserException;
import scriptorium.job.broadcast.HeadStart;
import scriptorium.job.run.ShardWork;
import scriptorium.job.run.ShardedRun;
import scriptorium.job.spark.MemoryNeed;
import scriptorium.job.spark.Sessions;

/** The flags of commands that have executors write shards, and the run. */
final class RunFlags extends SessionFlags {
  @Option(names = "--repair", description = "look for damaged files first, and write them again")
  private boolean repair;

  private boolean begun;

  /** A run by these flags. */
  ShardedRun of(ShardWork work, Configuration hadoop) {
    return new ShardedRun(work, hadoop, overwrite, console());
  }

  /**
   * Checks a run, has it done in a session of its own, and tells what it did.
   *
   * @param onBadRow the option as it was given: who asks for error rows may have nothing else
   * @return false if it was told to stop, which it has reported
   */
  boolean run(ShardWork work, Configuration hadoop, String onBadRow) {
    ShardedRun run = of(work, hadoop);
    run.check();
    if (repair) {
      run.repair();
    }
    refuseTooLittleMemory(run);
    ModelFolder model = work.model();
    HeadStart ahead =
        tasksRunHere(conf(work)) && run.isNew()
            ? HeadStart.begin(model, work.engine(), work::trial)
            : null;
    if (ahead == null) {
      CompletableFuture.runAsync(model::weightsHash); // takes seconds, as does Spark's start
    }
    begun = true;
    ShardedRun.Result result;
    try {
      result = inSession(work.title(), run::execute);
    } finally {
      if (ahead != null) {
        ahead.close();
      }
    }
    if (result != null) {
      tell(result);
      if (onBadRow == null) {
        failIfAllAreErrors(result.out(), result.totals().rows(), result.totals().errors());
      }
    }
    return result != null;
  }

  private SparkConf conf(ShardWork work) {
    return Sessions.conf(work.title(), master);
  }

  private static boolean tasksRunHere(SparkConf conf) {
    String master = conf.get("spark.master");
    return master.startsWith("local") && !master.startsWith("local-cluster");
  }

  /** With --overwrite the command would delete what is done. */
  @Override
  String afterStop() {
    return "to resume: scriptorium "
        + arguments().stream()
            .filter(argument -> !argument.equals("--overwrite"))
            .map(RunFlags::quoted)
            .collect(Collectors.joining(" "));
  }

  /** An argument as a shell takes it. */
  private static String quoted(String argument) {
    return argument.matches("[A-Za-z0-9_./:=,@%+-]+")
        ? argument
        : "'" + argument.replace("'", "'\\''") + "'";
  }

  @Override
  String afterFailure() {
    if (!begun) {
      return "";
    }
    return overwrite
        ? "; the same command without --overwrite resumes from what is done"
        : "; the same command resumes from what is done";
  }

  /** What can be known of an executor's memory before there is one. */
  private void refuseTooLittleMemory(ShardedRun run) {
    SparkConf conf = conf(run.work());
    try {
      if (tasksRunHere(conf)) {
        run.memoryNeed().cacheBytesHere();
      } else if (MemoryNeed.containerLimit(conf) < Long.MAX_VALUE) {
        run.memoryNeed().cacheBytes(MemoryNeed.containerLimit(conf), MemoryNeed.executorHeap(conf));
      }
    } catch (OutputException e) {
      throw new UserException(e.getMessage(), e);
    }
  }

  /** One line about a run that wrote a data set. */
  private static void tell(ShardedRun.Result result) {
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
