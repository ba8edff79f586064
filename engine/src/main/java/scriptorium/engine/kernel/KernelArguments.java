package scriptorium.engine.kernel;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/** The checks at a kernel's entry. What has passed them may be read, or written, by address. */
final class KernelArguments {
  private KernelArguments() {}

  /** Address of the float at the offset, after which n floats may be read. */
  static long readable(MemorySegment segment, long offset, long n) {
    checkNative(segment);
    Objects.checkFromIndexSize(offset, n, segment.byteSize() / Float.BYTES);
    return segment.address() + offset * Float.BYTES;
  }

  /** Checks that so many bytes may be read. */
  private static void bytes(MemorySegment segment, long n) {
    checkNative(segment);
    Objects.checkFromIndexSize(0, n, segment.byteSize());
  }

  private static void checkNative(MemorySegment segment) {
    if (!segment.isNative()) {
      throw new IllegalArgumentException(
          "Kernels want native segments, this one is on the heap: "
              + segment
              + "; allocate it from an Arena");
    }
    if (!segment.scope().isAlive()) {
      throw new IllegalStateException(
          "Segment is closed: " + segment + "; keep its Arena open during the call");
    }
  }

  /**
   * Address of the float at the offset where those from..to behind it may be read, and one index
   * for each be written.
   */
  static long searchable(MemorySegment x, long offset, int from, int to, int[] indices, int count) {
    Objects.checkFromToIndex(from, to, Integer.MAX_VALUE);
    Objects.checkFromIndexSize(count, to - from, indices.length);
    return readable(x, Math.addExact(offset, from), to - from) - (long) from * Float.BYTES;
  }

  /** Address of the float at the offset, after which n floats may be read and written. */
  static long writable(MemorySegment segment, long offset, long n) {
    if (segment.isReadOnly()) {
      throw new IllegalArgumentException(
          "Kernel's output is read only: " + segment + "; pass a writable segment");
    }
    return readable(segment, offset, n);
  }

  /**
   * Floats from the first to behind the last of a table of rows, of which the last has no padding.
   */
  static long span(int rows, long stride, long columns) {
    if (rows < 0 || stride < 0 || columns < 0) {
      throw new IndexOutOfBoundsException(
          "Negative size: " + rows + " rows of " + columns + " columns, stride " + stride);
    }
    return rows == 0 || columns == 0
        ? 0
        : Math.addExact(Math.multiplyExact(rows - 1L, stride), columns);
  }

  /** The sizes where there is no result without an element. */
  static void notEmpty(int n) {
    if (n < 1) {
      throw new IndexOutOfBoundsException("Kernel wants at least 1 float, got " + n);
    }
  }

  /** Floats of packed activations, whole blocks. */
  static long packedFloats(long rows, int depth) {
    long blocks = Math.ceilDiv(rows, (long) Kernels.ROW_BLOCK);
    return Math.multiplyExact(blocks * Kernels.ROW_BLOCK, (long) depth);
  }

  /** See {@link Kernels#matmul}. */
  static void matmul(
      PackedRows a,
      int rowFrom,
      int rowTo,
      WeightPanels panels,
      int panelFrom,
      int panelTo,
      MemorySegment bias,
      MemorySegment out,
      long outStride) {
    Objects.checkFromToIndex(panelFrom, panelTo, Integer.MAX_VALUE);
    Objects.checkFromToIndex(rowFrom, rowTo, Integer.MAX_VALUE);
    if (rowFrom % Kernels.ROW_BLOCK != 0) {
      throw new IndexOutOfBoundsException(
          "Rows from " + rowFrom + ": give a multiple of " + Kernels.ROW_BLOCK);
    }
    Objects.checkFromIndexSize(0, packedFloats(rowTo, a.depth()), a.data().length);
    long columns = (long) panelTo * Kernels.LANES;
    bytes(panels.data(), Math.multiplyExact(columns * panels.type().bytes(), (long) a.depth()));
    if (!bias.equals(MemorySegment.NULL)) {
      readable(bias, 0, columns);
    }
    if (rowTo > 1 && outStride < (long) (panelTo - panelFrom) * Kernels.LANES) {
      throw new IndexOutOfBoundsException(
          "Output rows overlap: stride "
              + outStride
              + " for panels "
              + panelFrom
              + " to "
              + panelTo);
    }
    writable(
        out, Math.multiplyExact(rowFrom, outStride), span(rowTo - rowFrom, outStride, columns));
  }
}
