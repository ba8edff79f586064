package scriptorium.job.command;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import scriptorium.engine.ModelFolder;
import scriptorium.job.config.JobConfig;
import scriptorium.job.output.ShardPlan;
import scriptorium.job.run.ShardedRun;
import scriptorium.job.spark.MemoryNeed;
import scriptorium.job.store.Manifest;

/**
 * Tells what a run of {@code generate} would do, and does nothing of it: shards, tokens, an
 * executor's memory, and how long it takes at a rate that is given or measured for some seconds.
 */
public final class DryRun {
  private final JobConfig config;
  private final ModelFolder model;
  private final ShardedRun run;
  private final PrintStream out;

  /** A dry run that prints to a stream. */
  public DryRun(JobConfig config, ModelFolder model, ShardedRun run, PrintStream out) {
    this.config = config;
    this.model = model;
    this.run = run;
    this.out = out;
  }

  /**
   * Prints everything.
   *
   * @param tokensPerSecond of one executor; 0 to measure it on this machine
   */
  public void tell(double tokensPerSecond) throws InterruptedException {
    ShardedRun.Outlook outlook = run.outlook();
    for (Manifest.Split split : outlook.splits()) {
      line(
          "split %s: %,d rows, %,d shards of %,d",
          split.name(),
          split.rows(),
          ShardPlan.shardCount(split.rows(), config.shardRows()),
          config.shardRows());
    }
    long rowsLeft = outlook.rows() - outlook.rowsThere();
    line(
        "output %s: %,d of %,d shards are there, %,d rows left",
        config.out(), outlook.there(), outlook.shards(), rowsLeft);
    double tokens = tokens(outlook.known(), rowsLeft);
    memory();
    time(tokens, tokensPerSecond > 0 ? tokensPerSecond : measured());
  }

  /** The tokens to draw: candidates that are dropped take as long as those that are kept. */
  private double tokens(Manifest.Totals there, long rowsLeft) {
    double kept = keptTokens(there, rowsLeft);
    int candidates = config.generation().bestOf();
    if (candidates > 1) {
      line("candidates: %d a row, so that %,.0f tokens are drawn", candidates, kept * candidates);
    }
    return kept * candidates;
  }

  private double keptTokens(Manifest.Totals there, long rowsLeft) {
    if (there.rows() > 0) {
      double mean = (double) (there.tokens() + there.ended()) / there.rows();
      line("tokens: about %,.0f, as the rows that are there have %.1f each", rowsLeft * mean, mean);
      return rowsLeft * mean;
    }
    int most = mostTokens();
    line("tokens: at most %,.0f, %,d each", (double) rowsLeft * most, most);
    return (double) rowsLeft * most;
  }

  private int mostTokens() {
    int context = model.config().contextLength() - 1; // the start token stands first
    int wanted =
        config.promptSettings().contains("max_new_tokens") ? 0 : config.generation().maxNewTokens();
    return wanted == 0 ? context : Math.min(wanted, context);
  }

  private void memory() {
    MemoryNeed need = run.memoryNeed();
    long heap = Runtime.getRuntime().maxMemory();
    line(
        "memory of an executor: weights %s, KV cache %s (at least %s), with a heap of %s in all %s;"
            + " this machine has %s",
        MemoryNeed.mebibytes(need.weights()),
        MemoryNeed.mebibytes(need.wantedCache()),
        MemoryNeed.mebibytes(need.leastCache()),
        MemoryNeed.mebibytes(heap),
        MemoryNeed.mebibytes(need.total(heap)),
        MemoryNeed.mebibytes(MemoryNeed.processLimit()));
  }

  private void time(double tokens, double rate) {
    for (int executors : List.of(1, 10, 100)) {
      line(
          "time at %,.0f tokens/s an executor, %d executor%s: %s",
          rate, executors, executors == 1 ? "" : "s", duration(tokens / rate / executors));
    }
  }

  private static String duration(double seconds) {
    return seconds < 120
        ? String.format(Locale.ROOT, "%.0f s", seconds)
        : seconds < TimeUnit.HOURS.toSeconds(2)
            ? String.format(Locale.ROOT, "%.0f min", seconds / 60)
            : seconds < TimeUnit.DAYS.toSeconds(2)
                ? String.format(Locale.ROOT, "%.1f h", seconds / 3600)
                : String.format(Locale.ROOT, "%,.1f days", seconds / 86_400);
  }

  private double measured() throws InterruptedException {
    SpeedProbe.Rate rate = SpeedProbe.measure(model, config.engine(), config.generation());
    line("measured here: %s", rate);
    return rate.tokensPerSecond();
  }

  private void line(String format, Object... values) {
    out.printf(Locale.ROOT, format + "%n", values);
  }
}
