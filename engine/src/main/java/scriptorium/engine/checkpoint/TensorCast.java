package scriptorium.engine.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import scriptorium.engine.memory.DataType;
import scriptorium.engine.memory.StoredTensor;

/**
 * The bytes of a tensor in another element type, piece by piece: rounded to nearest, ties to even.
 * Not thread-safe.
 */
final class TensorCast {
  private static final int PIECE = 1 << 20;

  private final ByteBuffer piece = ByteBuffer.allocate(PIECE).order(ByteOrder.LITTLE_ENDIAN);

  /** Where pieces go; a piece is overwritten after the call. */
  interface Sink {
    void accept(ByteBuffer piece) throws IOException;
  }

  /** Bytes that a tensor takes in a type. */
  static long bytes(StoredTensor tensor, DataType type) {
    return tensor.elements() * type.bytes();
  }

  /**
   * Hands a tensor over.
   *
   * @throws CheckpointException where a finite number is too large for the type
   */
  void write(StoredTensor tensor, DataType type, Sink sink) throws IOException {
    if (tensor.type() == type) {
      long size = tensor.data().byteSize();
      for (long at = 0; at < size; at += PIECE) {
        sink.accept(tensor.data().asSlice(at, Math.min(PIECE, size - at)).asByteBuffer());
      }
      return;
    }
    int step = PIECE / type.bytes();
    for (long at = 0; at < tensor.elements(); at += step) {
      piece.clear();
      long end = Math.min(tensor.elements(), at + step);
      for (long i = at; i < end; i++) {
        put(tensor, i, type);
      }
      sink.accept(piece.flip());
    }
  }

  private void put(StoredTensor tensor, long index, DataType type) {
    float value = tensor.get(index);
    float rounded =
        switch (type) {
          case F32 -> {
            piece.putFloat(value);
            yield value;
          }
          case F16 -> {
            short half = Float.floatToFloat16(value);
            piece.putShort(half);
            yield Float.float16ToFloat(half);
          }
          case BF16 -> {
            short half = bfloat16(value);
            piece.putShort(half);
            yield Float.intBitsToFloat(half << 16);
          }
        };
    if (Float.isInfinite(rounded) && Float.isFinite(value)) {
      throw new CheckpointException(
          "Tensor "
              + tensor.name()
              + " has "
              + value
              + " at element "
              + index
              + ", too large for "
              + type
              + ": keep F32"
              + (type == DataType.F16 ? ", or take BF16" : ""));
    }
  }

  static short bfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) (bits >>> 16 | 0x40); // quiet, so that its fraction stays other than 0
    }
    return (short) (bits + 0x7FFF + (bits >>> 16 & 1) >>> 16);
  }
}
