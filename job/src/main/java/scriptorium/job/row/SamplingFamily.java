package scriptorium.job.row;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** How samples were drawn, in a word that corpora, detectors and reports share. */
public final class SamplingFamily {
  private SamplingFamily() {}

  /**
   * The family of a data set by its manifest's settings: t1 where nothing is changed, k40, nucleus
   * where top-p is drawn per row, or such as t0.7-k100 or minp0.05-rep1.2. Whatever decides what is
   * drawn is in it.
   */
  public static String of(Map<String, Object> settings) {
    double topPLow = number(settings, "topPLow", 1);
    List<String> parts = new ArrayList<>();
    add(parts, settings, "temperature", 1, "t");
    add(parts, settings, "topK", 0, "k");
    if (topPLow < 1) {
      boolean drawn = topPLow < number(settings, "topPHigh", 1);
      parts.add(drawn ? "nucleus" : "p" + plain(topPLow));
    }
    add(parts, settings, "minP", 0, "minp");
    add(parts, settings, "typicalP", 1, "typical");
    add(parts, settings, "repetitionPenalty", 1, "rep");
    add(parts, settings, "noRepeatNgram", 0, "ngram");
    add(parts, settings, "minNewTokens", 0, "min");
    if (settings.get("stop") != null) {
      parts.add("stop");
    }
    if (number(settings, "bestOf", 1) != 1) {
      boolean mean = "mean".equals(settings.get("bestOfBy"));
      parts.add("best" + plain(number(settings, "bestOf", 1)) + (mean ? "mean" : ""));
    }
    if (settings.get("promptSettings") != null) {
      parts.add("perprompt");
    }
    return parts.isEmpty() ? "t1" : String.join("-", parts);
  }

  private static void add(
      List<String> parts, Map<String, Object> settings, String key, double off, String word) {
    double value = number(settings, key, off);
    if (value != off) {
      parts.add(word + plain(value));
    }
  }

  private static double number(Map<String, Object> settings, String key, double otherwise) {
    return settings.get(key) instanceof Number number ? number.doubleValue() : otherwise;
  }

  private static String plain(double number) {
    return number == Math.rint(number) ? String.valueOf((long) number) : String.valueOf(number);
  }
}
