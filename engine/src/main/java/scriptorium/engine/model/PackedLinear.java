package scriptorium.engine.model;

import java.lang.foreign.MemorySegment;
import scriptorium.engine.kernel.Kernels;
import scriptorium.engine.kernel.WeightPanels;
import scriptorium.engine.memory.DataType;
import scriptorium.engine.memory.OffHeap;
import scriptorium.engine.memory.StoredTensor;

/**
 * A weight matrix packed for {@link Kernels#matmul}: panels of 16 columns, zeros where the last
 * panel has none, in the type that the checkpoint has them in.
 *
 * @param panels (depth, columns) as panels
 * @param bias (columns padded to whole panels), or {@link MemorySegment#NULL}
 * @param depth rows of the matrix, the length of an input
 * @param columns columns of the matrix, the length of an output
 */
record PackedLinear(WeightPanels panels, MemorySegment bias, int depth, int columns) {
  /** Packs a matrix stored as (depth, columns), with its bias. */
  static PackedLinear of(
      StoredTensor weight, StoredTensor bias, OffHeap offHeap, WorkerGroup workers) {
    int depth = Math.toIntExact(weight.shape()[0]);
    int columns = Math.toIntExact(weight.shape()[1]);
    PackedLinear packed =
        empty(
            weight.type(),
            depth,
            columns,
            offHeap,
            Vectors.copy(bias, panelCount(columns) * Kernels.LANES, offHeap));
    packed.fill(weight, columns, 1, workers);
    return packed;
  }

  /** Packs the transpose of a matrix stored as (columns, depth), without bias. */
  static PackedLinear ofTransposed(StoredTensor weight, OffHeap offHeap, WorkerGroup workers) {
    int columns = Math.toIntExact(weight.shape()[0]);
    int depth = Math.toIntExact(weight.shape()[1]);
    PackedLinear packed = empty(weight.type(), depth, columns, offHeap, MemorySegment.NULL);
    packed.fill(weight, 1, depth, workers);
    return packed;
  }

  /** Number of panels. */
  int panelCount() {
    return panelCount(columns);
  }

  /** Index of the weight at row k of column j; the next k lies 16 elements on. */
  long index(int k, int j) {
    return ((long) (j / Kernels.LANES) * depth + k) * Kernels.LANES + j % Kernels.LANES;
  }

  private static PackedLinear empty(
      DataType type, int depth, int columns, OffHeap offHeap, MemorySegment bias) {
    MemorySegment panels = offHeap.allocate(panelBytes(type, depth, columns));
    return new PackedLinear(new WeightPanels(panels, type), bias, depth, columns);
  }

  private static long panelBytes(DataType type, int depth, int columns) {
    return (long) panelCount(columns) * Kernels.LANES * depth * type.bytes();
  }

  /** Bytes off the heap that a matrix of a type takes, with its bias or without. */
  static long bytes(DataType type, int depth, int columns, boolean hasBias) {
    long bias = hasBias ? (long) panelCount(columns) * Kernels.LANES * Float.BYTES : 0;
    return panelBytes(type, depth, columns) + bias;
  }

  private static int panelCount(int columns) {
    return (columns + Kernels.LANES - 1) / Kernels.LANES;
  }

  private void fill(StoredTensor weight, long kStride, long jStride, WorkerGroup workers) {
    workers.run(panelCount(), (panel, worker) -> fillPanel(weight, panel, kStride, jStride));
  }

  private void fillPanel(StoredTensor weight, int panel, long kStride, long jStride) {
    int first = panel * Kernels.LANES;
    int width = Math.min(Kernels.LANES, columns - first);
    long to = (long) panel * depth * Kernels.LANES;
    for (int k = 0; k < depth; k++) {
      long from = k * kStride + first * jStride;
      for (int j = 0; j < width; j++) {
        weight.type().copy(weight.data(), from + j * jStride, panels.data(), to + j);
      }
      to += Kernels.LANES;
    }
  }
}
