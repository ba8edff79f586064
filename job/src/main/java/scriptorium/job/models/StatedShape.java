package scriptorium.job.models;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import scriptorium.engine.ModelException;
import scriptorium.engine.model.Gpt2Config;

/**
 * What config.json or hparams.json says of the shape, held against the released model's before the
 * weights are asked for. No validation of the file: that is done when the folder is opened.
 */
final class StatedShape {
  private static final int SIZE_LIMIT = 1 << 20;
  private static final ObjectMapper JSON = new ObjectMapper();

  private StatedShape() {}

  /**
   * Checks a fetched file.
   *
   * @throws ModelException where it states another shape or none
   */
  static void check(Path file, URI address, Source source, ReleasedModel model) throws IOException {
    JsonNode json;
    try (InputStream in = Files.newInputStream(file)) {
      json = JSON.readTree(in.readNBytes(SIZE_LIMIT));
    } catch (JsonProcessingException e) {
      throw new ModelException("File " + address + " is no JSON: give another --base-url", e);
    }
    List<String> found = new ArrayList<>();
    List<String> right = new ArrayList<>();
    sizes(json, source, model.config())
        .forEach(
            (key, size) -> {
              JsonNode value = json.path(key);
              String said = value.isIntegralNumber() ? key + " " + value.asText() : "no " + key;
              String wanted = key + " " + size;
              if (!said.equals(wanted)) {
                found.add(said);
                right.add(wanted);
              }
            });
    if (!found.isEmpty()) {
      throw new ModelException(
          "File "
              + address
              + " has "
              + String.join(", ", found)
              + " where "
              + model.name()
              + " has "
              + String.join(", ", right)
              + ": give another --base-url");
    }
  }

  private static Map<String, Integer> sizes(JsonNode json, Source source, Gpt2Config config) {
    boolean openAi = source == Source.TENSORFLOW;
    Map<String, Integer> sizes = new LinkedHashMap<>();
    sizes.put("n_layer", config.numLayers());
    sizes.put("n_embd", config.embeddingSize());
    sizes.put("n_head", config.numHeads());
    sizes.put(
        openAi || !json.hasNonNull("n_positions") ? "n_ctx" : "n_positions",
        config.contextLength());
    sizes.put(openAi ? "n_vocab" : "vocab_size", config.vocabSize());
    return sizes;
  }
}
