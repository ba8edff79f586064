package scriptorium.job.store;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What decides the bytes of a data set: two runs of one identity write the same shards. Resuming
 * compares it with that of the manifest which is there. Immutable.
 *
 * @param model the model without the hashes of its files; null for a corpus that is not scored
 * @param observer a second model for scores; null for none
 * @param prompts null for none
 * @param inputs null for a command that reads no texts, and until they are known
 * @param settings every resolved setting that decides bytes
 */
public record Identity(
    int formatVersion,
    int numericsVersion,
    Manifest.Command command,
    String name,
    Manifest.Model model,
    Manifest.Model observer,
    Manifest.Prompts prompts,
    Manifest.Inputs inputs,
    List<Manifest.Split> splits,
    Map<String, Object> settings) {
  /**
   * The first thing that differs, named with both values: this one's, then the other's. Inputs and
   * splits are left out where the other one does not know them yet.
   */
  public Optional<String> firstDifference(Identity other) {
    boolean withInputs = other.inputs != null || !other.splits.isEmpty();
    Map<String, Object> mine = values(withInputs);
    Map<String, Object> others = other.values(withInputs);
    for (Map.Entry<String, Object> entry : mine.entrySet()) {
      Object theirs = others.get(entry.getKey());
      if (!same(entry.getValue(), theirs)) {
        return Optional.of(
            entry.getKey() + ": " + entry.getValue() + " there, " + theirs + " here");
      }
    }
    return others.keySet().stream()
        .filter(key -> !mine.containsKey(key))
        .findFirst()
        .map(key -> key + ": nothing there, " + others.get(key) + " here");
  }

  /** Numbers by their digits, lists one by one: an element may hold what stands between two. */
  private static boolean same(Object one, Object other) {
    if (one instanceof List<?> mine && other instanceof List<?> theirs) {
      return mine.equals(theirs);
    }
    return String.valueOf(one).equals(String.valueOf(other));
  }

  /** Everything by the names that messages have for it. */
  private Map<String, Object> values(boolean withInputs) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("format version", formatVersion);
    values.put("numerics version", numericsVersion);
    values.put("command", command);
    values.put("name", name);
    values.put("model", model == null ? null : model.name());
    values.put("weights", model == null ? null : model.weightsSha256());
    values.put("tokenizer", model == null ? null : model.tokenizerSha256());
    values.put("observer", observer == null ? null : observer.weightsSha256());
    values.put("prompts", prompts == null ? null : prompts.sha256());
    if (withInputs) {
      values.put("inputs", inputs == null ? null : inputs.sha256());
      values.put("splits", splits.toString());
    }
    values.putAll(settings);
    return values;
  }
}
