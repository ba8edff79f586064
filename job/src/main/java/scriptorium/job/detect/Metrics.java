package scriptorium.job.detect;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * How well a detector tells some texts apart.
 *
 * @param bucket which texts: all, or those of some length or family
 * @param accuracy mean of the shares of human and of synthetic texts told right, which is the share
 *     of all where there are as many of both; null where one kind is missing, as are the others
 * @param accuracyLow and {@code accuracyHigh}: 95 % interval, from the Wilson intervals of both
 *     shares by the method of variance estimates recovery (Zou and Donner 2008)
 * @param rocAuc area under the curve of true over false positives: the share of pairs of a human
 *     and a synthetic text in the right order, ties counted half (Mann and Whitney 1947)
 * @param tprAt1PercentFpr the largest share of synthetic texts found at a threshold that takes 1 %
 *     of the human ones for synthetic at most
 */
@JsonPropertyOrder({
  "bucket",
  "human",
  "synthetic",
  "accuracy",
  "accuracy_low",
  "accuracy_high",
  "roc_auc",
  "tpr_at_1_percent_fpr"
})
public record Metrics(
    String bucket,
    long human,
    long synthetic,
    Double accuracy,
    @JsonProperty("accuracy_low") Double accuracyLow,
    @JsonProperty("accuracy_high") Double accuracyHigh,
    @JsonProperty("roc_auc") Double rocAuc,
    @JsonProperty("tpr_at_1_percent_fpr") Double tprAt1PercentFpr) {
  private static final double Z = 1.959963984540054;
  private static final int ROC_POINTS = 200;

  /** A text's score, higher for synthetic, and what it is. */
  public record Scored(double score, boolean synthetic) {}

  /**
   * The metrics of some texts; those with a score of at least the threshold are called synthetic.
   */
  public static Metrics of(String bucket, List<Scored> texts, double threshold) {
    long synthetic = texts.stream().filter(Scored::synthetic).count();
    long human = texts.size() - synthetic;
    if (human == 0 || synthetic == 0) {
      return new Metrics(bucket, human, synthetic, null, null, null, null, null);
    }
    double found =
        (double) texts.stream().filter(t -> t.synthetic() && t.score() >= threshold).count()
            / synthetic;
    double left =
        (double) texts.stream().filter(t -> !t.synthetic() && t.score() < threshold).count()
            / human;
    double accuracy = (found + left) / 2;
    double[] one = wilson(found, synthetic);
    double[] two = wilson(left, human);
    double low = accuracy - Math.hypot(found - one[0], left - two[0]) / 2;
    double high = accuracy + Math.hypot(one[1] - found, two[1] - left) / 2;
    List<double[]> curve = curve(texts, human, synthetic);
    return new Metrics(
        bucket, human, synthetic, accuracy, low, high, auc(curve), atOnePercent(curve));
  }

  /** The 95 % interval of a share of n (Wilson 1927). */
  static double[] wilson(double share, long n) {
    double middle = (share + Z * Z / (2 * n)) / (1 + Z * Z / n);
    double half = Z / (1 + Z * Z / n) * Math.sqrt(share * (1 - share) / n + Z * Z / (4.0 * n * n));
    return new double[] {Math.max(0, middle - half), Math.min(1, middle + half)};
  }

  /** Points (false, true positives) from (0, 0) to (1, 1), one for each different score. */
  private static List<double[]> curve(List<Scored> texts, long human, long synthetic) {
    Scored[] falling = texts.toArray(Scored[]::new);
    Arrays.sort(falling, Comparator.comparingDouble(Scored::score).reversed());
    List<double[]> points = new ArrayList<>();
    points.add(new double[] {0, 0});
    long wrong = 0;
    long right = 0;
    for (int i = 0; i < falling.length; i++) {
      if (falling[i].synthetic()) {
        right++;
      } else {
        wrong++;
      }
      if (i + 1 == falling.length || falling[i + 1].score() != falling[i].score()) {
        points.add(new double[] {(double) wrong / human, (double) right / synthetic});
      }
    }
    return points;
  }

  private static double auc(List<double[]> curve) {
    double area = 0;
    for (int i = 1; i < curve.size(); i++) {
      double[] from = curve.get(i - 1);
      double[] to = curve.get(i);
      area += (to[0] - from[0]) * (from[1] + to[1]) / 2;
    }
    return area;
  }

  private static double atOnePercent(List<double[]> curve) {
    double best = 0;
    for (double[] point : curve) {
      if (point[0] <= 0.01) {
        best = point[1];
      }
    }
    return best;
  }

  /** At most 200 points of the curve, for a plot. */
  static List<double[]> roc(List<Scored> texts) {
    long synthetic = texts.stream().filter(Scored::synthetic).count();
    if (synthetic == 0 || synthetic == texts.size()) {
      return List.of();
    }
    List<double[]> curve = curve(texts, texts.size() - synthetic, synthetic);
    List<double[]> some = new ArrayList<>();
    int points = Math.min(ROC_POINTS, curve.size());
    for (int i = 0; i < points; i++) {
      double[] point = curve.get((int) ((long) i * (curve.size() - 1) / Math.max(1, points - 1)));
      some.add(new double[] {round(point[0]), round(point[1])});
    }
    return some;
  }

  private static double round(double share) {
    return Math.round(share * 1e5) / 1e5;
  }

  /** The threshold with the best mean of both shares; of several the middle of the widest gap. */
  static double bestThreshold(List<Scored> texts) {
    Scored[] rising = texts.toArray(Scored[]::new);
    Arrays.sort(rising, Comparator.comparingDouble(Scored::score));
    long synthetic = texts.stream().filter(Scored::synthetic).count();
    double human = Math.max(1, texts.size() - synthetic);
    double best = 0.5; // all are called synthetic
    double threshold = rising.length == 0 ? 0 : rising[0].score();
    double gap = 0;
    long below = 0;
    long missed = 0;
    for (int i = 0; i < rising.length - 1; i++) {
      if (rising[i].synthetic()) {
        missed++;
      } else {
        below++;
      }
      double width = rising[i + 1].score() - rising[i].score();
      if (width > 0) {
        double accuracy = (below / human + 1 - (double) missed / Math.max(1, synthetic)) / 2;
        if (accuracy > best || accuracy == best && width > gap) {
          best = accuracy;
          gap = width;
          threshold = rising[i].score() + width / 2;
        }
      }
    }
    return threshold;
  }
}
