package scriptorium.engine.memory;

import java.lang.foreign.MemorySegment;

/**
 * A tensor as it lies in a checkpoint: row-major, little endian, unaligned, read only. Does not own
 * its memory: it lives as long as the checkpoint that handed it out.
 *
 * @param name canonical name, that of Hugging Face's GPT-2 without the {@code transformer.} prefix
 * @param type element type
 * @param shape sizes, slowest first
 * @param data exactly {@code elements() * type.bytes()} bytes
 */
public record StoredTensor(String name, DataType type, long[] shape, MemorySegment data) {
  /**
   * Checks the size of the data.
   *
   * @throws IllegalArgumentException where it is not that of shape and type
   * @throws ArithmeticException where the shape has more elements than a long counts
   */
  public StoredTensor {
    long elements = 1;
    for (long size : shape) {
      elements = Math.multiplyExact(elements, size);
    }
    if (data.byteSize() != Math.multiplyExact(elements, (long) type.bytes())) {
      throw new IllegalArgumentException(
          "Tensor "
              + name
              + ": "
              + data.byteSize()
              + " bytes for "
              + elements
              + " elements of "
              + type);
    }
  }

  /** Number of elements. */
  public long elements() {
    return data.byteSize() / type.bytes();
  }

  /** The element at a flat index, widened exactly to float. */
  public float get(long index) {
    return type.get(data, index);
  }
}
