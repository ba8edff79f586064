package scriptorium.engine.checkpoint;

import java.nio.file.Path;
import scriptorium.engine.memory.DataType;

/** Element types of GGUF that are read. */
enum GgufType {
  F32(0, 1, 4, DataType.F32),
  F16(1, 1, 2, DataType.F16),
  BF16(30, 1, 2, DataType.BF16),
  /** Blocks of 32 of a row: a scale in f16, then a byte each. */
  Q8_0(8, 32, 34, DataType.F32);

  private final int code;
  private final int block;
  private final int blockBytes;
  private final DataType readAs;

  GgufType(int code, int block, int blockBytes, DataType readAs) {
    this.code = code;
    this.block = block;
    this.blockBytes = blockBytes;
    this.readAs = readAs;
  }

  static GgufType of(Path file, String name, int code) {
    for (GgufType type : values()) {
      if (type.code == code) {
        return type;
      }
    }
    throw new CheckpointException(
        file
            + ": tensor "
            + name
            + " has GGML type "
            + code
            + ": F32, F16, BF16 and Q8_0 are read");
  }

  /** The type in which an element can be held without loss. */
  DataType readAs() {
    return readAs;
  }

  /**
   * Bytes of a tensor whose fastest size is its last; -1 where no tensor of the type has these
   * sizes.
   */
  long bytes(long[] shape) {
    long elements = DataRanges.elements(shape);
    if (elements < 0 || shape.length > 0 && shape[shape.length - 1] % block != 0) {
      return -1;
    }
    if (elements % block != 0 || elements / block > Long.MAX_VALUE / blockBytes) {
      return -1;
    }
    return elements / block * blockBytes;
  }
}
