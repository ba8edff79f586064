package scriptorium.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scriptorium.engine.generation.TokenWindow;

/**
 * An MLP narrower than queries, keys and values together. Hidden units whose outputs have weights
 * of zero change nothing, so that a model without them has the scores of the model with them.
 */
class NarrowMlpTest {
  private static final Path FINETUNED =
      TestModels.home().resolve("engine/src/test/resources/checkpoints/finetuned");
  private static final int SIZE = 32;
  private static final int HIDDEN = 96;
  private static final int KEPT = 8;

  private static final ObjectMapper JSON = new ObjectMapper();
  @TempDir Path folder;

  @Test
  void unitsWithoutWeightMayBeLeftOut() throws Exception {
    double[][] wide = scores(model("wide", HIDDEN));
    double[][] narrow = scores(model("narrow", KEPT));
    assertEquals(wide.length, narrow.length);
    for (int i = 0; i < wide.length; i++) {
      assertArrayEquals(wide[i], narrow[i], 1e-5);
    }
  }

  private static double[][] scores(Path folder) throws InterruptedException {
    int texts = 6;
    int[] tokens = new int[40];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = i * 7 % 250;
    }
    double[][] scores = new double[texts][];
    List<TokenWindow> windows =
        IntStream.range(0, texts)
            .mapToObj(i -> new TokenWindow(i, Arrays.copyOf(tokens, 40 - 5 * i), 1))
            .toList();
    try (ModelFolder opened = ModelFolder.open(folder);
        Model model = Model.load(opened);
        Engine engine = new Engine(model, new EngineOptions(2, 3, 0, 64))) {
      engine.score(
          windows.iterator(),
          true,
          score -> scores[(int) score.id()] = score.tokenLogLikelihoods());
    }
    return scores;
  }

  private Path model(String name, int hidden) throws IOException {
    Path to = Files.createDirectory(folder.resolve(name));
    Files.copy(FINETUNED.resolve("tokenizer.json"), to.resolve("tokenizer.json"));
    Files.writeString(
        to.resolve("config.json"),
        Files.readString(FINETUNED.resolve("config.json"))
            .replace("\"n_inner\": " + HIDDEN, "\"n_inner\": " + hidden));
    ByteBuffer source =
        ByteBuffer.wrap(Files.readAllBytes(FINETUNED.resolve("model.safetensors")))
            .order(ByteOrder.LITTLE_ENDIAN);
    byte[] head = new byte[(int) source.getLong()];
    source.get(head);
    ByteBuffer data = source.slice().order(ByteOrder.LITTLE_ENDIAN);
    ObjectNode header = JSON.createObjectNode();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (var tensor : JSON.readTree(head).properties()) {
      if (!tensor.getKey().equals("__metadata__")) {
        int begin = out.size();
        JsonNode shape = copy(tensor.getKey(), tensor.getValue(), data, hidden, out);
        ObjectNode entry = header.putObject(tensor.getKey());
        entry.put("dtype", "F32").set("shape", shape);
        entry.putArray("data_offsets").add(begin).add(out.size());
      }
    }
    byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
    ByteBuffer file =
        ByteBuffer.allocate(8 + json.length + out.size()).order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(json.length).put(json).put(out.toByteArray());
    Files.write(to.resolve("model.safetensors"), file.array());
    return to;
  }

  /** Copies a tensor without the hidden units from {@code hidden} on; gives its shape. */
  private static JsonNode copy(
      String name, JsonNode tensor, ByteBuffer data, int hidden, ByteArrayOutputStream out) {
    assertEquals("F32", tensor.get("dtype").asText());
    int from = tensor.get("data_offsets").get(0).asInt();
    int count = (tensor.get("data_offsets").get(1).asInt() - from) / Float.BYTES;
    boolean inputs = name.contains("mlp.c_fc");
    boolean outputs = name.endsWith("mlp.c_proj.weight");
    for (int i = 0; i < count; i++) {
      int unit = inputs ? i % HIDDEN : outputs ? i / SIZE : 0;
      float value = outputs && unit >= KEPT ? 0 : data.getFloat(from + i * Float.BYTES);
      if (unit < hidden) {
        int bits = Integer.reverseBytes(Float.floatToRawIntBits(value));
        out.writeBytes(ByteBuffer.allocate(Float.BYTES).putInt(bits).array());
      }
    }
    return JSON.valueToTree(
        Arrays.stream(JSON.convertValue(tensor.get("shape"), int[].class))
            .map(n -> (inputs || outputs) && n == HIDDEN ? hidden : n)
            .toArray());
  }
}
