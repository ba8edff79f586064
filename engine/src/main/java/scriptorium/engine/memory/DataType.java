package scriptorium.engine.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Element types of stored weights, little endian as in every checkpoint format that is read. */
public enum DataType {
  /** IEEE binary32. */
  F32(4, 0x7f800000_7f800000L, 0x00800000_00800000L),
  /** IEEE binary16. */
  F16(2, 0x7c007c00_7c007c00L, 0x04000400_04000400L),
  /** bfloat16: the upper half of an F32. */
  BF16(2, 0x7f807f80_7f807f80L, 0x00800080_00800080L);

  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final int bytes;

  /** The bits of the exponents of the elements of a long. */
  private final long exponents;

  /** The lowest bit of each exponent: added to one of all bits, it carries into the sign. */
  private final long lowest;

  DataType(int bytes, long exponents, long lowest) {
    this.bytes = bytes;
    this.exponents = exponents;
    this.lowest = lowest;
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

  /**
   * Whether no element of some data of this type is NaN or infinite: such have all bits of their
   * exponent set. The elements of a long are looked at together.
   */
  public boolean allFinite(MemorySegment data) {
    long together = data.byteSize() / Long.BYTES * Long.BYTES;
    long carried = 0;
    for (long at = 0; at < together; at += Long.BYTES) {
      carried |= (data.get(LONG, at) & exponents) + lowest;
    }
    boolean finite = (carried & exponents + lowest) == 0;
    for (long i = together / bytes; i < data.byteSize() / bytes; i++) {
      finite &= Float.isFinite(get(data, i));
    }
    return finite;
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
