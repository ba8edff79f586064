package scriptorium.engine.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Safetensors of quantized weights, such as GPTQ's, AWQ's, bitsandbytes' and MLX's: told by types
 * and names of tensors, and named by the configuration's words.
 */
final class QuantizedWeights {
  private static final Set<String> PACKED =
      Set.of("U8", "I8", "U16", "I16", "U32", "I32", "F8_E4M3", "F8_E5M2", "F4");
  private static final Pattern PARTS =
      Pattern.compile(
          ".*\\.(qweight|qzeros|scales|biases|g_idx|SCB|absmax|weight_scale|weight_packed|weight\\.(absmax|quant_.*))");

  private QuantizedWeights() {}

  /** Whether a tensor of GPT-2 has such a name or type only where its weights are quantized. */
  static boolean isOne(String name, String type) {
    return PARTS.matcher(name).matches() || PACKED.contains(type);
  }

  /** The refusal of such a tensor. */
  static CheckpointException refusal(Path folder, String name, String type) {
    String method = method(folder);
    return new CheckpointException(
        folder
            + ": tensor "
            + name
            + " of type "
            + type
            + " is of weights quantized"
            + (method.isEmpty() ? "" : " by " + method)
            + ", which are not read: take the model's checkpoint in F32, F16 or BF16");
  }

  private static String method(Path folder) {
    JsonNode config = CheckpointJson.read(folder.resolve("config.json"), ConfigReader.SIZE_LIMIT);
    JsonNode stated = config.path("quantization_config");
    if (stated.hasNonNull("quant_method")) {
      return stated.get("quant_method").asText().replaceAll("[^A-Za-z0-9._-]", "?");
    }
    if (stated.has("load_in_8bit") || stated.has("load_in_4bit")) {
      return "bitsandbytes";
    }
    return config.path("quantization").has("group_size") ? "MLX" : "";
  }
}
