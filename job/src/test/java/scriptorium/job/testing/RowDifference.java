package scriptorium.job.testing;

import java.util.HashMap;
import java.util.Map;

/**
 * How the rows of a data set differ from those of an undisturbed run.
 *
 * @param lost rows that are missing
 * @param doubled rows that are there more than once
 * @param changed rows of other bytes, and files that differ in anything else
 */
public record RowDifference(long lost, long doubled, long changed) {
  public static final RowDifference NONE = new RowDifference(0, 0, 0);

  /** Compares shards and merged files by their names. */
  public static RowDifference of(Map<String, String> expected, Map<String, String> found) {
    long lost = 0;
    long doubled = 0;
    long changed = 0;
    for (Map.Entry<String, String> file : expected.entrySet()) {
      String there = found.getOrDefault(file.getKey(), "");
      if (there.equals(file.getValue())) {
        continue;
      }
      Map<String, Integer> rows = new HashMap<>();
      there.lines().forEach(line -> rows.merge(line, 1, Integer::sum));
      long before = lost + doubled + changed;
      for (String line : file.getValue().lines().toList()) {
        Integer times = rows.remove(line);
        lost += times == null ? 1 : 0;
        doubled += times != null && times > 1 ? 1 : 0;
      }
      changed += rows.size();
      changed += before == lost + doubled + changed ? 1 : 0;
    }
    changed += found.keySet().stream().filter(name -> !expected.containsKey(name)).count();
    return new RowDifference(lost, doubled, changed);
  }
}
