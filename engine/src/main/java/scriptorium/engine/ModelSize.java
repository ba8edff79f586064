package scriptorium.engine;

import java.io.Serializable;
import scriptorium.engine.memory.DataType;
import scriptorium.engine.model.Gpt2Config;
import scriptorium.engine.model.Gpt2Weights;

/**
 * What the memory of a model and its engine follows from, known before the weights are read.
 *
 * @param config shape of the model
 * @param weightBytes bytes off the heap of its packed weights, which keep the type of the
 *     checkpoint's matrices
 */
public record ModelSize(Gpt2Config config, long weightBytes) implements Serializable {
  /** The size of a model all of whose matrices are stored in one type. */
  public static ModelSize of(Gpt2Config config, DataType type) {
    return new ModelSize(config, Gpt2Weights.bytes(config, name -> type));
  }
}
