package scriptorium.engine.checkpoint;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.Function;
import scriptorium.engine.memory.DataType;
import scriptorium.engine.memory.StoredTensor;

/**
 * A tensor of a checkpoint, whatever its format.
 *
 * @param shape sizes, slowest first, in canonical order
 * @param type element type as it is read
 * @param storedType name of the type as it lies in the file
 * @param raw the bytes in the file
 * @param read gives the tensor in canonical order; a copy, where one is needed, lives in the arena
 */
record CheckpointTensor(
    long[] shape,
    DataType type,
    String storedType,
    MemorySegment raw,
    Function<Arena, StoredTensor> read) {
  /** A tensor that lies in canonical order. */
  static CheckpointTensor of(StoredTensor tensor) {
    return new CheckpointTensor(
        tensor.shape(), tensor.type(), tensor.type().name(), tensor.data(), arena -> tensor);
  }

  /** Whether both hold the same bytes in the same way. */
  boolean repeats(CheckpointTensor other) {
    return storedType.equals(other.storedType)
        && Arrays.equals(shape, other.shape)
        && raw.mismatch(other.raw) == -1;
  }

  long elements() {
    return DataRanges.elements(shape);
  }
}
