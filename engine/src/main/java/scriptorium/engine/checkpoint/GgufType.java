package scriptorium.engine.checkpoint;

import java.nio.file.Path;
import java.util.List;
import scriptorium.engine.memory.DataType;

/** Element types of GGUF that are read. */
enum GgufType {
  F32(0, 1, 4, DataType.F32),
  F16(1, 1, 2, DataType.F16),
  BF16(30, 1, 2, DataType.BF16),
  /** Blocks of 32 of a row: a scale in f16, then a byte each. */
  Q8_0(8, 32, 34, DataType.F32);

  /** The names of all types of ggml.h, by their codes. */
  private static final List<String> NAMES =
      List.of(
          ("F32 F16 Q4_0 Q4_1 Q4_2 Q4_3 Q5_0 Q5_1 Q8_0 Q8_1 Q2_K Q3_K Q4_K Q5_K Q6_K Q8_K IQ2_XXS"
                  + " IQ2_XS IQ3_XXS IQ1_S IQ4_NL IQ3_S IQ2_S IQ4_XS I8 I16 I32 I64 F64 IQ1_M BF16"
                  + " Q4_0_4_4 Q4_0_4_8 Q4_0_8_8 TQ1_0 TQ2_0 IQ4_NL_4_4 IQ4_NL_4_8 IQ4_NL_8_8 MXFP4")
              .split(" "));

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
            + " has the type "
            + (code >= 0 && code < NAMES.size() ? NAMES.get(code) : "number " + code + " of GGML")
            + ", which is not read: take the model's file in F32, F16, BF16 or Q8_0, or convert this"
            + " one, by llama.cpp's llama-quantize --allow-requantize FILE NEW F16");
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
