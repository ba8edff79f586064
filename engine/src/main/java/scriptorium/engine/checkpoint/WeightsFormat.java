package scriptorium.engine.checkpoint;

import scriptorium.engine.memory.DataType;

/**
 * How weights are to be written.
 *
 * @param layout of the folder
 * @param type element type of every tensor; null where each keeps its own
 * @param maxShardBytes bytes of tensors a file holds at most, unless a single one is larger; 0 for
 *     one file
 */
public record WeightsFormat(Layout layout, DataType type, long maxShardBytes) {
  /** Layout of a checkpoint folder. */
  public enum Layout {
    /** Hugging Face's: config.json and model.safetensors, in shards where wanted. */
    SAFETENSORS,
    /** OpenAI's: hparams.json and model.ckpt. */
    TENSORFLOW
  }

  /**
   * Checks the size.
   *
   * @throws IllegalArgumentException for a negative shard size
   */
  public WeightsFormat {
    if (maxShardBytes < 0) {
      throw new IllegalArgumentException("Shard size " + maxShardBytes + " is less than a byte");
    }
  }

  DataType typeOf(DataType stored) {
    return type == null ? stored : type;
  }
}
