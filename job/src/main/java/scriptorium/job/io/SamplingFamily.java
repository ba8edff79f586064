package scriptorium.job.io;

import java.util.ArrayList;
import java.util.List;

/** How samples were drawn, in a word that corpora, detectors and reports share. */
public final class SamplingFamily {
  private SamplingFamily() {}

  /**
   * t1 where nothing is changed, k40, nucleus where top-p is drawn per row, or such as t0.7-k100.
   *
   * @param topK 0 for all tokens
   * @param topPLow and {@code topPHigh}: 1 for all tokens
   */
  public static String of(double temperature, int topK, double topPLow, double topPHigh) {
    List<String> parts = new ArrayList<>();
    if (temperature != 1) {
      parts.add("t" + plain(temperature));
    }
    if (topK > 0) {
      parts.add("k" + topK);
    }
    if (topPLow < 1) {
      parts.add(topPLow < topPHigh ? "nucleus" : "p" + plain(topPLow));
    }
    return parts.isEmpty() ? "t1" : String.join("-", parts);
  }

  private static String plain(double number) {
    return number == Math.rint(number) ? String.valueOf((long) number) : String.valueOf(number);
  }
}
