package scriptorium.job.verify;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import scriptorium.job.base.UserException;
import scriptorium.job.store.Manifest;

/**
 * Which rows of a data set are proven: some at random, or those that a user names. They come in the
 * order of splits and ids, each once. Held as ranges: whole splits cost no more than a row.
 * Immutable.
 */
public final class RowChoice implements Iterable<RowChoice.Place> {
  private static final Pattern ID =
      Pattern.compile("(?:([a-z][a-z0-9_]*):)?([0-9]{1,18})(?:\\.\\.([0-9]{1,18}))?");

  private final List<Range> ranges;

  /** A row of a split. */
  record Place(Manifest.Split split, long row) {}

  /** Rows of the split of an index, the last one included. */
  private record Range(int split, Manifest.Split of, long first, long last) {}

  private RowChoice(List<Range> ranges) {
    this.ranges = ranges;
  }

  /** A number of different rows of all splits, or all rows if there are fewer. */
  static RowChoice random(List<Manifest.Split> splits, long count, long seed) {
    long all = splits.stream().mapToLong(Manifest.Split::rows).sum();
    List<Range> ranges = new ArrayList<>();
    if (count >= all) {
      for (int i = 0; i < splits.size(); i++) {
        ranges.add(new Range(i, splits.get(i), 0, splits.get(i).rows() - 1));
      }
      return new RowChoice(merged(ranges));
    }
    Random random = new Random(seed);
    TreeSet<Long> rows = new TreeSet<>();
    while (rows.size() < count) {
      rows.add(random.nextLong(all));
    }
    int split = 0;
    long start = 0;
    for (long row : rows) {
      while (row >= start + splits.get(split).rows()) {
        start += splits.get(split).rows();
        split++;
      }
      ranges.add(new Range(split, splits.get(split), row - start, row - start));
    }
    return new RowChoice(ranges);
  }

  /**
   * The rows of some ids: each is ID, LO..HI with both ends, or either after SPLIT and a colon;
   * without one it is the first split's.
   *
   * @param firstId that of the first row of each split
   * @throws UserException in one line, for an id that the data set does not have
   */
  static RowChoice named(List<Manifest.Split> splits, List<String> ids, long firstId) {
    List<Range> ranges = new ArrayList<>();
    for (String id : ids) {
      Matcher parts = ID.matcher(id.strip());
      if (!parts.matches()) {
        throw new UserException("Invalid id " + id + ": give ids such as 17, 0..9 or valid:3");
      }
      int split = parts.group(1) == null ? 0 : split(splits, parts.group(1), id);
      long first = Long.parseLong(parts.group(2));
      long last = parts.group(3) == null ? first : Long.parseLong(parts.group(3));
      long rows = splits.get(split).rows();
      if (last < first) {
        throw new UserException("Ids " + id + " have their ends swapped: give the lower one first");
      }
      if (first < firstId || last - firstId >= rows) {
        throw new UserException(
            "Id "
                + id
                + " is beyond the split "
                + splits.get(split).name()
                + (rows == 0
                    ? ": it has no rows"
                    : ": give ids in " + firstId + ".." + (firstId + rows - 1)));
      }
      ranges.add(new Range(split, splits.get(split), first - firstId, last - firstId));
    }
    return new RowChoice(merged(ranges));
  }

  private static int split(List<Manifest.Split> splits, String name, String id) {
    List<String> names = splits.stream().map(Manifest.Split::name).toList();
    if (!names.contains(name)) {
      throw new UserException(
          "Id "
              + id
              + " names a split that the data set does not have: give one of "
              + String.join(", ", names));
    }
    return names.indexOf(name);
  }

  /** Ranges in their order, those that overlap or touch as one. */
  private static List<Range> merged(List<Range> ranges) {
    List<Range> merged = new ArrayList<>();
    ranges.sort(Comparator.comparing(Range::split).thenComparing(Range::first));
    for (Range range : ranges) {
      Range before = merged.isEmpty() ? null : merged.getLast();
      if (before != null && before.split() == range.split() && range.first() <= before.last() + 1) {
        long last = Math.max(before.last(), range.last());
        merged.set(merged.size() - 1, new Range(range.split(), range.of(), before.first(), last));
      } else if (range.first() <= range.last()) {
        merged.add(range);
      }
    }
    return List.copyOf(merged);
  }

  @Override
  public Iterator<Place> iterator() {
    return new Iterator<>() {
      private int range;
      private long passed;

      @Override
      public boolean hasNext() {
        return range < ranges.size();
      }

      @Override
      public Place next() {
        if (!hasNext()) {
          throw new NoSuchElementException("The choice has no more rows");
        }
        Range now = ranges.get(range);
        Place place = new Place(now.of(), now.first() + passed);
        passed++;
        if (place.row() == now.last()) {
          range++;
          passed = 0;
        }
        return place;
      }
    };
  }
}
