package scriptorium.engine.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Element types of stored weights, little endian as in every checkpoint format that is read. */
public enum DataType {
  /** IEEE binary32. */
  F32(4),
  /** IEEE binary16. */
  F16(2),
  /** bfloat16: the upper half of an F32. */
  BF16(2);

  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final int bytes;

  DataType(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes an element takes. */
  public int bytes() {
    return bytes;
  }

  /** The element at an index of some data of this type, widened exactly to float. */
  public float get(MemorySegment data, long index) {
    return switch (this) {
      case F32 -> data.get(FLOAT, index * Float.BYTES);
      case F16 -> Float.float16ToFloat(data.get(SHORT, index * Short.BYTES));
      case BF16 -> Float.intBitsToFloat(data.get(SHORT, index * Short.BYTES) << Short.SIZE);
    };
  }

  /** Copies the bits of an element between data of this type. */
  public void copy(MemorySegment from, long fromIndex, MemorySegment to, long toIndex) {
    if (this == F32) {
      to.set(FLOAT, toIndex * Float.BYTES, from.get(FLOAT, fromIndex * Float.BYTES));
    } else {
      to.set(SHORT, toIndex * Short.BYTES, from.get(SHORT, fromIndex * Short.BYTES));
    }
  }
}
