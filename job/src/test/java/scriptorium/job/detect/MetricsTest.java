package scriptorium.job.detect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import scriptorium.job.detect.Metrics.Scored;

/** Metrics against values computed by hand, and against the definition. */
class MetricsTest {
  private static List<Scored> texts(double[] human, double[] synthetic) {
    List<Scored> texts = new ArrayList<>();
    for (double score : human) {
      texts.add(new Scored(score, false));
    }
    for (double score : synthetic) {
      texts.add(new Scored(score, true));
    }
    return texts;
  }

  @Test
  void sharesAreOfBothKinds() {
    Metrics metrics =
        Metrics.of("all", texts(new double[] {0.1, 0.2, 0.3, 0.9}, new double[] {0.4, 0.6}), 0.5);
    assertEquals(4, metrics.human());
    assertEquals(2, metrics.synthetic());
    assertEquals((0.75 + 0.5) / 2, metrics.accuracy());
    assertEquals(6.0 / 8, metrics.rocAuc()); // of 8 pairs 2 are in the wrong order
    assertEquals(0, metrics.tprAt1PercentFpr());
    assertEquals(
        1.0,
        Metrics.of("all", texts(new double[] {1, 2}, new double[] {3, 4}), 2.5).tprAt1PercentFpr());
  }

  @Test
  void tiesCountHalf() {
    assertEquals(
        0.5, Metrics.of("", texts(new double[] {1, 1}, new double[] {1, 1, 1}), 1).rocAuc());
    assertEquals(
        0.875, Metrics.of("", texts(new double[] {1, 2}, new double[] {2, 3}), 1).rocAuc());
  }

  @Test
  void areaIsTheShareOfPairsInOrder() {
    Random random = new Random(4);
    for (int round = 0; round < 50; round++) {
      double[] human = random.doubles(1 + random.nextInt(30)).map(x -> Math.round(x * 9)).toArray();
      double[] synthetic =
          random.doubles(1 + random.nextInt(30)).map(x -> Math.round(x * 9) + 1).toArray();
      double pairs = 0;
      for (double h : human) {
        for (double s : synthetic) {
          pairs += s > h ? 1 : s == h ? 0.5 : 0;
        }
      }
      assertEquals(
          pairs / human.length / synthetic.length,
          Metrics.of("", texts(human, synthetic), 3).rocAuc(),
          1e-12);
    }
  }

  @Test
  void intervalsAreWilsonsCombined() {
    double[] half = Metrics.wilson(0.5, 10); // textbook: 0.2366 .. 0.7634
    assertEquals(0.2366, half[0], 5e-5);
    assertEquals(0.7634, half[1], 5e-5);
    double[] all = Metrics.wilson(1, 20); // 20 / (20 + z^2) .. 1
    assertEquals(20 / (20 + 3.8414588), all[0], 1e-6);
    assertEquals(1, all[1]);
    Random random = new Random(8);
    int covered = 0;
    int rounds = 2000;
    for (int round = 0; round < rounds; round++) {
      double[] human = random.doubles(60).map(x -> x < 0.9 ? 0 : 1).toArray();
      double[] synthetic = random.doubles(40).map(x -> x < 0.7 ? 1 : 0).toArray();
      Metrics metrics = Metrics.of("", texts(human, synthetic), 0.5);
      if (metrics.accuracyLow() <= 0.8 && 0.8 <= metrics.accuracyHigh()) {
        covered++;
      }
    }
    assertTrue(covered > 0.93 * rounds && covered < 0.975 * rounds, covered + " of " + rounds);
  }

  @Test
  void oneKindAloneHasNoMetrics() {
    Metrics metrics = Metrics.of("length 1..1", texts(new double[] {1}, new double[0]), 0.5);
    assertEquals(1, metrics.human());
    assertNull(metrics.accuracy());
    assertNull(metrics.rocAuc());
    assertEquals(List.of(), Metrics.roc(texts(new double[0], new double[0])));
  }

  @Test
  void thresholdsLieInTheWidestBestGap() {
    assertEquals(5, Metrics.bestThreshold(texts(new double[] {1, 2}, new double[] {8, 9})));
    assertEquals(
        6.5, Metrics.bestThreshold(texts(new double[] {1, 2, 5, 5, 5}, new double[] {3, 8, 9})));
  }

  @Test
  void curvesHaveFewPointsFromCornerToCorner() {
    Random random = new Random(2);
    List<double[]> roc =
        Metrics.roc(
            texts(
                random.doubles(3000).toArray(), random.doubles(3000).map(x -> x * 1.2).toArray()));
    assertEquals(200, roc.size());
    assertEquals(0, roc.getFirst()[0]);
    assertEquals(1, roc.getLast()[1]);
    for (int i = 1; i < roc.size(); i++) {
      assertTrue(roc.get(i)[0] >= roc.get(i - 1)[0] && roc.get(i)[1] >= roc.get(i - 1)[1]);
    }
  }
}
