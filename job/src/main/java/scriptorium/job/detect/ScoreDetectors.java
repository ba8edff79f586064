package scriptorium.job.detect;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import scriptorium.job.detect.fit.LogisticFit;
import scriptorium.job.detect.fit.RowBatches;
import scriptorium.job.detect.fit.SparseRows;

/**
 * Detectors that look at a text's scores: zero-shot ones, whose direction and threshold come from
 * the training and validation rows, and a logistic regression of them all. A row without a score
 * has the training rows' mean.
 */
final class ScoreDetectors {
  private final List<TextRow> train;
  private final List<TextRow> valid;

  ScoreDetectors(List<TextRow> train, List<TextRow> valid) {
    this.train = train;
    this.valid = valid;
  }

  private Detector.Input input(Scores score) {
    double[] known =
        train.stream()
            .mapToDouble(row -> row.score(score))
            .filter(number -> !Double.isNaN(number))
            .toArray();
    double mean = known.length == 0 ? 0 : sum(known) / known.length;
    double[] squares = Arrays.stream(known).map(x -> (x - mean) * (x - mean)).toArray();
    double deviation = known.length == 0 ? 1 : Math.sqrt(sum(squares) / known.length);
    return new Detector.Input(score.detector(), mean, mean, deviation > 0 ? deviation : 1, 1);
  }

  private static double sum(double[] numbers) {
    double sum = 0; // in the rows' order; a stream's sum has another
    for (double number : numbers) {
      sum += number;
    }
    return sum;
  }

  /** The zero-shot detector of a score. */
  Detector zeroShot(Scores score) {
    Detector.Input input = input(score);
    Detector plain = new Detector(score.detector(), Map.of(), 0, true, List.of(input), 0);
    List<TextRow> rows = new ArrayList<>(train);
    rows.addAll(valid);
    double[] numbers = rows.stream().mapToDouble(row -> plain.score(row.scores())).toArray();
    boolean[] classes = classes(rows);
    boolean higher = new RocCurve(numbers, classes).area() >= 0.5;
    return new Detector(
        score.detector(), Map.of(), threshold(numbers, classes, higher), higher, List.of(input), 0);
  }

  static boolean[] classes(List<TextRow> rows) {
    boolean[] classes = new boolean[rows.size()];
    for (int i = 0; i < classes.length; i++) {
      classes[i] = rows.get(i).synthetic();
    }
    return classes;
  }

  /** The middle between two numbers with the highest accuracy, the mean of both classes' shares. */
  static double threshold(double[] numbers, boolean[] classes, boolean higher) {
    Integer[] order = new Integer[numbers.length];
    Arrays.setAll(order, i -> i);
    Comparator<Integer> ascending = Comparator.comparingDouble(i -> numbers[i]);
    Arrays.sort(order, higher ? ascending.reversed() : ascending);
    double[] all = new double[2];
    for (boolean one : classes) {
      all[one ? 1 : 0]++;
    }
    double best = -1;
    double threshold = numbers[order[0]];
    double[] found = new double[2];
    for (int i = 0; i < order.length; i++) {
      found[classes[order[i]] ? 1 : 0]++;
      double here = numbers[order[i]];
      boolean last = i + 1 == order.length;
      double next = last ? here : numbers[order[i + 1]];
      double accuracy = (found[1] / all[1] + 1 - found[0] / all[0]) / 2;
      if ((last || next != here) && accuracy > best) {
        best = accuracy;
        double middle = here + (next - here) / 2;
        threshold = middle == next ? here : middle;
      }
    }
    return threshold;
  }

  /** The logistic regression of several scores. */
  Detector regression(Set<Scores> scores) {
    List<Detector.Input> inputs = scores.stream().map(this::input).toList();
    try (RowBatches trainRows = batch(train, inputs);
        RowBatches validRows = batch(valid, inputs)) {
      LogisticFit fit = LogisticFit.choose(trainRows, validRows, inputs.size());
      List<Detector.Input> weighted = new ArrayList<>();
      for (int i = 0; i < inputs.size(); i++) {
        Detector.Input input = inputs.get(i);
        weighted.add(
            new Detector.Input(
                input.name(), input.missing(), input.mean(), input.deviation(), fit.weights()[i]));
      }
      return new Detector(
          Detector.SCORES, Map.of("C", fit.c()), 0.5, true, weighted, fit.weights()[inputs.size()]);
    }
  }

  private static RowBatches batch(List<TextRow> rows, List<Detector.Input> inputs) {
    int width = inputs.size();
    SparseRows batch =
        new SparseRows(
            classes(rows),
            new int[rows.size() + 1],
            new int[rows.size() * width],
            new double[rows.size() * width]);
    for (int row = 0; row < rows.size(); row++) {
      batch.starts()[row + 1] = (row + 1) * width;
      for (int i = 0; i < width; i++) {
        batch.columns()[row * width + i] = i;
        batch.values()[row * width + i] = Detector.standard(inputs.get(i), rows.get(row).scores());
      }
    }
    return RowBatches.of(List.of(batch));
  }
}
