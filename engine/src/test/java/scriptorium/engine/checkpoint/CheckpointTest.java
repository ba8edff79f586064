package scriptorium.engine.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scriptorium.engine.TestModels;
import scriptorium.engine.memory.DataType;
import scriptorium.engine.memory.StoredTensor;

class CheckpointTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path RESOURCES =
      TestModels.home().resolve("engine/src/test/resources/checkpoints");
  @TempDir Path folder;

  private Path copy(String name) throws IOException {
    Path copy = Files.createDirectory(folder.resolve(name));
    try (var files = Files.list(RESOURCES.resolve(name))) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(file.getFileName().toString()));
      }
    }
    return copy;
  }

  private static String refused(Path model) {
    String message =
        assertThrows(CheckpointException.class, () -> Checkpoint.open(model).close()).getMessage();
    assertEquals(1, message.lines().count(), message);
    return message;
  }

  @Test
  void bothLayoutsGiveTheSameBits() {
    try (Checkpoint safetensors = Checkpoint.open(RESOURCES.resolve("tiny"));
        Checkpoint tensorFlow = Checkpoint.open(RESOURCES.resolve("tiny-tf"))) {
      assertEquals(safetensors.config(), tensorFlow.config());
      assertEquals(2 + 3 * 12 + 2, safetensors.tensorNames().size());
      assertEquals(safetensors.tensorNames(), tensorFlow.tensorNames());
      for (String name : safetensors.tensorNames()) {
        assertEquals(
            -1, safetensors.tensor(name).data().mismatch(tensorFlow.tensor(name).data()), name);
      }
    }
  }

  @Test
  void theReal124MIndexListsAllItsTensors() {
    Path index = RESOURCES.resolve("gpt2-124M-index/model.ckpt.index");
    Map<String, BundleEntry> entries = new LinkedHashMap<>();
    try (Arena arena = Arena.ofConfined()) {
      SortedTable.read(
          index,
          MappedFile.map(index, arena),
          (key, value) -> entries.put(key, BundleEntry.parse(index, key, value)));
    }
    assertEquals(2 + 12 * 12 + 2, entries.size());
    assertEquals("[50257, 768]", Arrays.toString(entries.get("model/wte").shape()));
    assertEquals("[1, 768, 2304]", Arrays.toString(entries.get("model/h11/attn/c_attn/w").shape()));
    assertEquals(124_439_808L * 4, entries.values().stream().mapToLong(BundleEntry::size).sum());
  }

  @Test
  void aDataFileCutShortIsNamedWithBothLengths() throws Exception {
    Path model = copy("gpt2-124M-index");
    Files.write(model.resolve("model.ckpt.data-00000-of-00001"), new byte[3_145_728]);
    String message = refused(model);
    assertTrue(message.contains("is cut short: 3145728 bytes where model/"), message);
  }

  @Test
  void halfPrecisionPrefixedAndShardedFilesReadTheSameNumbers() throws Exception {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    try (Checkpoint tiny = Checkpoint.open(RESOURCES.resolve("tiny"))) {
      tiny.tensorNames().forEach(name -> tensors.put(name, tiny.tensor(name)));
      for (DataType type : new DataType[] {DataType.F16, DataType.BF16}) {
        Path model = Files.createDirectory(folder.resolve(type.name()));
        Files.copy(RESOURCES.resolve("tiny/config.json"), model.resolve("config.json"));
        ObjectNode map = JSON.createObjectNode();
        Map<String, StoredTensor> first = new LinkedHashMap<>();
        Map<String, StoredTensor> second = new LinkedHashMap<>();
        tensors.forEach(
            (name, tensor) -> (name.startsWith("h.1") ? second : first).put(name, tensor));
        first.keySet().forEach(name -> map.put("transformer." + name, "a.safetensors"));
        second.keySet().forEach(name -> map.put("transformer." + name, "b.safetensors"));
        Files.write(model.resolve("a.safetensors"), safetensors(first, type));
        Files.write(model.resolve("b.safetensors"), safetensors(second, type));
        Files.writeString(
            model.resolve("model.safetensors.index.json"),
            JSON.createObjectNode().set("weight_map", map).toString());
        try (Checkpoint read = Checkpoint.open(model)) {
          assertEquals(type.name(), read.dataType());
          for (String name : read.tensorNames()) {
            for (long i = 0; i < Math.min(500, read.tensor(name).elements()); i++) {
              assertEquals(
                  narrowed(tensors.get(name).get(i), type), read.tensor(name).get(i), name);
            }
          }
        }
      }
    }
  }

  private static float narrowed(float value, DataType type) {
    return type == DataType.F16
        ? Float.float16ToFloat(Float.floatToFloat16(value))
        : Float.intBitsToFloat(Float.floatToRawIntBits(value) & 0xFFFF0000);
  }

  private static byte[] safetensors(Map<String, StoredTensor> tensors, DataType type)
      throws IOException {
    ObjectNode header = JSON.createObjectNode();
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    for (Map.Entry<String, StoredTensor> entry : tensors.entrySet()) {
      StoredTensor tensor = entry.getValue();
      ByteBuffer bytes =
          ByteBuffer.allocate((int) tensor.elements() * 2).order(ByteOrder.LITTLE_ENDIAN);
      for (long i = 0; i < tensor.elements(); i++) {
        float value = tensor.get(i);
        bytes.putShort(
            type == DataType.F16
                ? Float.floatToFloat16(value)
                : (short) (Float.floatToRawIntBits(value) >>> 16));
      }
      ObjectNode described =
          header.putObject("transformer." + entry.getKey()).put("dtype", type.name());
      var shape = described.putArray("shape");
      for (long size : tensor.shape()) {
        shape.add(size);
      }
      described.putArray("data_offsets").add(data.size()).add(data.size() + bytes.capacity());
      data.writeBytes(bytes.array());
    }
    byte[] text = JSON.writeValueAsBytes(header);
    ByteBuffer file =
        ByteBuffer.allocate(8 + text.length + data.size()).order(ByteOrder.LITTLE_ENDIAN);
    return file.putLong(text.length).put(text).put(data.toByteArray()).array();
  }

  @Test
  void eachDefectIsOneLineThatNamesIt() throws Exception {
    assertTrue(refused(folder.resolve("nothing")).contains("does not exist"));
    assertTrue(refused(folder).contains("holds no checkpoint"));
    Path model = copy("tiny");
    Path weights = model.resolve("model.safetensors");
    byte[] good = Files.readAllBytes(weights);
    Files.write(weights, Arrays.copyOf(good, good.length - 1));
    assertTrue(refused(model).contains("is cut short"));
    for (int length : new int[] {0, 7, 8, 100}) {
      Files.write(weights, Arrays.copyOf(good, length));
      assertTrue(refused(model).contains("a header of"));
    }
    replace(weights, good, "h.1.ln_1.weight", "h.1.ln_9.weight");
    assertTrue(refused(model).contains("lacks tensor h.1.ln_1.weight"));
    replace(weights, good, "[20,60]", "[60,20]");
    assertTrue(refused(model).contains("has shape [60, 20]"));
    replace(weights, good, "\"F32\"", "\"I32\"");
    assertTrue(refused(model).contains("type I32 is of weights quantized"));
    Files.write(weights, good);
    for (String[] change :
        new String[][] {
          {"\"n_head\": 4", "\"n_head\": 3"},
          {"\"n_embd\": 20", "\"n_embd\": -1"},
          {"gelu_new", "relu"},
          {"\"gpt2\"", "\"llama\""},
          {"\"n_layer\": 3", "\"n_layer\": \"x\""},
          {"\"tie_word_embeddings\": true", "\"tie_word_embeddings\": false"},
          {"{", "["}
        }) {
      String config = Files.readString(RESOURCES.resolve("tiny/config.json"));
      assertTrue(config.contains(change[0]), change[0]);
      Files.writeString(model.resolve("config.json"), config.replace(change[0], change[1]));
      refused(model);
    }
  }

  private static void replace(Path file, byte[] content, String from, String to)
      throws IOException {
    String text = new String(content, java.nio.charset.StandardCharsets.ISO_8859_1);
    assertTrue(text.contains(from), from);
    Files.writeString(
        file,
        text.replaceFirst(java.util.regex.Pattern.quote(from), to),
        java.nio.charset.StandardCharsets.ISO_8859_1);
  }
}
