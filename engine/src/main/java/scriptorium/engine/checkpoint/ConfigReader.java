package scriptorium.engine.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import scriptorium.engine.model.Gpt2Config;

/**
 * Reads config.json and hparams.json, and refuses variants of GPT-2 that the engine does not
 * compute. {@code reorder_and_upcast_attn} is allowed: it asks for attention in f32, which it
 * always is.
 */
final class ConfigReader {
  static final int SIZE_LIMIT = 1 << 20;
  static final float DEFAULT_EPSILON = 1e-5f;

  private ConfigReader() {}

  static Gpt2Config huggingFace(Path file) {
    JsonNode json = CheckpointJson.read(file, SIZE_LIMIT);
    refuseUnless(file, json, "model_type", List.of("gpt2"));
    refuseUnless(
        file, json, "activation_function", List.of("gelu_new", "gelu_pytorch_tanh", "gelu_fast"));
    refuseFlag(file, json, "add_cross_attention", true);
    refuseFlag(file, json, "scale_attn_weights", false);
    int size = number(file, json, "n_embd");
    int context =
        json.hasNonNull("n_positions")
            ? number(file, json, "n_positions")
            : number(file, json, "n_ctx");
    float epsilon =
        json.hasNonNull("layer_norm_epsilon")
            ? (float) json.get("layer_norm_epsilon").asDouble(Double.NaN)
            : DEFAULT_EPSILON;
    return config(
        file,
        number(file, json, "vocab_size"),
        context,
        size,
        number(file, json, "n_layer"),
        number(file, json, "n_head"),
        epsilon,
        json.hasNonNull("n_inner") ? number(file, json, "n_inner") : 4 * size,
        json.path("tie_word_embeddings").asBoolean(true),
        json.path("scale_attn_by_inverse_layer_idx").asBoolean(false));
  }

  /**
   * eos_token_id, a number or a list of one. Of an id that the vocabulary lacks nothing is known:
   * transformers writes its default, 50256, beside any vocabulary.
   */
  static OptionalInt endOfText(Path file, int vocabSize) {
    JsonNode json = CheckpointJson.read(file, SIZE_LIMIT);
    if (!json.hasNonNull("eos_token_id")) {
      return OptionalInt.empty();
    }
    JsonNode value = json.get("eos_token_id");
    if (value.isArray() && value.size() != 1) {
      throw new CheckpointException(
          file
              + ": eos_token_id has "
              + value.size()
              + " tokens where texts end with one: leave one there");
    }
    int id = number(file, "eos_token_id", value.isArray() ? value.get(0) : value);
    return id >= 0 && id < vocabSize ? OptionalInt.of(id) : OptionalInt.empty();
  }

  static Gpt2Config openAi(Path file) {
    JsonNode json = CheckpointJson.read(file, SIZE_LIMIT);
    int size = number(file, json, "n_embd");
    return config(
        file,
        number(file, json, "n_vocab"),
        number(file, json, "n_ctx"),
        size,
        number(file, json, "n_layer"),
        number(file, json, "n_head"),
        DEFAULT_EPSILON,
        4 * size,
        true,
        false);
  }

  private static Gpt2Config config(
      Path file,
      int vocab,
      int context,
      int size,
      int layers,
      int heads,
      float epsilon,
      int mlpSize,
      boolean tiedHead,
      boolean layerScaledAttention) {
    try {
      return new Gpt2Config(
          vocab, context, size, layers, heads, epsilon, mlpSize, tiedHead, layerScaledAttention);
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(file + ": " + e.getMessage(), e);
    }
  }

  private static int number(Path file, JsonNode json, String key) {
    return number(file, key, json.get(key));
  }

  private static int number(Path file, String key, JsonNode value) {
    if (value == null || !value.isIntegralNumber() || !value.canConvertToInt()) {
      throw new CheckpointException(
          file + ": " + key + " is " + value + " and should be a whole number: fetch it again");
    }
    return value.intValue();
  }

  private static void refuseUnless(Path file, JsonNode json, String key, List<String> known) {
    if (json.hasNonNull(key) && !known.contains(json.get(key).asText())) {
      throw new CheckpointException(
          file
              + ": "
              + key
              + " "
              + json.get(key).asText()
              + " is not among "
              + known
              + ": give a GPT-2 checkpoint");
    }
  }

  private static void refuseFlag(Path file, JsonNode json, String key, boolean refused) {
    if (json.hasNonNull(key) && json.get(key).asBoolean() == refused) {
      throw new CheckpointException(
          file + ": " + key + " " + refused + " is not understood: give a plain GPT-2 checkpoint");
    }
  }
}
