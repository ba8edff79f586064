package scriptorium.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Folders that hold the model in other ways than its own: they load as the same, or are refused.
 */
class ModelFolderVariantsTest extends FinetunedModel {
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
    refuse(
        "pytorch_model.bin is a PyTorch pickle, which is not read: save the model as safetensors");
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

  private void refuseTokenizer(String from, String to, String expected) throws IOException {
    byte[] good = Files.readAllBytes(folder.resolve("tokenizer.json"));
    replace(folder.resolve("tokenizer.json"), from, to);
    refuse(expected);
    Files.write(folder.resolve("tokenizer.json"), good);
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
}
