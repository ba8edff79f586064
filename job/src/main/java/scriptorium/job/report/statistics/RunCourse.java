package scriptorium.job.report.statistics;

import java.util.Arrays;
import scriptorium.job.report.read.RecordedDataSet;

/**
 * The rate of a run from its start to its end, by the times at which its shards' files were last
 * written. Files that were copied have other times: then nothing is known. Used by one thread.
 */
public final class RunCourse {
  /** Fewer shards show no course. */
  public static final int LEAST_SHARDS = 8;

  private static final int COLUMNS = 40;

  /** Width of a column by the gap between shards in which half of the run's time passes. */
  private static final double GAPS_A_COLUMN = 3;

  /** By how much the clocks of a file system and a driver may differ, seconds. */
  private static final double CLOCKS = 5;

  private final RecordedDataSet data;
  private final double runSeconds;
  private double[] seconds = new double[16];
  private long[] tokens = new long[16];
  private int size;
  private boolean copied;

  RunCourse(RecordedDataSet data) {
    this.data = data;
    runSeconds = data.seconds();
  }

  /** A shard: when its file was written, milliseconds since 1970, and its tokens. */
  void add(long modified, long shardTokens) {
    if (Double.isNaN(runSeconds)) {
      return;
    }
    double at = modified / 1e3 - RecordedDataSet.seconds(data.started());
    copied |= at < -CLOCKS || at > runSeconds + CLOCKS;
    if (size == seconds.length) {
      seconds = Arrays.copyOf(seconds, 2 * size);
      tokens = Arrays.copyOf(tokens, 2 * size);
    }
    seconds[size] = at;
    tokens[size] = shardTokens;
    size++;
  }

  /** Whether the times of enough shards are known. */
  public boolean isKnown() {
    return size >= LEAST_SHARDS && !copied;
  }

  /** Seconds from the start of the run to its end. */
  public double runSeconds() {
    return runSeconds;
  }

  /** Tokens/s of equal parts of the run; of all shards where only some were added. */
  public double[] rates() {
    double[] rates = new double[columns()];
    long sum = 0;
    for (int i = 0; i < size; i++) {
      int column = (int) (seconds[i] / runSeconds * rates.length);
      rates[Math.clamp(column, 0, rates.length - 1)] += tokens[i];
      sum += tokens[i];
    }
    long all = data.shards().stream().mapToLong(shard -> shard.tokens()).sum();
    double scale = sum == 0 ? 0 : (double) all / sum * rates.length / runSeconds;
    for (int i = 0; i < rates.length; i++) {
      rates[i] *= scale;
    }
    return rates;
  }

  /** So few that shards which come in waves, as sequences of one length do, show no waves. */
  private int columns() {
    double[] times = Arrays.copyOf(seconds, size);
    Arrays.sort(times);
    double[] gaps = new double[size];
    double all = 0;
    for (int i = 0; i < size; i++) {
      gaps[i] = Math.max(0, times[i] - (i == 0 ? 0 : times[i - 1]));
      all += gaps[i];
    }
    Arrays.sort(gaps);
    double passed = 0;
    int gap = size;
    while (gap > 0 && passed < all / 2) {
      gap--;
      passed += gaps[gap];
    }
    double width = GAPS_A_COLUMN * gaps[Math.min(gap, size - 1)];
    return width == 0 ? 1 : (int) Math.clamp(runSeconds / width, 1, COLUMNS);
  }
}
