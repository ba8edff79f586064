package scriptorium.engine.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import scriptorium.engine.ModelException;
import scriptorium.engine.ModelFolder;
import scriptorium.engine.TestModels;

/** Models in formats that are not read: each is named for what it is, as a folder and as a file. */
class OtherFormatsTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "pytorch_model.bin|a PyTorch pickle, which is not read: save the model as safetensors",
        "pytorch_model-00001-of-00002.bin|a PyTorch pickle",
        "pytorch_model.bin.index.json|a PyTorch pickle",
        "gpt2.pth|a PyTorch pickle",
        "last.ckpt|a PyTorch pickle",
        "tf_model.h5|a Keras file, which is not read: save the model as safetensors",
        "flax_model.msgpack|a Flax file, which is not read: save the model as safetensors",
        "model.onnx|an ONNX graph, which is not read: take the checkpoint that it was made from",
        "weights.npz|NumPy's or MLX's arrays, which is not read: save them as model.safetensors",
        "openvino_model.xml|an OpenVINO model, which is not read: take the checkpoint",
        "openvino_model.bin|an OpenVINO model",
        "model.bin|a CTranslate2 model, which is not read: take the checkpoint",
        "ggml-model-q4_0.bin|a GGML file from before GGUF, which is not read: take the model's GGUF",
        "saved_model.pb|a TensorFlow graph",
        "gpt2.tflite|a model for phones",
        "gpt2.mlpackage|a model for phones",
        "rank0.engine|a TensorRT engine",
        "rust_model.ot|a model of rust-bert",
        "124M.tar.gz|an archive, which is not read: unpack it and give the folder",
        "weights.safetensors|not found under this name: name it model.safetensors",
        "model-00001-of-00002.safetensors|a shard of a model: put model.safetensors.index.json",
      })
  void aFileOfAnotherFormatIsNamed(String name, String told) throws Exception {
    Files.writeString(folder.resolve(name), "x");
    refused(folder, name + " is " + told);
    refused(folder.resolve(name), name + " is " + told);
    Files.writeString(folder.resolve("config.json"), CONFIG);
    refused(folder, name + " is " + told);
  }

  private static final String CONFIG =
      """
      {"vocab_size": 9, "n_positions": 4, "n_embd": 4, "n_layer": 1, "n_head": 1}
      """;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "model.safetensors|config.json|without its configuration: put the model's config.json",
        "model.ckpt.index|hparams.json|a TensorFlow checkpoint without its sizes: put OpenAI's",
      })
  void aPartOfAModelAloneIsNamed(String name, String lacking, String told) throws Exception {
    Files.writeString(folder.resolve(name), "x");
    refused(folder, name + " is " + told);
    refused(folder.resolve(name), name + " is one file of a model: give its folder, " + folder);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "version https://git-lfs.github.com/spec/v1|a pointer of Git LFS in place of the file",
        "<!DOCTYPE html><html>|a web page in place of the file: download",
        "<?xml version='1.0'?>|a web page in place of the file",
        "{\"error\": \"Invalid credentials\"}|a server's answer in place of the file",
        "lmgg\1\0|a GGML file from before GGUF",
        "PK\3\4abcdef|a PyTorch pickle or a ZIP archive",
        "\u0080\2abcdefgh|a PyTorch pickle: save",
        "\u0089HDFabcdefgh|a Keras file",
        "\u001f\u008babcdefgh|compressed by gzip: unpack it",
        "abcdefghijk|cut short or no",
      })
  void contentThatIsNotTheNamesIsNamed(String content, String told) throws Exception {
    byte[] bytes = content.getBytes(StandardCharsets.ISO_8859_1);
    Files.write(folder.resolve("a.gguf"), bytes);
    refused(folder, "a.gguf is " + told);
    Files.delete(folder.resolve("a.gguf"));
    Files.writeString(folder.resolve("config.json"), CONFIG);
    Files.write(folder.resolve("model.safetensors"), bytes);
    refused(folder, "it is " + told);
  }

  @Test
  void aGgufFileIsReadUnderAnyName() throws Exception {
    Path gguf =
        TestModels.home()
            .resolve("engine/src/test/resources/checkpoints/finetuned/finetuned-f32.gguf");
    Path blob = Files.copy(gguf, folder.resolve("sha256-abc"));
    try (ModelFolder opened = ModelFolder.open(blob)) {
      assertEquals("gguf", opened.format());
    }
    Files.copy(gguf, folder.resolve("model.safetensors"));
    Files.writeString(folder.resolve("config.json"), CONFIG);
    refused(folder, "it is a GGUF file: name it so");
  }

  @Test
  void otherFilesAreNoModels() throws Exception {
    refused(Files.writeString(folder.resolve("notes"), ""), "is no model of a known format: give");
    refused(folder, "holds no checkpoint");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "h.0.attn.c_attn.qweight|I32|\"quantization_config\": {\"quant_method\": \"gptq\"}|by gptq,",
        "h.0.attn.c_attn.qzeros|I32|\"quantization_config\": {\"quant_method\": \"awq\"}|by awq,",
        "h.0.attn.c_attn.weight|U8|\"quantization_config\": {\"load_in_4bit\": true}|by bitsandbytes,",
        "h.0.attn.c_attn.SCB|F32|\"quantization_config\": {\"load_in_8bit\": true}|by bitsandbytes,",
        "h.0.attn.c_attn.weight|F8_E4M3|\"quantization_config\": {\"quant_method\": \"fp8\"}|by fp8,",
        "h.0.attn.c_attn.biases|F16|\"quantization\": {\"group_size\": 64, \"bits\": 4}|by MLX,",
        "h.0.attn.c_attn.weight|I8|\"x\": 0|,",
      })
  void quantizedWeightsAreNamed(String tensor, String type, String config, String told)
      throws Exception {
    Files.writeString(folder.resolve("config.json"), CONFIG.replace("}", "," + config + "}"));
    safetensors(tensor, type);
    refused(
        folder,
        "tensor "
            + tensor
            + " of type "
            + type
            + " is of weights quantized"
            + (told.startsWith(",") ? told : " " + told)
            + " which are not read: take");
  }

  @ParameterizedTest
  @ValueSource(strings = {"F64", "I64", "BOOL"})
  void otherTypesAreNamed(String type) throws Exception {
    Files.writeString(folder.resolve("config.json"), CONFIG);
    safetensors("wte.weight", type);
    refused(folder, "tensor wte.weight has dtype " + type + ": F32, F16 and BF16 are read; save");
  }

  private void safetensors(String tensor, String type) throws IOException {
    String header =
        "{\"%s\":{\"dtype\":\"%s\",\"shape\":[8],\"data_offsets\":[0,8]}}".formatted(tensor, type);
    Files.writeString(
        folder.resolve("model.safetensors"),
        (char) header.length() + "\0".repeat(7) + header + "\0".repeat(8),
        StandardCharsets.ISO_8859_1);
  }

  private static void refused(Path model, String told) {
    String message = assertThrows(ModelException.class, () -> ModelFolder.open(model)).getMessage();
    assertTrue(message.contains(told), message);
    assertEquals(1, message.lines().count(), message);
  }
}
