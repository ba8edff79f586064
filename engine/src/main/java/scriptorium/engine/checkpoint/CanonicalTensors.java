package scriptorium.engine.checkpoint;

import java.util.LinkedHashMap;
import java.util.Map;
import scriptorium.engine.model.Gpt2Config;

/**
 * The tensors of GPT-2 by their canonical names, those of Hugging Face, in the order in which they
 * are streamed and hashed.
 */
public final class CanonicalTensors {
  private CanonicalTensors() {}

  /** Name to shape; matrices are (input, output). */
  public static Map<String, long[]> shapes(Gpt2Config config) {
    long size = config.embeddingSize();
    long hidden = config.mlpSize();
    Map<String, long[]> shapes = new LinkedHashMap<>();
    shapes.put("wte.weight", new long[] {config.vocabSize(), size});
    shapes.put("wpe.weight", new long[] {config.contextLength(), size});
    for (int layer = 0; layer < config.numLayers(); layer++) {
      String prefix = "h." + layer + ".";
      norm(shapes, prefix + "ln_1", size);
      linear(shapes, prefix + "attn.c_attn", size, 3 * size);
      linear(shapes, prefix + "attn.c_proj", size, size);
      norm(shapes, prefix + "ln_2", size);
      linear(shapes, prefix + "mlp.c_fc", size, hidden);
      linear(shapes, prefix + "mlp.c_proj", hidden, size);
    }
    norm(shapes, "ln_f", size);
    if (!config.tiedHead()) {
      shapes.put("lm_head.weight", new long[] {config.vocabSize(), size});
    }
    return shapes;
  }

  private static void norm(Map<String, long[]> shapes, String name, long size) {
    shapes.put(name + ".weight", new long[] {size});
    shapes.put(name + ".bias", new long[] {size});
  }

  private static void linear(Map<String, long[]> shapes, String name, long input, long output) {
    shapes.put(name + ".weight", new long[] {input, output});
    shapes.put(name + ".bias", new long[] {output});
  }
}
