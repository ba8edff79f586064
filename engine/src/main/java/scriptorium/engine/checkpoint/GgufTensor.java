package scriptorium.engine.checkpoint;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import scriptorium.engine.memory.DataType;
import scriptorium.engine.memory.StoredTensor;

/**
 * A tensor as it lies in a GGUF file; {@link #read} gives it in GPT-2's own order.
 *
 * @param name canonical name
 * @param stored sizes as they lie in the file, slowest first
 * @param transposed whether the tensor is the transpose of the matrix that lies there
 */
record GgufTensor(
    String name, GgufType type, long[] stored, boolean transposed, MemorySegment data) {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int BLOCK = 32;
  private static final int BLOCK_BYTES = 34;

  /** Rows that are written side by side, so that a cache line is filled before it is left. */
  private static final int ROWS = 64;

  /** Sizes of the tensor itself. */
  long[] shape() {
    return transposed ? new long[] {stored[1], stored[0]} : stored;
  }

  /** The same, read when it is asked for. */
  CheckpointTensor tensor() {
    return new CheckpointTensor(shape(), type.readAs(), type.name(), data, this::read);
  }

  /**
   * The numbers in canonical order; those that lie otherwise in the file are copied into the arena.
   */
  StoredTensor read(Arena arena) {
    if (!transposed && type != GgufType.Q8_0) {
      return new StoredTensor(name, type.readAs(), shape(), data);
    }
    DataType as = type.readAs();
    long elements = DataRanges.elements(stored);
    MemorySegment memory = arena.allocate(elements * as.bytes(), 64);
    long rows = transposed ? stored[0] : 1;
    long columns = elements / rows;
    for (long first = 0; first < rows; first += ROWS) {
      long end = Math.min(rows, first + ROWS);
      for (long column = 0; column < columns; column++) {
        for (long row = first; row < end; row++) {
          copy(row * columns + column, memory, column * rows + row);
        }
      }
    }
    return new StoredTensor(name, as, shape(), memory);
  }

  private void copy(long from, MemorySegment memory, long to) {
    switch (type) {
      case F32 -> memory.set(INT, to * 4, data.get(INT, from * 4));
      case F16, BF16 -> memory.set(SHORT, to * 2, data.get(SHORT, from * 2));
      case Q8_0 -> memory.set(INT, to * 4, Float.floatToRawIntBits(dequantized(from)));
    }
  }

  private float dequantized(long index) {
    long block = index / BLOCK * BLOCK_BYTES;
    float scale = Float.float16ToFloat(data.get(SHORT, block));
    return scale * data.get(ValueLayout.JAVA_BYTE, block + 2 + index % BLOCK);
  }
}
