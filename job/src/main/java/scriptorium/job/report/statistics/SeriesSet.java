package scriptorium.job.report.statistics;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import scriptorium.job.report.read.Origin;
import scriptorium.job.report.read.ReportRow;
import scriptorium.job.report.read.SeriesKey;

/** The series of a report, gathered row by row. Not thread-safe. */
public final class SeriesSet {
  /** Series that a plot can tell apart. */
  public static final int SHOWN = 8;

  /** Series that are gathered apart, of which the largest are shown. */
  private static final int GATHERED = 32;

  private final int samples;
  private final Map<SeriesKey, SeriesStatistics> gathered = new LinkedHashMap<>();
  private SeriesStatistics overflow;
  private Origin overflowOrigin;

  /** No series yet; of each that comes so many samples are kept. */
  public SeriesSet(int samples) {
    this.samples = samples;
  }

  /** Takes a row. */
  void add(ReportRow row, Supplier<String> place) {
    SeriesKey key = row.series();
    SeriesStatistics statistics = gathered.get(key);
    boolean room = gathered.size() < GATHERED || key.equals(SeriesKey.HUMAN);
    if (statistics == null && room) {
      statistics = new SeriesStatistics(samples);
      gathered.put(key, statistics);
    }
    if (statistics == null) {
      if (overflow == null) {
        overflow = new SeriesStatistics(samples);
      }
      overflowOrigin = both(overflowOrigin, key.origin());
      statistics = overflow;
    }
    statistics.add(row, place);
  }

  /** The series that are shown: human first, then the largest, then all others as one. */
  public List<Series> shown() {
    List<Map.Entry<SeriesKey, SeriesStatistics>> sorted = new ArrayList<>();
    gathered.entrySet().stream()
        .filter(entry -> entry.getValue().rows() > 0)
        .sorted(
            Comparator.<Map.Entry<SeriesKey, SeriesStatistics>>comparingInt(
                    entry -> entry.getKey().equals(SeriesKey.HUMAN) ? 0 : 1)
                .thenComparing(entry -> -entry.getValue().rows()))
        .forEach(sorted::add);
    boolean grouped = overflow != null || sorted.size() > SHOWN;
    List<Map.Entry<SeriesKey, SeriesStatistics>> first =
        sorted.subList(0, Math.min(sorted.size(), grouped ? SHOWN - 1 : SHOWN));
    List<SeriesKey> keys = first.stream().map(Map.Entry::getKey).toList();
    int colour = keys.contains(SeriesKey.HUMAN) ? 0 : 1; // the first one is human text's
    List<Series> shown = new ArrayList<>();
    for (Map.Entry<SeriesKey, SeriesStatistics> entry : first) {
      shown.add(
          series(
              shown.size(),
              colour,
              name(entry.getKey(), keys),
              entry.getKey().origin(),
              entry.getValue()));
    }
    if (grouped) {
      SeriesStatistics others = new SeriesStatistics(samples);
      Origin origin = overflowOrigin;
      for (Map.Entry<SeriesKey, SeriesStatistics> rest :
          sorted.subList(first.size(), sorted.size())) {
        others.merge(rest.getValue());
        origin = both(origin, rest.getKey().origin());
      }
      String count = String.valueOf(sorted.size() - first.size());
      if (overflow != null) {
        others.merge(overflow);
        count += " and more";
      }
      shown.add(series(shown.size(), colour, "others (" + count + ")", origin, others));
    }
    return shown;
  }

  private static Series series(
      int index, int colour, String name, Origin origin, SeriesStatistics statistics) {
    return new Series(
        String.valueOf((char) ('A' + index)), (index + colour) % SHOWN, name, origin, statistics);
  }

  /** The origin that both have; not stated where they differ. The first is null for none yet. */
  private static Origin both(Origin one, Origin other) {
    return one == null || one == other ? other : Origin.UNSTATED;
  }

  /** The family, and what tells it from others of its name. */
  private static String name(SeriesKey key, List<SeriesKey> all) {
    List<SeriesKey> alike = all.stream().filter(k -> k.family().equals(key.family())).toList();
    String name = key.family();
    if (alike.stream().map(SeriesKey::model).distinct().count() > 1 && !key.model().isEmpty()) {
      name += " (" + key.model() + ")";
    }
    boolean twice = alike.stream().filter(k -> k.model().equals(key.model())).count() > 1;
    return twice
        ? name + ", " + (key.source().isEmpty() ? key.origin().words() : key.source())
        : name;
  }

  /** Error rows of all series, shown or not. */
  public long errors() {
    long errors = overflow == null ? 0 : overflow.errors();
    for (SeriesStatistics statistics : gathered.values()) {
      errors += statistics.errors();
    }
    return errors;
  }
}
