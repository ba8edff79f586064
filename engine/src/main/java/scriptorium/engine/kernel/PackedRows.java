package scriptorium.engine.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static scriptorium.engine.memory.NativeFloats.ALL;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Activations packed for {@link Kernels#matmul}: blocks of {@value Kernels#ROW_BLOCK} rows, in a
 * block the rows side by side, a[i][k] at {@code (i / 12 * depth + k) * 12 + i % 12}.
 *
 * <p>They are small, mutable, and lie in a Java array, where everything else is off the heap: a
 * micro-kernel broadcasts one of them for every two products, and C2 turns an array's element into
 * one instruction, but a segment's into a bounds check and, in a long method, into a call (it stops
 * inlining at 18,000 nodes, a segment's get costs above a thousand).
 */
public final class PackedRows {
  private static final int BLOCK = Kernels.ROW_BLOCK;
  private static final long STEP = (long) BLOCK * Float.BYTES;

  private final int depth;
  private final float[] data;
  private final MemorySegment segment;

  /** Zeros, for at most {@code rows} rows of {@code depth} floats. */
  public PackedRows(int rows, int depth) {
    this.depth = depth;
    int blocks = Math.ceilDiv(rows, BLOCK);
    data = new float[Math.multiplyExact(Math.multiplyExact(blocks, BLOCK), depth)];
    segment = MemorySegment.ofArray(data);
  }

  /** Floats of a row. */
  public int depth() {
    return depth;
  }

  /**
   * Copies n floats of each of some rows, all in one block: {@code a[row + r][columnFrom + i] =
   * x[xOffset + r * xStride + i]}. Columns go outermost, so that a packed line is written once and
   * whole.
   *
   * @param x native memory, offset and stride in floats
   * @throws IndexOutOfBoundsException where rows or columns are outside, or in two blocks
   */
  public void set(
      MemorySegment x, long xOffset, long xStride, int rows, int n, int row, int columnFrom) {
    long from = source(x, xOffset, xStride, rows, n, row, columnFrom);
    long to = place(row, columnFrom);
    long stride = xStride * Float.BYTES;
    int r = 0;
    for (; r <= rows - 6; r += 6) {
      set6(from + r * stride, stride, n, to + (long) r * Float.BYTES);
    }
    for (; r <= rows - 2; r += 2) {
      set2(from + r * stride, stride, n, to + (long) r * Float.BYTES);
    }
    if (r < rows) {
      set1(from + r * stride, n, to + (long) r * Float.BYTES);
    }
  }

  /** Address of what {@link #set} copies, whose arguments are checked here. */
  long source(
      MemorySegment x, long xOffset, long xStride, int rows, int n, int row, int columnFrom) {
    Objects.checkFromIndexSize(columnFrom, n, depth);
    Objects.checkFromIndexSize(row, rows, depth == 0 ? row + rows : data.length / depth);
    Objects.checkFromIndexSize(row % BLOCK, rows, BLOCK);
    return KernelArguments.readable(x, xOffset, KernelArguments.span(rows, xStride, n));
  }

  /** Where an element lies, in bytes from the beginning of all blocks. */
  long place(int row, int k) {
    return ((long) (row / BLOCK) * depth + k) * STEP + row % BLOCK * (long) Float.BYTES;
  }

  /** One element. */
  float get(int row, int k) {
    return data[(row / BLOCK * depth + k) * BLOCK + row % BLOCK];
  }

  /** All blocks, on the heap. */
  MemorySegment segment() {
    return segment;
  }

  /** All blocks. */
  float[] data() {
    return data;
  }

  /** Two floats of neighbouring rows go as one long. */
  private static long pair(long at, long stride) {
    return ALL.get(JAVA_INT_UNALIGNED, at) & 0xFFFFFFFFL
        | (long) ALL.get(JAVA_INT_UNALIGNED, at + stride) << 32;
  }

  private void set6(long from, long stride, int n, long to) {
    for (int i = 0; i < n; i++) {
      long x = from + (long) i * Float.BYTES;
      long y = to + i * STEP;
      segment.set(JAVA_LONG_UNALIGNED, y, pair(x, stride));
      segment.set(JAVA_LONG_UNALIGNED, y + 8, pair(x + 2 * stride, stride));
      segment.set(JAVA_LONG_UNALIGNED, y + 16, pair(x + 4 * stride, stride));
    }
  }

  private void set2(long from, long stride, int n, long to) {
    for (int i = 0; i < n; i++) {
      long x = from + (long) i * Float.BYTES;
      segment.set(JAVA_LONG_UNALIGNED, to + i * STEP, pair(x, stride));
    }
  }

  private void set1(long from, int n, long to) {
    for (int i = 0; i < n; i++) {
      long x = from + (long) i * Float.BYTES;
      segment.set(JAVA_FLOAT_UNALIGNED, to + i * STEP, ALL.get(JAVA_FLOAT_UNALIGNED, x));
    }
  }
}
