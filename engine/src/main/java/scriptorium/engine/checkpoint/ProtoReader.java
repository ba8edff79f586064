package scriptorium.engine.checkpoint;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;

/** The wire format of protocol buffers, with every length checked. Not thread-safe. */
final class ProtoReader {
  private static final ValueLayout.OfInt FIXED32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Path file;
  private final MemorySegment bytes;
  private long at;
  private int wireType;

  ProtoReader(Path file, MemorySegment bytes) {
    this.file = file;
    this.bytes = bytes;
  }

  boolean hasMore() {
    return at < bytes.byteSize();
  }

  long position() {
    return at;
  }

  /** Number of the next field. */
  int field() {
    long tag = varint();
    wireType = (int) (tag & 7);
    return (int) Math.min(tag >>> 3, Integer.MAX_VALUE);
  }

  long varint() {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      byte next = bytes.get(ValueLayout.JAVA_BYTE, need(1));
      at++;
      value |= (long) (next & 0x7F) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw damaged();
  }

  int fixed32() {
    int value = bytes.get(FIXED32, need(4));
    at += 4;
    return value;
  }

  ProtoReader message() {
    return new ProtoReader(file, slice(varint()));
  }

  MemorySegment slice(long length) {
    MemorySegment slice = bytes.asSlice(need(length), length);
    at += length;
    return slice;
  }

  void skip() {
    switch (wireType) {
      case 0 -> varint();
      case 1 -> slice(8);
      case 2 -> slice(varint());
      case 5 -> slice(4);
      default -> throw damaged();
    }
  }

  private long need(long length) {
    if (length < 0 || length > bytes.byteSize() - at) {
      throw damaged();
    }
    return at;
  }

  private CheckpointException damaged() {
    return new CheckpointException(
        file + " is damaged at byte " + at + " of an entry: fetch it again");
  }
}
