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
    List<String> parts = new ArrayList<>();
    for (SamplingSetting setting : SamplingSetting.values()) {
      setting.familyWord(settings).ifPresent(parts::add);
    }
    if (settings.get("promptSettings") != null) {
      parts.add("perprompt");
    }
    return parts.isEmpty() ? "t1" : String.join("-", parts);
  }
}
