package scriptorium.engine.checkpoint;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import scriptorium.engine.memory.DataType;
import scriptorium.engine.memory.StoredTensor;

/**
 * Reads model.safetensors, or the shards that model.safetensors.index.json names. A file is: 8
 * bytes of header length, a JSON header of name to {dtype, shape, data_offsets}, the data. Names
 * lose the prefix {@code transformer.}; buffers that hold no weights and a head that is tied to the
 * embedding are left out.
 */
final class SafetensorsReader {
  private static final long HEADER_LIMIT = 100_000_000;
  private static final ValueLayout.OfLong LENGTH =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private final Arena arena;
  private final List<Path> files = new ArrayList<>();
  private final Map<String, StoredTensor> tensors = new LinkedHashMap<>();

  SafetensorsReader(Path folder, Arena arena) {
    this.arena = arena;
    files.add(folder.resolve("config.json"));
    Path index = folder.resolve("model.safetensors.index.json");
    if (Files.exists(index)) {
      files.add(index);
      for (String shard : shards(index)) {
        read(folder.resolve(shard));
      }
    } else {
      read(folder.resolve("model.safetensors"));
    }
  }

  List<Path> files() {
    return List.copyOf(files);
  }

  Map<String, StoredTensor> tensors() {
    return tensors;
  }

  private static TreeSet<String> shards(Path index) {
    TreeSet<String> names = new TreeSet<>();
    try {
      if (Files.size(index) > HEADER_LIMIT) {
        throw new CheckpointException(
            index + " has " + Files.size(index) + " bytes: no index is so long");
      }
      JsonNode map = JSON.readTree(Files.readAllBytes(index)).path("weight_map");
      map.forEach(name -> names.add(name.asText()));
    } catch (IOException e) {
      throw new CheckpointException(index + " is no valid JSON: fetch it again", e);
    }
    for (String name : names) {
      if (name.contains("/") || name.contains("\\") || !name.endsWith(".safetensors")) {
        throw new CheckpointException(
            index + " names the shard " + name + ": only files of its own folder are read");
      }
    }
    if (names.isEmpty()) {
      throw new CheckpointException(index + " has no weight_map: fetch it again");
    }
    return names;
  }

  private void read(Path file) {
    MemorySegment memory = MappedFile.map(file, arena);
    files.add(file);
    long headerLength = memory.byteSize() < 8 ? -1 : memory.get(LENGTH, 0);
    if (headerLength < 2 || headerLength > HEADER_LIMIT || headerLength > memory.byteSize() - 8) {
      throw new CheckpointException(
          file
              + ": a header of "
              + headerLength
              + " bytes in a file of "
              + memory.byteSize()
              + ": it is cut short or no"
              + " safetensors file; fetch it again");
    }
    JsonNode header = header(file, memory.asSlice(8, headerLength).toArray(ValueLayout.JAVA_BYTE));
    MemorySegment data = memory.asSlice(8 + headerLength);
    header
        .properties()
        .forEach(
            entry -> {
              if (!entry.getKey().equals("__metadata__")) {
                add(file, entry.getKey(), entry.getValue(), data);
              }
            });
    dropTiedHead(file);
  }

  private static JsonNode header(Path file, byte[] bytes) {
    try (JsonParser parser = JSON.createParser(bytes)) {
      JsonNode header = JSON.readTree(parser);
      if (header == null || !header.isObject()) {
        throw new CheckpointException(file + ": the header is no JSON object: fetch it again");
      }
      return header;
    } catch (IOException e) {
      throw new CheckpointException(file + ": the header is no valid JSON: fetch it again", e);
    }
  }

  private void add(Path file, String fullName, JsonNode entry, MemorySegment data) {
    String name =
        fullName.startsWith("transformer.")
            ? fullName.substring("transformer.".length())
            : fullName;
    if (name.endsWith(".attn.bias") || name.endsWith(".attn.masked_bias")) {
      return; // the causal mask, which some exports hold as a buffer
    }
    DataType type =
        switch (entry.path("dtype").asText()) {
          case "F32" -> DataType.F32;
          case "F16" -> DataType.F16;
          case "BF16" -> DataType.BF16;
          default ->
              throw new CheckpointException(
                  file
                      + ": tensor "
                      + name
                      + " has dtype "
                      + entry.path("dtype").asText()
                      + ": F32, F16 and BF16 are read");
        };
    long[] shape = longs(file, name, entry.path("shape"));
    long[] offsets = longs(file, name, entry.path("data_offsets"));
    if (offsets.length != 2 || offsets[0] > offsets[1]) {
      throw new CheckpointException(
          file + ": tensor " + name + " has no valid data_offsets: fetch the file again");
    }
    if (offsets[1] > data.byteSize()) {
      throw new CheckpointException(
          file
              + " is cut short: tensor "
              + name
              + " ends at byte "
              + offsets[1]
              + " of data that has "
              + data.byteSize()
              + "; fetch it again");
    }
    if (offsets[1] - offsets[0] != bytes(shape, type)) {
      throw new CheckpointException(
          file
              + ": tensor "
              + name
              + " has "
              + (offsets[1] - offsets[0])
              + " bytes where its shape takes "
              + bytes(shape, type)
              + ": fetch the file again");
    }
    StoredTensor tensor =
        new StoredTensor(name, type, shape, data.asSlice(offsets[0], offsets[1] - offsets[0]));
    if (tensors.put(name, tensor) != null) {
      throw new CheckpointException(
          file + ": tensor " + name + " is there twice: fetch the checkpoint again");
    }
  }

  private static long bytes(long[] shape, DataType type) {
    long bytes = type.bytes();
    try {
      for (long size : shape) {
        bytes = Math.multiplyExact(bytes, size);
      }
    } catch (ArithmeticException e) {
      return -1;
    }
    return bytes;
  }

  private static long[] longs(Path file, String name, JsonNode array) {
    long[] values = new long[array.size()];
    for (int i = 0; i < values.length; i++) {
      if (!array.get(i).isIntegralNumber()
          || !array.get(i).canConvertToLong()
          || array.get(i).asLong() < 0) {
        throw new CheckpointException(
            file
                + ": tensor "
                + name
                + " has "
                + array.get(i)
                + " where a size belongs: fetch the file again");
      }
      values[i] = array.get(i).asLong();
    }
    return values;
  }

  /**
   * A stored head that repeats the embedding is the tied head; one that differs is not understood.
   */
  private void dropTiedHead(Path file) {
    StoredTensor head = tensors.get("lm_head.weight");
    StoredTensor embedding = tensors.get("wte.weight");
    if (head != null && embedding != null) {
      if (head.type() != embedding.type() || head.data().mismatch(embedding.data()) != -1) {
        throw new CheckpointException(
            file + ": lm_head.weight differs from wte.weight: only tied heads are understood");
      }
      tensors.remove("lm_head.weight");
    }
  }
}
