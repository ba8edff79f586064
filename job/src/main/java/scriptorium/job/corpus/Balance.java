package scriptorium.job.corpus;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import scriptorium.job.base.UserException;

/**
 * How many texts of each side go into each split: the same from all, of each length where lengths
 * are matched.
 */
final class Balance {
  /** Texts of a side that a split has of a step of lengths. */
  record Count(String split, int side, int step, long rows) {}

  /** Texts that each side gives to a split of a step of lengths. */
  record Quota(String split, int step, long rows) {}

  private Balance() {}

  /**
   * The quotas.
   *
   * @param names of the sides
   * @param most texts of a side in each split
   * @throws UserException where a side has nothing for a split
   */
  static List<Quota> of(List<Count> counts, List<String> names, Map<String, Long> most) {
    List<Quota> quotas = new ArrayList<>();
    for (Map.Entry<String, Long> split : most.entrySet()) {
      Map<Integer, long[]> steps = new TreeMap<>();
      for (Count count : counts) {
        if (count.split().equals(split.getKey())) {
          steps.computeIfAbsent(count.step(), step -> new long[names.size()])[count.side()] +=
              count.rows();
        }
      }
      refuseEmpty(split.getKey(), steps, names);
      quotas.addAll(quotas(split.getKey(), steps, split.getValue()));
    }
    return quotas;
  }

  private static void refuseEmpty(String split, Map<Integer, long[]> steps, List<String> names) {
    for (int side = 0; side < names.size(); side++) {
      int at = side;
      if (steps.values().stream().mapToLong(rows -> rows[at]).sum() == 0) {
        throw new UserException(
            "Split "
                + split
                + " would have no text of "
                + names.get(side)
                + ": give more texts, other shares by --split, or no --group-column");
      }
    }
  }

  private static List<Quota> quotas(String split, Map<Integer, long[]> steps, long most) {
    Map<Integer, Long> least = new TreeMap<>();
    long all = 0;
    for (Map.Entry<Integer, long[]> step : steps.entrySet()) {
      long rows = Long.MAX_VALUE;
      for (long side : step.getValue()) {
        rows = Math.min(rows, side);
      }
      least.put(step.getKey(), rows);
      all += rows;
    }
    if (all == 0) {
      throw new UserException(
          "Split "
              + split
              + " would be empty, as no length is on all sides: leave out --match-lengths");
    }
    List<Quota> quotas = new ArrayList<>();
    long before = 0;
    for (Map.Entry<Integer, Long> step : least.entrySet()) {
      long upTo = before + step.getValue();
      long rows = all <= most ? step.getValue() : share(upTo, most, all) - share(before, most, all);
      quotas.add(new Quota(split, step.getKey(), rows));
      before = upTo;
    }
    return quotas;
  }

  private static long share(long rows, long most, long all) {
    return (long) ((double) rows * most / all);
  }
}
