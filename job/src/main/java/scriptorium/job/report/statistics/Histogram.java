package scriptorium.job.report.statistics;

/**
 * Counts of values in bins of one width, and of those below and above all bins. Not thread-safe.
 */
public final class Histogram {
  private final double low;
  private final double width;
  private final long[] bins;
  private long below;
  private long above;

  Histogram(double low, double width, int bins) {
    this.low = low;
    this.width = width;
    this.bins = new long[bins];
  }

  /** Counts a value; one that is no number is not counted. */
  void add(double value) {
    if (Double.isNaN(value)) {
      return;
    }
    double bin = Math.floor((value - low) / width);
    if (bin < 0) {
      below++;
    } else if (bin > bins.length || bin == bins.length && value > end()) {
      above++;
    } else {
      bins[Math.min((int) bin, bins.length - 1)]++; // the end is in the last bin
    }
  }

  private double end() {
    return edge(bins.length);
  }

  /** Adds the counts of another one of the same bins. */
  void merge(Histogram other) {
    for (int i = 0; i < bins.length; i++) {
      bins[i] += other.bins[i];
    }
    below += other.below;
    above += other.above;
  }

  /** Number of bins. */
  public int bins() {
    return bins.length;
  }

  long bin(int index) {
    return bins[index];
  }

  /** Where a bin begins. */
  public double edge(int index) {
    return low + index * width;
  }

  long below() {
    return below;
  }

  long above() {
    return above;
  }

  /** All values counted. */
  public long count() {
    long sum = below + above;
    for (long bin : bins) {
      sum += bin;
    }
    return sum;
  }

  /** The bin in which a share of all values is reached. */
  public int binOf(double share) {
    double wanted = share * count();
    double seen = below;
    for (int i = 0; i < bins.length; i++) {
      seen += bins[i];
      if (seen >= wanted && seen > below) {
        return i;
      }
    }
    return bins.length - 1;
  }

  /** Counts of the bins from..to, so many put together each. */
  public long[] grouped(int from, int to, int group) {
    long[] grouped = new long[(to - from + group - 1) / group];
    for (int i = from; i < to; i++) {
      grouped[(i - from) / group] += bins[i];
    }
    return grouped;
  }
}
