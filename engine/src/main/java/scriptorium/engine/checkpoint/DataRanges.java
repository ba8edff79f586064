package scriptorium.engine.checkpoint;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import scriptorium.engine.memory.DataType;

/**
 * The bytes that the tensors of one file take. No two share any: else a small file would hold a
 * model of any size, which is loaded tensor by tensor. Not thread-safe.
 */
final class DataRanges {
  private record Range(String name, long start, long end) {}

  private final List<Range> ranges = new ArrayList<>();

  /** Bytes that a shape takes; -1 where it is no shape. */
  static long bytes(long[] shape, DataType type) {
    return product(type.bytes(), shape);
  }

  /** Elements of a shape; -1 where it is no shape. */
  static long elements(long[] shape) {
    return product(1, shape);
  }

  private static long product(long start, long[] shape) {
    long product = start;
    try {
      for (long size : shape) {
        if (size < 0) {
          return -1;
        }
        product = Math.multiplyExact(product, size);
      }
    } catch (ArithmeticException e) {
      return -1;
    }
    return product;
  }

  void add(String name, long start, long end) {
    ranges.add(new Range(name, start, end));
  }

  /** Refuses a file in which two tensors share bytes. */
  void check(Path file) {
    ranges.sort(Comparator.comparingLong(Range::start).thenComparingLong(Range::end));
    for (int i = 1; i < ranges.size(); i++) {
      Range before = ranges.get(i - 1);
      Range range = ranges.get(i);
      if (range.start < before.end) {
        throw new CheckpointException(
            file
                + ": tensors "
                + before.name
                + " and "
                + range.name
                + " share the bytes from "
                + range.start
                + " on: fetch the file again");
      }
    }
  }
}
