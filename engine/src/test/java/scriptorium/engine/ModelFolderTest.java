package scriptorium.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import scriptorium.engine.generation.Score;
import scriptorium.engine.generation.TokenWindow;

class ModelFolderTest {
  private static final int[] TOKENS = {1212, 1772, 468, 407, 18141, 2687, 2073};

  @Test
  void addedTokensThatTheVocabularyLacksAreNotPassedOver() throws Exception {
    Path folder = TestModels.tinyFolder("tiny");
    Path added = folder.resolve("added_tokens.json");
    Files.writeString(added, "{\"<|endoftext|>\": 50256}");
    ModelFolder.open(folder).close();
    for (String wrong : List.of("{\"<user>\": 50257}", "{\"<user>\": 50", "")) {
      Files.writeString(added, wrong);
      String message =
          assertThrows(ModelException.class, () -> ModelFolder.open(folder)).getMessage();
      assertTrue(message.startsWith(added.toString()), message);
      assertEquals(1, message.lines().count(), message);
    }
  }

  @Test
  void bothLayoutsHaveTheSameWeightsAndScores() throws Exception {
    try (ModelFolder tensorFlow = ModelFolder.open(TestModels.tinyFolder("tiny-tf"));
        ModelFolder safetensors = ModelFolder.open(TestModels.tinyFolder("tiny"));
        Model model = Model.load(tensorFlow)) {
      assertEquals(safetensors.weightsHash(), tensorFlow.weightsHash());
      assertEquals(safetensors.tokenizerHash(), tensorFlow.tokenizerHash());
      assertEquals("tensorflow", tensorFlow.format());
      assertArrayEquals(score(TestModels.tiny()), score(model));
    }
  }

  @Test
  void aStreamedModelIsTheModel() throws Exception {
    byte[] stream = stream();
    try (Model read = Model.read(new ByteArrayInputStream(stream))) {
      assertEquals(TestModels.tiny().weightsHash(), read.weightsHash());
      assertEquals(TestModels.tiny().offHeapBytes(), read.offHeapBytes());
      assertArrayEquals(score(TestModels.tiny()), score(read));
    }
  }

  @Test
  void aCutStreamIsAnError() throws Exception {
    byte[] stream = stream();
    for (int length : new int[] {0, 7, 30, 1000, stream.length / 2, stream.length - 1}) {
      assertThrows(
          IOException.class,
          () -> Model.read(new ByteArrayInputStream(Arrays.copyOf(stream, length))),
          "cut at " + length);
    }
  }

  @Test
  void aFolderWithoutTokenizerIsNamed() throws Exception {
    Path folder = TestModels.tinyFolder("tiny");
    Files.delete(folder.resolve("vocab.bpe"));
    ModelException refused = assertThrows(ModelException.class, () -> ModelFolder.open(folder));
    assertTrue(refused.getMessage().contains("No tokenizer in " + folder), refused.getMessage());
  }

  @Test
  void hashesNameEveryFileThatDecidesResults() {
    try (ModelFolder folder = ModelFolder.open(TestModels.tinyFolder("tiny"))) {
      assertEquals(
          List.of("config.json", "encoder.json", "model.safetensors", "vocab.bpe"),
          List.copyOf(folder.fileHashes().keySet()));
    }
  }

  private static byte[] stream() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ModelFolder folder = ModelFolder.open(TestModels.tinyFolder("tiny"))) {
      ModelStream.write(folder, folder.weightsHash(), bytes);
    }
    return bytes.toByteArray();
  }

  private static double[] score(Model model) throws InterruptedException {
    Score[] scores = new Score[1];
    try (Engine engine = new Engine(model, new EngineOptions(2, 2, 0, 0))) {
      TokenWindow window = TokenWindow.ofText(0, TOKENS, model.tokenizer().endOfText());
      engine.score(List.of(window).iterator(), false, score -> scores[0] = score);
    }
    return scores[0].tokenLogLikelihoods();
  }
}
