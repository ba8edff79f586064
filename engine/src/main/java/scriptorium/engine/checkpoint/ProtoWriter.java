package scriptorium.engine.checkpoint;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Writes protocol buffers' wire format: fields in ascending order, zeros left out as proto3 does.
 * Not thread-safe.
 */
final class ProtoWriter {
  private static final int VARINT = 0;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  static void varint(ByteArrayOutputStream out, long value) {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      out.write((int) (rest & 0x7F | 0x80));
      rest >>>= 7;
    }
    out.write((int) rest);
  }

  static void fixed32(ByteArrayOutputStream out, int value) {
    out.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
  }

  ProtoWriter number(int field, long value) {
    if (value != 0) {
      varint(out, field << 3 | VARINT);
      varint(out, value);
    }
    return this;
  }

  ProtoWriter message(int field, ProtoWriter message) {
    varint(out, field << 3 | BYTES);
    varint(out, message.out.size());
    out.writeBytes(message.out.toByteArray());
    return this;
  }

  ProtoWriter fixed(int field, int value) {
    if (value != 0) {
      varint(out, field << 3 | FIXED32);
      fixed32(out, value);
    }
    return this;
  }

  byte[] bytes() {
    return out.toByteArray();
  }
}
