package scriptorium.job.detect;

/**
 * The mean of the shares of human and of synthetic texts that are told right, which is the plain
 * accuracy where there are as many of each. The 95 % interval joins Wilson's intervals of both
 * shares by the method of variance estimates recovery (Newcombe 1998, Statistics in Medicine 17;
 * Zou and Donner 2008, ibid. 27). All null where a class has no texts.
 */
record Accuracy(Double value, Double low, Double high) {
  private static final double Z = 1.959963984540054;
  private static final Accuracy NONE = new Accuracy(null, null, null);

  /** That of so many texts of each class, so many of them told right. */
  static Accuracy of(long human, long humanRight, long synthetic, long syntheticRight) {
    if (human == 0 || synthetic == 0) {
      return NONE;
    }
    double a = (double) humanRight / human;
    double b = (double) syntheticRight / synthetic;
    double[] wilsonA = wilson(humanRight, human);
    double[] wilsonB = wilson(syntheticRight, synthetic);
    double value = (a + b) / 2;
    return new Accuracy(
        value,
        value - Math.hypot(a - wilsonA[0], b - wilsonB[0]) / 2,
        value + Math.hypot(wilsonA[1] - a, wilsonB[1] - b) / 2);
  }

  /** Wilson's interval of a share (1927). */
  static double[] wilson(long right, long all) {
    double share = (double) right / all;
    double z2 = Z * Z;
    double middle = (share + z2 / (2 * all)) / (1 + z2 / all);
    double half =
        Z / (1 + z2 / all) * Math.sqrt(share * (1 - share) / all + z2 / (4.0 * all * all));
    return new double[] {
      right == 0 ? 0 : Math.max(0, middle - half), right == all ? 1 : Math.min(1, middle + half)
    };
  }
}
