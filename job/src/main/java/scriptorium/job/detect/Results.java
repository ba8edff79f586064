package scriptorium.job.detect;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * How well a detector tells the test rows apart: all of them, those of each length, and, in the
 * group of all families, each family against the human texts.
 *
 * @param roc points (false, true positives' shares) over all rows
 */
record Results(Detector detector, List<Bucket> buckets, List<double[]> roc) {
  /**
   * Some of the rows.
   *
   * @param name "all", "length 512..1023" in characters, or "family k40"
   */
  record Bucket(
      String name,
      long human,
      long synthetic,
      Accuracy accuracy,
      Double area,
      Double truePositivesAtOnePercent) {}

  /**
   * Those of a detector.
   *
   * @param scores of the rows
   * @param byFamily whether each family is a bucket
   */
  static Results of(Detector detector, List<TextRow> rows, double[] scores, boolean byFamily) {
    List<Bucket> buckets = new ArrayList<>();
    buckets.add(bucket(detector, "all", rows, scores, row -> true));
    SortedMap<Integer, Boolean> lengths = new TreeMap<>();
    rows.forEach(row -> lengths.put(Integer.highestOneBit(row.characters()), true));
    for (int low : lengths.keySet()) {
      String name = "length " + low + ".." + Math.max(0, 2L * low - 1);
      buckets.add(
          bucket(
              detector, name, rows, scores, row -> Integer.highestOneBit(row.characters()) == low));
    }
    if (byFamily) {
      SortedMap<String, Boolean> families = new TreeMap<>();
      rows.stream().filter(TextRow::synthetic).forEach(row -> families.put(row.family(), true));
      for (String family : families.keySet()) {
        buckets.add(
            bucket(
                detector,
                "family " + family,
                rows,
                scores,
                row -> !row.synthetic() || row.family().equals(family)));
      }
    }
    RocCurve curve = new RocCurve(directed(detector, scores), ScoreDetectors.classes(rows));
    return new Results(detector, buckets, curve.points());
  }

  private static double[] directed(Detector detector, double[] scores) {
    double[] directed = scores.clone();
    if (!detector.higherIsSynthetic()) {
      for (int i = 0; i < directed.length; i++) {
        directed[i] = -directed[i];
      }
    }
    return directed;
  }

  private static Bucket bucket(
      Detector detector,
      String name,
      List<TextRow> rows,
      double[] scores,
      Predicate<TextRow> member) {
    List<TextRow> members = new ArrayList<>();
    double[] theirs = new double[rows.size()];
    long[] all = new long[2];
    long[] right = new long[2];
    for (int i = 0; i < rows.size(); i++) {
      TextRow row = rows.get(i);
      if (member.test(row)) {
        theirs[members.size()] = scores[i];
        members.add(row);
        int kind = row.synthetic() ? 1 : 0;
        all[kind]++;
        right[kind] += detector.isSynthetic(scores[i]) == row.synthetic() ? 1 : 0;
      }
    }
    double[] known = java.util.Arrays.copyOf(theirs, members.size());
    RocCurve curve = new RocCurve(directed(detector, known), ScoreDetectors.classes(members));
    return new Bucket(
        name,
        all[0],
        all[1],
        Accuracy.of(all[0], right[0], all[1], right[1]),
        curve.area(),
        curve.truePositivesAtOnePercent());
  }
}
