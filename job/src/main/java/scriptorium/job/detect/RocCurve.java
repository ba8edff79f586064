package scriptorium.job.detect;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How well a score tells two classes apart, whatever the threshold. Not defined, and null, where a
 * class has no rows.
 */
final class RocCurve {
  private static final int MOST_POINTS = 200;
  private static final double FALSE_POSITIVES = 0.01;

  /** Counts of human and synthetic texts at or above each different score, highest first. */
  private final List<long[]> steps = new ArrayList<>();

  private final long human;
  private final long synthetic;

  private record Scored(double score, boolean synthetic) {}

  /** The curve of scores, of which higher ones mean synthetic. */
  RocCurve(double[] scores, boolean[] classes) {
    Scored[] rows = new Scored[scores.length];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = new Scored(scores[i], classes[i]);
    }
    Arrays.sort(rows, (a, b) -> Double.compare(b.score(), a.score()));
    long[] counts = new long[2];
    steps.add(counts.clone());
    for (int i = 0; i < rows.length; i++) {
      counts[rows[i].synthetic() ? 1 : 0]++;
      if (i + 1 == rows.length || rows[i + 1].score() != rows[i].score()) {
        steps.add(counts.clone());
      }
    }
    human = counts[0];
    synthetic = counts[1];
  }

  private boolean defined() {
    return human > 0 && synthetic > 0;
  }

  /**
   * The chance that a synthetic text has a higher score than a human one, equal ones counted half:
   * Mann and Whitney's U over the pairs. Exact up to 2^53 half pairs.
   */
  Double area() {
    if (!defined()) {
      return null;
    }
    double halves = 0;
    for (int i = 1; i < steps.size(); i++) {
      long[] before = steps.get(i - 1);
      long[] now = steps.get(i);
      halves += (double) (now[0] - before[0]) * (now[1] + before[1]);
    }
    return halves / 2 / human / synthetic;
  }

  /** The highest share of synthetic texts found with at most 1 % of the human ones. */
  Double truePositivesAtOnePercent() {
    if (!defined()) {
      return null;
    }
    double best = 0;
    for (long[] step : steps) {
      if (step[0] <= FALSE_POSITIVES * human) {
        best = Math.max(best, (double) step[1] / synthetic);
      }
    }
    return best;
  }

  /** Points (false, true positives' shares), ascending, 200 at most; none where not defined. */
  List<double[]> points() {
    List<double[]> points = new ArrayList<>();
    int count = defined() ? Math.min(steps.size(), MOST_POINTS) : 0;
    for (int i = 0; i < count; i++) {
      long[] step = steps.get((int) ((long) i * (steps.size() - 1) / (count - 1)));
      points.add(new double[] {(double) step[0] / human, (double) step[1] / synthetic});
    }
    return points;
  }
}
