package scriptorium.engine.model;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The tensors of GPT-2 by their canonical names, those of Hugging Face, in the order in which they
 * are streamed and hashed.
 */
public final class CanonicalTensors {
  /** Token embedding, which is the head too where that is tied. */
  public static final String EMBEDDING = "wte.weight";

  /** Position embedding. */
  public static final String POSITIONS = "wpe.weight";

  /** Head of its own. */
  public static final String HEAD = "lm_head.weight";

  /** Last layer norm, which has a weight and a bias. */
  public static final String LAST_NORM = "ln_f";

  /** In a layer: the norm before the attention. */
  public static final String ATTENTION_NORM = "ln_1";

  /** In a layer: queries, keys and values. */
  public static final String ATTENTION_INPUT = "attn.c_attn";

  /** In a layer: the projection of what the heads give. */
  public static final String ATTENTION_OUTPUT = "attn.c_proj";

  /** In a layer: the norm before the MLP. */
  public static final String MLP_NORM = "ln_2";

  /** In a layer: into the hidden width. */
  public static final String MLP_UP = "mlp.c_fc";

  /** In a layer: back from the hidden width. */
  public static final String MLP_DOWN = "mlp.c_proj";

  private static final String WEIGHT = ".weight";
  private static final String BIAS = ".bias";

  private CanonicalTensors() {}

  /** A part of a layer, such as {@code h.0.ln_1}. */
  static String inLayer(int layer, String part) {
    return "h." + layer + "." + part;
  }

  /** The weight of a norm or a linear map. */
  public static String weight(String part) {
    return part + WEIGHT;
  }

  /** The bias of a norm or a linear map. */
  public static String bias(String part) {
    return part + BIAS;
  }

  /** Name to shape; matrices are (input, output). */
  public static Map<String, long[]> shapes(Gpt2Config config) {
    long size = config.embeddingSize();
    long hidden = config.mlpSize();
    Map<String, long[]> shapes = new LinkedHashMap<>();
    shapes.put(EMBEDDING, new long[] {config.vocabSize(), size});
    shapes.put(POSITIONS, new long[] {config.contextLength(), size});
    for (int layer = 0; layer < config.numLayers(); layer++) {
      norm(shapes, inLayer(layer, ATTENTION_NORM), size);
      linear(shapes, inLayer(layer, ATTENTION_INPUT), size, 3 * size);
      linear(shapes, inLayer(layer, ATTENTION_OUTPUT), size, size);
      norm(shapes, inLayer(layer, MLP_NORM), size);
      linear(shapes, inLayer(layer, MLP_UP), size, hidden);
      linear(shapes, inLayer(layer, MLP_DOWN), hidden, size);
    }
    norm(shapes, LAST_NORM, size);
    if (!config.tiedHead()) {
      shapes.put(HEAD, new long[] {config.vocabSize(), size});
    }
    return shapes;
  }

  private static void norm(Map<String, long[]> shapes, String name, long size) {
    shapes.put(weight(name), new long[] {size});
    shapes.put(bias(name), new long[] {size});
  }

  private static void linear(Map<String, long[]> shapes, String name, long input, long output) {
    shapes.put(weight(name), new long[] {input, output});
    shapes.put(bias(name), new long[] {output});
  }
}
