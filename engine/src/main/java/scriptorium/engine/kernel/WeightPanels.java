package scriptorium.engine.kernel;

import java.lang.foreign.MemorySegment;
import scriptorium.engine.memory.DataType;

/**
 * A weight matrix (depth, columns) packed for {@link Kernels#matmul}: panels of {@value
 * Kernels#LANES} columns, in the element type of the checkpoint. Kernels widen elements to f32 as
 * they read them, which is exact.
 *
 * @param data b[k][j] at element {@code (j / 16 * depth + k) * 16 + j % 16}, little endian, columns
 *     padded to 16 by zeros
 * @param type element type
 */
public record WeightPanels(MemorySegment data, DataType type) {
  /** Panels of f32. */
  public static WeightPanels f32(MemorySegment data) {
    return new WeightPanels(data, DataType.F32);
  }

  /** The element at an index, widened to f32. */
  public float get(long index) {
    return type.get(data, index);
  }

  /** Bytes of a panel's 16 weights of one k. */
  int lineBytes() {
    return Kernels.LANES * type.bytes();
  }
}
