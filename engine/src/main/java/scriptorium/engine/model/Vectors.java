package scriptorium.engine.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import scriptorium.engine.kernel.Kernels;
import scriptorium.engine.memory.OffHeap;
import scriptorium.engine.memory.StoredTensor;

/** Plain copies of stored tensors, and the padding of rows. */
final class Vectors {
  private Vectors() {}

  /** All elements widened to f32, followed by zeros up to {@code paddedSize}. */
  static MemorySegment copy(StoredTensor tensor, long paddedSize, OffHeap offHeap) {
    MemorySegment copy = offHeap.floats(Math.max(paddedSize, tensor.elements()));
    for (long i = 0; i < tensor.elements(); i++) {
      copy.setAtIndex(ValueLayout.JAVA_FLOAT, i, tensor.get(i));
    }
    return copy;
  }

  static MemorySegment copy(StoredTensor tensor, OffHeap offHeap) {
    return copy(tensor, tensor.elements(), offHeap);
  }

  /** The next multiple of a panel's width. */
  static int padded(int size) {
    return (size + Kernels.LANES - 1) / Kernels.LANES * Kernels.LANES;
  }
}
