package scriptorium.engine.checkpoint;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import scriptorium.engine.memory.DataType;
import scriptorium.engine.memory.StoredTensor;
import scriptorium.engine.model.CanonicalTensors;
import scriptorium.engine.model.Gpt2Config;

/**
 * Writes Hugging Face's layout: config.json, and model.safetensors or shards of it with an index,
 * tensors in canonical order under the names that the released models have.
 */
final class SafetensorsWriter {
  private static final int ALIGNMENT = 8;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Checkpoint checkpoint;
  private final Path folder;
  private final WeightsFormat format;

  SafetensorsWriter(Checkpoint checkpoint, Path folder, WeightsFormat format) {
    this.checkpoint = checkpoint;
    this.folder = folder;
    this.format = format;
  }

  void write(int endOfText) throws IOException {
    writeJson("config.json", config(checkpoint.config(), endOfText));
    List<List<StoredTensor>> shards = shards();
    if (shards.size() == 1) {
      writeShard("model.safetensors", shards.getFirst());
      return;
    }
    ObjectNode index = JSON.createObjectNode();
    long total = 0;
    ObjectNode map = JSON.createObjectNode();
    for (int i = 0; i < shards.size(); i++) {
      String name = "model-%05d-of-%05d.safetensors".formatted(i + 1, shards.size());
      writeShard(name, shards.get(i));
      for (StoredTensor tensor : shards.get(i)) {
        map.put(storedName(tensor), name);
        total += bytes(tensor);
      }
    }
    index.putObject("metadata").put("total_size", total);
    index.set("weight_map", map);
    writeJson("model.safetensors.index.json", index);
  }

  /** transformers tells a head from what lies below it by a prefix. */
  private String storedName(StoredTensor tensor) {
    boolean plain = checkpoint.config().tiedHead() || tensor.name().equals(CanonicalTensors.HEAD);
    return plain ? tensor.name() : "transformer." + tensor.name();
  }

  private long bytes(StoredTensor tensor) {
    return TensorCast.bytes(tensor, format.typeOf(tensor.type()));
  }

  private List<List<StoredTensor>> shards() {
    List<List<StoredTensor>> shards = new ArrayList<>();
    long size = 0;
    for (String name : checkpoint.tensorNames()) {
      StoredTensor tensor = checkpoint.tensor(name);
      boolean full = format.maxShardBytes() > 0 && size + bytes(tensor) > format.maxShardBytes();
      if (shards.isEmpty() || full) {
        shards.add(new ArrayList<>());
        size = 0;
      }
      shards.getLast().add(tensor);
      size += bytes(tensor);
    }
    return shards;
  }

  private void writeShard(String name, List<StoredTensor> tensors) throws IOException {
    ObjectNode header = JSON.createObjectNode();
    header.putObject("__metadata__").put("format", "pt"); // transformers asks for it
    long offset = 0;
    for (StoredTensor tensor : tensors) {
      ObjectNode entry = header.putObject(storedName(tensor));
      entry.put("dtype", format.typeOf(tensor.type()).name());
      ArrayNode shape = entry.putArray("shape");
      Arrays.stream(tensor.shape()).forEach(shape::add);
      long end = offset + bytes(tensor);
      entry.putArray("data_offsets").add(offset).add(end);
      offset = end;
    }
    byte[] json = JSON.writeValueAsBytes(header);
    int length = (json.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    byte[] padded = Arrays.copyOf(json, length);
    Arrays.fill(padded, json.length, length, (byte) ' ');
    TensorCast cast = new TensorCast();
    try (SyncedFile file = new SyncedFile(folder.resolve(name))) {
      file.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, length));
      file.write(ByteBuffer.wrap(padded));
      for (StoredTensor tensor : tensors) {
        cast.write(tensor, format.typeOf(tensor.type()), file::write);
      }
      file.sync();
    }
  }

  private ObjectNode config(Gpt2Config config, int endOfText) {
    ObjectNode json = JSON.createObjectNode();
    json.put("model_type", "gpt2");
    json.putArray("architectures").add("GPT2LMHeadModel");
    json.put("activation_function", "gelu_new");
    json.put("vocab_size", config.vocabSize());
    json.put("n_positions", config.contextLength());
    json.put("n_ctx", config.contextLength());
    json.put("n_embd", config.embeddingSize());
    json.put("n_layer", config.numLayers());
    json.put("n_head", config.numHeads());
    if (config.mlpSize() != 4 * config.embeddingSize()) {
      json.put("n_inner", config.mlpSize());
    }
    json.put("layer_norm_epsilon", Double.parseDouble(Float.toString(config.layerNormEpsilon())));
    json.put("bos_token_id", endOfText);
    json.put("eos_token_id", endOfText);
    json.put("tie_word_embeddings", config.tiedHead());
    if (config.layerScaledAttention()) {
      json.put("scale_attn_by_inverse_layer_idx", true);
    }
    json.put(
        "torch_dtype",
        torchName(format.typeOf(checkpoint.tensor(CanonicalTensors.EMBEDDING).type())));
    return json;
  }

  private static String torchName(DataType type) {
    return switch (type) {
      case F32 -> "float32";
      case F16 -> "float16";
      case BF16 -> "bfloat16";
    };
  }

  private void writeJson(String name, ObjectNode json) throws IOException {
    String text = JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n";
    SyncedFile.write(folder.resolve(name), text.getBytes(StandardCharsets.UTF_8));
  }
}
