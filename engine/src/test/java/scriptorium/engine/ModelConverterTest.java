package scriptorium.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelConverterTest {
  @TempDir Path folder;

  private static String refused(
      ModelFolder source, Path target, String layout, String type, long shard) {
    String message =
        assertThrows(
                ModelException.class,
                () -> ModelConverter.convert(source, target, layout, type, shard))
            .getMessage();
    assertEquals(1, message.lines().count(), message);
    return message;
  }

  @Test
  void thereAndBackTheHashesStay() throws Exception {
    Path openAi = folder.resolve("new/tf");
    Path back = folder.resolve("st");
    try (ModelFolder source = ModelFolder.open(TestModels.tinyFolder("tiny"))) {
      ModelConverter.convert(source, openAi, "tensorflow", null, 0);
      try (ModelFolder written = ModelFolder.open(openAi)) {
        assertEquals("tensorflow", written.format());
        assertEquals(source.weightsHash(), written.weightsHash());
        assertEquals(source.tokenizerHash(), written.tokenizerHash());
        ModelConverter.convert(written, back, "safetensors", "f32", 0);
      }
      try (ModelFolder written = ModelFolder.open(back)) {
        assertEquals("safetensors", written.format());
        assertEquals(source.weightsHash(), written.weightsHash());
        assertEquals(source.tokenizerHash(), written.tokenizerHash());
      }
    }
    try (var files = Files.list(back)) {
      assertArrayEquals(
          new String[] {"config.json", "merges.txt", "model.safetensors", "vocab.json"},
          files.map(file -> file.getFileName().toString()).sorted().toArray());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "finetuned-f32.gguf", "finetuned-q8_0.gguf"})
  void aHeadAndATokenizerOfItsOwnAreKept(String file) throws Exception {
    Path from =
        Path.of(System.getProperty("scriptorium.home"))
            .resolve("engine/src/test/resources/checkpoints/finetuned")
            .resolve(file);
    Path to = folder.resolve("st");
    try (ModelFolder source = ModelFolder.open(from)) {
      ModelConverter.convert(source, to, "safetensors", null, 20_000);
      try (ModelFolder written = ModelFolder.open(to)) {
        assertEquals(source.config(), written.config());
        assertEquals(source.weightsHash(), written.weightsHash());
        assertEquals(source.tokenizerHash(), written.tokenizerHash());
      }
      String refused = refused(source, folder.resolve("tf"), "tensorflow", null, 0);
      assertTrue(refused.endsWith("convert to safetensors"), refused);
    }
    try (var files = Files.list(folder)) {
      assertEquals(List.of(to), files.toList());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "pickle,f32,0,'Layout pickle: give one of safetensors, tensorflow'",
    "safetensors,f8,0,'Type f8: give one of f32, f16, bf16'",
    "safetensors,f32,-1,Shard size -1",
    "tensorflow,f32,9,Shard size 9",
  })
  void whatCannotBeWrittenIsRefused(String layout, String type, long shard, String expected)
      throws Exception {
    try (ModelFolder source = ModelFolder.open(TestModels.tinyFolder("tiny"))) {
      String message = refused(source, folder.resolve("x"), layout, type, shard);
      assertTrue(message.startsWith(expected), message);
    }
    assertNothingIn(folder);
  }

  @Test
  void attentionThatLayersScaleIsNoneOfTensorFlows() throws Exception {
    Path model = TestModels.tinyFolder("tiny");
    Path config = model.resolve("config.json");
    String scaled = "{\"scale_attn_by_inverse_layer_idx\": true,";
    Files.writeString(config, Files.readString(config).replaceFirst("\\{", scaled));
    try (ModelFolder source = ModelFolder.open(model)) {
      String message = refused(source, folder.resolve("tf"), "tensorflow", null, 0);
      assertTrue(
          message.startsWith("Model tiny cannot be written: scale_attn_by_inverse_layer_idx has"),
          message);
    }
  }

  @Test
  void aFolderThatIsThereIsLeftAlone() throws Exception {
    try (ModelFolder source = ModelFolder.open(TestModels.tinyFolder("tiny"))) {
      String message = refused(source, folder, "safetensors", null, 0);
      assertTrue(message.contains("is there already"), message);
      Path file = Files.writeString(folder.resolve("file"), "");
      assertTrue(
          refused(source, file.resolve("under"), "safetensors", null, 0).contains("cannot be"));
      Files.delete(file);
    }
    assertNothingIn(folder);
  }

  @Test
  void aTensorThatDoesNotFitLeavesNothingBehind() throws Exception {
    Path model = TestModels.tinyFolder("tiny");
    byte[] weights = Files.readAllBytes(model.resolve("model.safetensors"));
    weights[weights.length - 1] = 0x4f; // the last element's exponent: some 10^9
    Files.write(model.resolve("model.safetensors"), weights);
    try (ModelFolder source = ModelFolder.open(model)) {
      String message = refused(source, folder.resolve("half"), "safetensors", "f16", 0);
      assertTrue(message.startsWith("Model tiny cannot be written: Tensor "), message);
      assertNothingIn(folder);
      ModelConverter.convert(source, folder.resolve("half"), "safetensors", "bf16", 0);
    }
    try (ModelFolder written = ModelFolder.open(folder.resolve("half"))) {
      assertEquals("BF16", written.dataType());
    }
  }

  @Test
  void aModelOfSeveralTypesComesIntoOne() throws Exception {
    Path mixed = folder.resolve("mixed");
    try (ModelFolder source = ModelFolder.open(TestModels.tinyFolder("tiny"))) {
      ModelConverter.convert(source, mixed, "safetensors", null, 1);
      ModelConverter.convert(source, folder.resolve("half"), "safetensors", "bf16", 1);
    }
    String norm = "model-00039-of-00040.safetensors";
    Files.copy(
        folder.resolve("half").resolve(norm),
        mixed.resolve(norm),
        StandardCopyOption.REPLACE_EXISTING);
    try (ModelFolder source = ModelFolder.open(mixed)) {
      assertEquals("BF16 [20]", source.tensorShapes().get("ln_f.weight"));
      ModelConverter.convert(source, folder.resolve("kept"), "tensorflow", null, 0);
      ModelConverter.convert(source, folder.resolve("one"), "safetensors", "f32", 0);
      try (ModelFolder kept = ModelFolder.open(folder.resolve("kept"));
          ModelFolder one = ModelFolder.open(folder.resolve("one"))) {
        assertEquals(source.weightsHash(), kept.weightsHash());
        assertEquals("F32 [20]", one.tensorShapes().get("ln_f.weight"));
      }
    }
  }

  private static void assertNothingIn(Path folder) throws Exception {
    try (var files = Files.list(folder)) {
      assertEquals(List.of(), files.toList());
    }
  }
}
