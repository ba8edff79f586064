package scriptorium.job.detect;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import scriptorium.job.detect.fit.LogisticFit;
import scriptorium.job.detect.fit.RowBatches;
import scriptorium.job.detect.fit.SparseRows;

/** Curves, intervals, thresholds and fits against values computed by hand. */
class CurvesTest {
  private static final boolean[] CLASSES = {false, false, true, true, true};

  @Test
  void tiesCountHalf() {
    // pairs: 0.4>0.1 0.4=0.4 0.35>0.1 0.35<0.4 0.8 both: (1 + 0.5 + 1 + 0 + 2) / 6
    RocCurve curve = new RocCurve(new double[] {0.1, 0.4, 0.35, 0.8, 0.4}, CLASSES);
    assertEquals(4.5 / 6, curve.area());
    assertEquals(1.0 / 3, curve.truePositivesAtOnePercent());
    assertEquals(0.5, new RocCurve(new double[5], CLASSES).area());
    assertEquals(0.0, new RocCurve(new double[5], CLASSES).truePositivesAtOnePercent());
  }

  @Test
  void theAreaIsTheShareOfPairs() {
    Random random = new Random(5);
    double[] scores = new double[700];
    boolean[] classes = new boolean[scores.length];
    for (int i = 0; i < scores.length; i++) {
      classes[i] = random.nextInt(3) == 0;
      scores[i] = Math.round(20 * (random.nextGaussian() + (classes[i] ? 0.5 : 0)));
    }
    long halves = 0;
    long pairs = 0;
    for (int i = 0; i < scores.length; i++) {
      for (int j = 0; j < scores.length; j++) {
        if (classes[i] && !classes[j]) {
          halves += 1 + (long) Math.signum(scores[i] - scores[j]);
          pairs++;
        }
      }
    }
    RocCurve curve = new RocCurve(scores, classes);
    assertEquals(halves / 2.0 / pairs, curve.area(), 1e-15);
    List<double[]> points = curve.points();
    assertArrayEquals(new double[] {0, 0}, points.getFirst());
    assertArrayEquals(new double[] {1, 1}, points.getLast());
    for (int i = 0; i < scores.length; i++) {
      scores[i] = random.nextDouble();
    }
    assertEquals(200, new RocCurve(scores, classes).points().size());
  }

  @Test
  void oneClassHasNoCurveAndNoAccuracy() {
    RocCurve curve = new RocCurve(new double[] {1, 2}, new boolean[2]);
    assertNull(curve.area());
    assertNull(curve.truePositivesAtOnePercent());
    assertTrue(curve.points().isEmpty());
    assertNull(Accuracy.of(2, 2, 0, 0).value());
    assertNull(Accuracy.of(0, 0, 2, 2).low());
  }

  @Test
  void wilsonsIntervalIsThatOfTheBooks() {
    // 81 of 263: Newcombe 1998, table I; 0 of 20; 1 of 29
    assertArrayEquals(new double[] {0.2553, 0.3662}, Accuracy.wilson(81, 263), 5e-5);
    assertArrayEquals(new double[] {0, 0.1611}, Accuracy.wilson(0, 20), 5e-5);
    assertArrayEquals(new double[] {0.0061, 0.1718}, Accuracy.wilson(1, 29), 5e-5);
  }

  @Test
  void accuracyWeighsBothClassesTheSame() {
    Accuracy accuracy = Accuracy.of(10, 5, 1000, 1000);
    assertEquals(0.75, accuracy.value());
    assertTrue(accuracy.low() < 0.65 && accuracy.high() > 0.85, accuracy.toString());
  }

  @Test
  void theThresholdIsTheMiddleOfTheBestGap() {
    double[] numbers = {1, 2, 4, 5, 3};
    boolean[] classes = {false, false, true, true, false};
    assertEquals(3.5, ScoreDetectors.threshold(numbers, classes, true));
    assertEquals(3.5, ScoreDetectors.threshold(new double[] {5, 4, 2, 1, 6}, classes, false), 1);
    assertEquals(3, ScoreDetectors.threshold(new double[] {5, 4, 2, 1, 6}, classes, false));
  }

  @Test
  void theFitIsTheMinimum() {
    // by symmetry the bias is 0; w solves w = 4 C / (1 + exp(w))
    SparseRows rows =
        new SparseRows(
            new boolean[] {true, true, false, false},
            new int[] {0, 1, 2, 3, 4},
            new int[4],
            new double[] {1, 1, -1, -1});
    double[] weights = LogisticFit.fit(RowBatches.of(List.of(rows)), 0.25, new double[2]);
    assertEquals(weights[0], 1 / (1 + Math.exp(weights[0])), 1e-5);
    assertEquals(0, weights[1], 1e-9);
  }
}
