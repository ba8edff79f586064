package scriptorium.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import scriptorium.engine.checkpoint.Checkpoint;
import scriptorium.engine.generation.GenerationConfig;
import scriptorium.engine.generation.Prompt;
import scriptorium.engine.generation.Sample;
import scriptorium.engine.generation.Score;
import scriptorium.engine.generation.TokenWindow;
import scriptorium.engine.memory.StoredTensor;
import scriptorium.engine.tokenizer.BytePairTokenizer;

/** A model of its own kind against transformers, tokenizers and gguf. */
class FinetunedModelTest extends FinetunedModel {
  @Test
  void scoresEqualTheReference() throws Exception {
    try (ModelFolder opened = ModelFolder.open(folder);
        Model model = Model.load(opened)) {
      assertEquals(96, model.config().mlpSize());
      assertEquals(golden.get("end").asInt(), model.tokenizer().endOfText());
      assertScores(model);
    }
  }

  @Test
  void attentionInF32IsNoVariant() throws Exception {
    config("\"vocab_size\"", "\"reorder_and_upcast_attn\": true, \"vocab_size\"");
    scoresEqualTheReference();
  }

  @Test
  void attentionThatLayersScaleEqualsTheReference() throws Exception {
    config("\"vocab_size\"", "\"scale_attn_by_inverse_layer_idx\": true, \"vocab_size\"");
    try (ModelFolder opened = ModelFolder.open(folder)) {
      try (Model model = Model.load(opened)) {
        assertScores(model, golden.get("layer_scaled_rows"));
      }
      ByteArrayOutputStream stream = new ByteArrayOutputStream();
      ModelStream.write(opened, opened.weightsHash(), stream);
      try (Model model = Model.read(new ByteArrayInputStream(stream.toByteArray()))) {
        assertScores(model, golden.get("layer_scaled_rows"));
      }
    }
  }

  @Test
  void aConvertedModelKeepsTheScaleOfItsLayers() throws Exception {
    config("\"vocab_size\"", "\"scale_attn_by_inverse_layer_idx\": true, \"vocab_size\"");
    try (ModelFolder source = ModelFolder.open(folder)) {
      Path to = folder.resolve("converted");
      ModelConverter.convert(source, to, "safetensors", null, 0);
      try (ModelFolder converted = ModelFolder.open(to)) {
        assertEquals(source.config(), converted.config());
      }
    }
  }

  private void assertScores(Model model) throws InterruptedException {
    assertScores(model, golden.get("rows"));
  }

  private void assertScores(Model model, JsonNode rows) throws InterruptedException {
    List<TokenWindow> texts = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      texts.add(new TokenWindow(i, ints(rows.get(i).get("tokens")), 1));
    }
    Score[] scores = new Score[texts.size()];
    try (Engine engine = new Engine(model, new EngineOptions(2, 3, 0, 64))) {
      engine.score(texts.iterator(), true, score -> scores[(int) score.id()] = score);
    }
    for (int i = 0; i < scores.length; i++) {
      assertArrayEquals(
          doubles(rows.get(i).get("log_likelihoods")), scores[i].tokenLogLikelihoods(), 1e-4);
      double[] entropies = scores[i].tokenEntropies();
      double[] expected = doubles(rows.get(i).get("entropies"));
      for (int t = 0; t < expected.length; t++) {
        assertEquals(expected[t], entropies[t], 1e-4);
      }
      assertArrayEquals(ints(rows.get(i).get("ranks")), scores[i].tokenRanks());
    }
  }

  @Test
  void greedyContinuationsEqualTheReference() throws Exception {
    try (ModelFolder opened = ModelFolder.open(folder);
        Model model = Model.load(opened);
        Engine engine = new Engine(model, new EngineOptions(1, 3, 0, 0))) {
      for (JsonNode row : golden.get("rows")) {
        int[] tokens = ints(row.get("tokens"));
        int[] prompt = Arrays.copyOfRange(tokens, 1, Math.min(8, tokens.length));
        int[] expected = ints(row.get("greedy"));
        int end =
            IntStream.range(0, 16)
                .filter(i -> expected[i] == model.tokenizer().endOfText())
                .findFirst()
                .orElse(15);
        List<Sample> samples = new ArrayList<>();
        engine.generate(
            List.of(new Prompt(0, prompt)).iterator(),
            new GenerationConfig(0, 0, 1, 1, 16, 1, false),
            samples::add);
        assertArrayEquals(Arrays.copyOf(expected, end + 1), samples.getFirst().tokens());
      }
    }
  }

  @Test
  void aStreamedModelIsTheModel() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ModelFolder opened = ModelFolder.open(folder)) {
      ModelStream.write(opened, opened.weightsHash(), bytes);
      try (Model read = Model.read(new ByteArrayInputStream(bytes.toByteArray()))) {
        assertEquals(opened.config(), read.config());
        assertEquals(opened.tokenizer().endOfText(), read.tokenizer().endOfText());
        assertEquals("", read.tokenizer().decode(new int[] {303}));
        assertScores(read);
      }
    }
  }

  @Test
  void tokensEqualTheReferenceInTokenizerJsonAndInGguf() {
    for (Path path : List.of(folder, gguf("f16"))) {
      try (ModelFolder opened = ModelFolder.open(path)) {
        BytePairTokenizer tokenizer = opened.tokenizer();
        assertEquals(304, tokenizer.vocabSize());
        assertEquals(golden.get("end").asInt(), tokenizer.endOfText());
        for (JsonNode text : golden.get("texts")) {
          String plain = text.get("text").asText();
          int[] ids = ints(text.get("special_ids"));
          assertArrayEquals(ints(text.get("ids")), tokenizer.encode(plain), plain);
          assertArrayEquals(ids, tokenizer.encodeWithSpecials(plain), plain);
          assertEquals(text.get("decoded").asText(), tokenizer.decode(ids), plain);
        }
        assertEquals("", tokenizer.decode(new int[] {303}));
        assertThrows(IndexOutOfBoundsException.class, () -> tokenizer.decode(new int[] {304}));
      }
    }
  }

  @Test
  void theHeadIsPartOfTheHashAndOfTheMemory() throws Exception {
    String untied;
    try (ModelFolder opened = ModelFolder.open(folder);
        Model model = Model.load(opened)) {
      untied = opened.weightsHash();
      assertEquals(
          2 * 304 * 32 + 40 * 32 + 2 * 32 + 2 * (7 * 32 + 96 + 4 * 32 * 32 + 2 * 32 * 96 + 2 * 32),
          opened.parameters());
      assertEquals(opened.parameters() * 4, opened.weightBytes());
      EngineMemory memory = EngineMemory.of(opened.size(), null, new EngineOptions(1, 1, 0, 0));
      assertTrue(memory.weightBytes() >= model.offHeapBytes(), "" + model.offHeapBytes());
      assertTrue(memory.weightBytes() < 1.05 * model.offHeapBytes(), "" + model.offHeapBytes());
    }
    byte[] file = Files.readAllBytes(folder.resolve("model.safetensors"));
    int header = 8 + (int) ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    JsonNode head =
        new ObjectMapper().readTree(file, 8, header - 8).get("lm_head.weight").get("data_offsets");
    file[header + head.get(1).asInt() - 3] ^= 1;
    Files.write(folder.resolve("model.safetensors"), file);
    try (ModelFolder opened = ModelFolder.open(folder)) {
      assertNotEquals(untied, opened.weightsHash());
    }
  }

  @Test
  void ggufHoldsTheSameWeights() throws Exception {
    try (ModelFolder safetensors = ModelFolder.open(folder);
        ModelFolder gguf = ModelFolder.open(gguf("f32"))) {
      assertEquals("gguf", gguf.format());
      assertEquals(safetensors.config(), gguf.config());
      assertEquals(safetensors.weightsHash(), gguf.weightsHash());
      assertEquals(List.of("finetuned-f32.gguf"), List.copyOf(gguf.fileHashes().keySet()));
      try (Model model = Model.load(gguf)) {
        assertScores(model);
      }
    }
    try (Checkpoint exact = Checkpoint.open(folder);
        Checkpoint half = Checkpoint.open(gguf("f16"));
        Checkpoint eight = Checkpoint.open(gguf("q8_0"))) {
      assertEquals("F16", half.dataType());
      assertEquals("Q8_0", eight.dataType());
      assertEquals(exact.tensorNames(), half.tensorNames());
      for (String name : exact.tensorNames()) {
        StoredTensor tensor = exact.tensor(name);
        StoredTensor rounded = half.tensor(name);
        boolean isHalf = tensor.shape().length == 2 && !name.startsWith("wpe");
        for (long i = 0; i < tensor.elements(); i++) {
          float value = tensor.get(i);
          assertEquals(
              isHalf ? Float.float16ToFloat(Float.floatToFloat16(value)) : value,
              rounded.get(i),
              name);
        }
        assertEquals(golden.get("q8_0").get(name).asText(), sha256(eight.tensor(name)), name);
      }
    }
  }

  private static String sha256(StoredTensor tensor) throws Exception {
    ByteBuffer bytes =
        ByteBuffer.allocate((int) tensor.elements() * 4).order(ByteOrder.LITTLE_ENDIAN);
    for (long i = 0; i < tensor.elements(); i++) {
      bytes.putFloat(tensor.get(i));
    }
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.array()));
  }

  private static int[] ints(JsonNode array) {
    return IntStream.range(0, array.size()).map(i -> array.get(i).asInt()).toArray();
  }

  private static double[] doubles(JsonNode array) {
    return IntStream.range(0, array.size()).mapToDouble(i -> array.get(i).asDouble()).toArray();
  }
}
