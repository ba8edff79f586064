package scriptorium.job.report.statistics;

/** A mean, gathered value by value. Not thread-safe. */
final class Mean {
  private double sum;
  private double weight;

  /** Adds a value with a weight; one that is no finite number counts for nothing. */
  void add(double value, double weighing) {
    if (Double.isFinite(value) && weighing > 0) {
      sum += value * weighing;
      weight += weighing;
    }
  }

  void add(double value) {
    add(value, 1);
  }

  void merge(Mean other) {
    sum += other.sum;
    weight += other.weight;
  }

  /** Sum of the weights. */
  double weight() {
    return weight;
  }

  /** The mean; NaN where nothing was added. */
  double value() {
    return sum / weight;
  }
}
