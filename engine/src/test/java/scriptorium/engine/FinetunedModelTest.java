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
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import scriptorium.engine.checkpoint.Checkpoint;
import scriptorium.engine.generation.GenerationConfig;
import scriptorium.engine.generation.Prompt;
import scriptorium.engine.generation.Sample;
import scriptorium.engine.generation.Score;
import scriptorium.engine.generation.TokenWindow;
import scriptorium.engine.memory.StoredTensor;
import scriptorium.engine.tokenizer.BytePairTokenizer;

/**
 * A model with a head, an MLP width, a vocabulary, an end of text and a tokenizer.json of its own,
 * as safetensors and as GGUF, against transformers, tokenizers and gguf; make_finetuned.py made it.
 */
class FinetunedModelTest {
  private static final Path RESOURCES = TestModels.home().resolve("engine/src/test/resources");
  private static final List<String> SAFETENSORS =
      List.of("config.json", "model.safetensors", "tokenizer.json");
  @TempDir Path folder;
  private JsonNode golden;

  @BeforeEach
  void copy() throws IOException {
    for (String file : SAFETENSORS) {
      Files.copy(RESOURCES.resolve("checkpoints/finetuned").resolve(file), folder.resolve(file));
    }
    golden =
        new ObjectMapper().readTree(RESOURCES.resolve("golden/finetuned.golden.json").toFile());
  }

  private static Path gguf(String type) {
    return RESOURCES.resolve("checkpoints/finetuned/finetuned-" + type + ".gguf");
  }

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

  /** What older versions of transformers wrote: vocab.json without the added tokens. */
  @Test
  void tokenizerJsonGoesBeforeAVocabularyThatLacksAddedTokens() throws Exception {
    JsonNode model =
        new ObjectMapper().readTree(folder.resolve("tokenizer.json").toFile()).get("model");
    Files.writeString(folder.resolve("vocab.json"), model.get("vocab").toString());
    StringBuilder merges = new StringBuilder("#version: 0.2\n");
    for (JsonNode merge : model.get("merges")) {
      merges.append(merge.get(0).asText()).append(' ').append(merge.get(1).asText()).append('\n');
    }
    Files.writeString(folder.resolve("merges.txt"), merges);
    try (ModelFolder opened = ModelFolder.open(folder)) {
      assertEquals("<user>", opened.tokenizer().decode(new int[] {274}));
      assertTrue(opened.fileHashes().containsKey("tokenizer.json"));
    }
    Files.delete(folder.resolve("tokenizer.json"));
    try (ModelFolder opened = ModelFolder.open(folder)) {
      assertEquals("", opened.tokenizer().decode(new int[] {274}));
      assertEquals("the then", opened.tokenizer().decode(new int[] {257, 265}));
      assertTrue(opened.fileHashes().containsKey("vocab.json"));
    }
  }

  @Test
  void theEndOfTextIsTheConfigurationsWhereTheVocabularyHasIt() throws Exception {
    int end = golden.get("end").asInt();
    String own;
    try (ModelFolder opened = ModelFolder.open(folder)) {
      own = opened.tokenizerHash();
    }
    config("\"eos_token_id\": " + end, "\"eos_token_id\": 276");
    try (ModelFolder opened = ModelFolder.open(folder)) {
      assertEquals(276, opened.tokenizer().endOfText());
      assertNotEquals(own, opened.tokenizerHash());
    }
    for (String none : List.of("50256", "-1", "null")) {
      config("\"eos_token_id\": 276", "\"eos_token_id\": " + none);
      try (ModelFolder opened = ModelFolder.open(folder)) {
        assertEquals(277, opened.tokenizer().endOfText(), none);
      }
      config("\"eos_token_id\": " + none, "\"eos_token_id\": 276");
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

  @Test
  void aFolderWithOneGgufFileIsAModelAndOneWithTwoIsNot() throws Exception {
    for (String file : SAFETENSORS) {
      Files.delete(folder.resolve(file));
    }
    Files.copy(gguf("q8_0"), folder.resolve("a.gguf"));
    try (ModelFolder opened = ModelFolder.open(folder)) {
      assertEquals("Q8_0", opened.dataType());
    }
    Files.copy(gguf("f16"), folder.resolve("b.gguf"));
    refuse("holds 2 GGUF files");
  }

  @Test
  void aTiedConfigurationUsesAHeadThatDiffersAndAnUntiedOneNeedsIt() throws Exception {
    try (ModelFolder untied = ModelFolder.open(folder)) {
      config("\"tie_word_embeddings\": false", "\"tie_word_embeddings\": true");
      try (ModelFolder tied = ModelFolder.open(folder)) {
        assertEquals(untied.weightsHash(), tied.weightsHash());
      }
    }
    config("\"tie_word_embeddings\": true", "\"tie_word_embeddings\": false");
    byte[] file = Files.readAllBytes(folder.resolve("model.safetensors"));
    String text = new String(file, StandardCharsets.ISO_8859_1);
    Files.write(
        folder.resolve("model.safetensors"),
        text.replace("\"lm_head.weight\":", "\"h.9.attn.bias\" :")
            .getBytes(StandardCharsets.ISO_8859_1));
    refuse("lm_head.weight");
  }

  /** Rewrites the header of the weights; offsets count from the data, so that they stay. */
  private void header(UnaryOperator<String> change) throws IOException {
    Path file = folder.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(file);
    int length = (int) ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    byte[] header =
        change
            .apply(new String(bytes, 8, length, StandardCharsets.UTF_8))
            .getBytes(StandardCharsets.UTF_8);
    ByteBuffer changed =
        ByteBuffer.allocate(bytes.length - length + header.length).order(ByteOrder.LITTLE_ENDIAN);
    changed.putLong(header.length).put(header).put(bytes, 8 + length, bytes.length - 8 - length);
    Files.write(file, changed.array());
  }

  private static String prefixed(String header, String wrapper) {
    return header
        .replaceAll("\"(transformer\\.)?(wte|wpe|h|ln_f)\\.", "\"" + wrapper + "transformer.$2.")
        .replace("\"lm_head.", "\"" + wrapper + "lm_head.");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "_orig_mod.", "module.", "model.", "base_model.model.", "a.b.c.", "h.0."})
  void whatHeldTheModelMayStandBeforeItsNames(String wrapper) throws Exception {
    String hash;
    try (ModelFolder plain = ModelFolder.open(folder)) {
      hash = plain.weightsHash();
    }
    header(text -> prefixed(text, wrapper));
    try (ModelFolder wrapped = ModelFolder.open(folder)) {
      assertEquals(hash, wrapped.weightsHash());
    }
  }

  @Test
  void twoModelsInOneFileAndAdaptersAreRefused() throws Exception {
    header(
        text ->
            text.replaceFirst("\"(transformer\\.)?h\\.1\\.", "\"ema.h.0.ln_1.weight\": {}, $0"));
    refuse("holds the weights of several models, under \"");
    header(text -> text.replace("ema.h.0.ln_1.weight", "h.0.attn.c_attn.lora_A.weight"));
    refuse("of a LoRA adapter: merge it into its base model");
    Files.writeString(folder.resolve("adapter_config.json"), "{}");
    Files.move(folder.resolve("model.safetensors"), folder.resolve("adapter_model.safetensors"));
    refuse("holds an adapter (adapter_config.json), no model");
    Files.delete(folder.resolve("config.json"));
    refuse("holds an adapter (adapter_config.json), no model");
  }

  @Test
  void aTiedHeadMayBeStoredAlone() throws Exception {
    config("\"tie_word_embeddings\": false", "\"tie_word_embeddings\": true");
    header(text -> text.replaceAll("\"(transformer\\.)?lm_head\\.", "\"h.9.attn.bias_of_"));
    String hash;
    header(text -> text.replaceAll("\"h.9.attn.bias_of_weight\"", "\"h.9.attn.bias\""));
    try (ModelFolder tied = ModelFolder.open(folder)) {
      hash = tied.weightsHash();
    }
    header(text -> text.replaceAll("\"(transformer\\.)?wte\\.", "\"lm_head."));
    try (ModelFolder alone = ModelFolder.open(folder)) {
      assertEquals(hash, alone.weightsHash());
    }
  }

  @Test
  void anEndOfTextMayStandInAList() throws Exception {
    config("\"eos_token_id\": ", "\"eos_token_id\": [7], \"x\": ");
    try (ModelFolder opened = ModelFolder.open(folder)) {
      assertEquals(7, opened.tokenizer().endOfText());
    }
  }

  @Test
  void weightsInAPickleAreRefusedWithTheWayToSafetensors() throws Exception {
    Files.move(folder.resolve("model.safetensors"), folder.resolve("pytorch_model.bin"));
    refuse("pytorch_model.bin is not read: save the model as safetensors");
  }

  @Test
  void whatTheEngineDoesNotComputeIsRefusedByName() throws Exception {
    refuseConfig(
        "\"activation_function\": \"gelu_new\"",
        "\"activation_function\": \"relu\"",
        "activation_function relu");
    refuseConfig(
        "\"vocab_size\"",
        "\"scale_attn_weights\": false, \"vocab_size\"",
        "scale_attn_weights false");
    refuseConfig("\"n_inner\": 96", "\"n_inner\": 128", "has shape [32, 96]");
    refuseConfig("\"n_inner\": 96", "\"n_inner\": -1", "mlpSize -1");
    refuseConfig("\"eos_token_id\": ", "\"eos_token_id\": [1, 2], \"x\": ", "has 2 tokens where");
    refuseConfig("\"eos_token_id\": ", "\"eos_token_id\": [], \"x\": ", "has 0 tokens where");
    refuseConfig("\"eos_token_id\": ", "\"eos_token_id\": [\"a\"], \"x\": ", "is \"a\" and should");
    refuseTokenizer("\"BPE\"", "\"Unigram\"", "type Unigram");
    refuseTokenizer(
        "\"normalizer\": null", "\"normalizer\": {\"type\": \"NFC\"}", "normalizer NFC");
    refuseTokenizer(
        "\"add_prefix_space\": false", "\"add_prefix_space\": true", "add_prefix_space true");
    refuseTokenizer("\"use_regex\": true", "\"use_regex\": false", "use_regex false");
    refuseTokenizer(
        "\"pre_tokenizer\": {\n    \"type\": \"ByteLevel\"",
        "\"pre_tokenizer\": {\n    \"type\": \"Metaspace\"",
        "pre_tokenizer Metaspace");
    refuseTokenizer("\"dropout\": null", "\"dropout\": 0.1", "dropout 0.1");
    refuseTokenizer("\"lstrip\": false", "\"lstrip\": true", "lstrip true");
    refuseTokenizer("\"merges\": [", "\"merges\": [\"a\",", "is no pair");
    refuseTokenizer("\"merges\": [", "\"merges\": [\"q q\",", "vocabulary lacks");
    refuseTokenizer("\"id\": 274", "\"id\": 5", "there twice");
    refuseTokenizer("\"content\": \"<user>\"", "\"content\": \"the\"", "has the ids 257 and 274");
    refuseTokenizer("{\n", "", "no valid JSON");
  }

  private void refuseConfig(String from, String to, String expected) throws IOException {
    config(from, to);
    refuse(expected);
    config(to, from);
  }

  private void config(String from, String to) throws IOException {
    replace(folder.resolve("config.json"), from, to);
  }

  private void refuseTokenizer(String from, String to, String expected) throws IOException {
    byte[] good = Files.readAllBytes(folder.resolve("tokenizer.json"));
    replace(folder.resolve("tokenizer.json"), from, to);
    refuse(expected);
    Files.write(folder.resolve("tokenizer.json"), good);
  }

  private static void replace(Path file, String from, String to) throws IOException {
    String content = Files.readString(file);
    assertTrue(content.contains(from), from);
    Files.writeString(
        file, content.replaceFirst(Pattern.quote(from), Matcher.quoteReplacement(to)));
  }

  private void refuse(String expected) {
    String message =
        assertThrows(ModelException.class, () -> ModelFolder.open(folder)).getMessage();
    assertTrue(message.contains(expected), message);
    assertEquals(1, message.lines().count(), message);
  }

  private static int[] ints(JsonNode array) {
    return IntStream.range(0, array.size()).map(i -> array.get(i).asInt()).toArray();
  }

  private static double[] doubles(JsonNode array) {
    return IntStream.range(0, array.size()).mapToDouble(i -> array.get(i).asDouble()).toArray();
  }
}
