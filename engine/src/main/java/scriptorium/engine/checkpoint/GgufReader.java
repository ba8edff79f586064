package scriptorium.engine.checkpoint;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import scriptorium.engine.model.CanonicalTensors;
import scriptorium.engine.model.Gpt2Config;

/**
 * Reads a GGUF file of llama.cpp, version 2 or 3: a head of keys and values, the places of the
 * tensors, their data. Sizes stand fastest first; matrices of linear layers lie as (output, input),
 * the transpose of GPT-2's own order.
 */
final class GgufReader {
  private static final int MAGIC = 0x46554747;
  private static final int DEFAULT_ALIGNMENT = 32;

  /** 4,096 layers of 12 tensors are 49,152. */
  private static final int MOST_TENSORS = 1 << 16;

  private static final int MOST_DIMENSIONS = 4;

  /** GGUF allows 64. */
  private static final int LONGEST_NAME = 1 << 7;

  private static final Pattern BLOCK =
      Pattern.compile("blk\\.(0|[1-9][0-9]{0,3})\\.([a-z_]+)\\.(weight|bias)");
  private static final Map<String, String> IN_BLOCK =
      Map.of(
          "attn_norm", CanonicalTensors.ATTENTION_NORM,
          "attn_qkv", CanonicalTensors.ATTENTION_INPUT,
          "attn_output", CanonicalTensors.ATTENTION_OUTPUT,
          "ffn_norm", CanonicalTensors.MLP_NORM,
          "ffn_up", CanonicalTensors.MLP_UP,
          "ffn_down", CanonicalTensors.MLP_DOWN);
  private static final Map<String, String> OUTSIDE =
      Map.of(
          "token_embd.weight", CanonicalTensors.EMBEDDING,
          "position_embd.weight", CanonicalTensors.POSITIONS,
          "output_norm.weight", CanonicalTensors.weight(CanonicalTensors.LAST_NORM),
          "output_norm.bias", CanonicalTensors.bias(CanonicalTensors.LAST_NORM),
          "output.weight", CanonicalTensors.HEAD);

  /** Where a tensor lies, its sizes slowest first. */
  private record Place(String name, long[] shape, GgufType type, long offset) {}

  private final Path file;
  private final GgufMetadata metadata;
  private final Map<String, GgufTensor> tensors = new LinkedHashMap<>();

  GgufReader(Path file, Arena arena) {
    this.file = file;
    MemorySegment memory = MappedFile.map(file, arena);
    GgufCursor cursor = new GgufCursor(file, memory);
    if (memory.byteSize() < 24 || cursor.int32() != MAGIC) {
      throw new CheckpointException(file + " is " + FileContent.instead(memory, "GGUF"));
    }
    int version = cursor.int32();
    if (version != 2 && version != 3) {
      throw new CheckpointException(
          file + " has GGUF version " + version + ": 2 and 3, little endian, are read");
    }
    int count = cursor.count("tensors", 24);
    if (count > MOST_TENSORS) {
      throw new CheckpointException(
          file + " has " + count + " tensors: no GPT-2 has so many, fetch it again");
    }
    metadata = new GgufMetadata(file, cursor, cursor.count("keys", 13));
    metadata.refuseOtherArchitectures();
    if (metadata.has("split.count") && metadata.number("split.count") > 1) {
      throw new CheckpointException(
          file
              + " is one of "
              + metadata.number("split.count")
              + " parts of a model: join them, by llama.cpp's llama-gguf-split --merge");
    }
    List<Place> places = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      places.add(place(cursor));
    }
    long alignment =
        metadata.has("general.alignment")
            ? metadata.number("general.alignment")
            : DEFAULT_ALIGNMENT;
    if (alignment < 1 || alignment > 1 << 20) {
      throw new CheckpointException(
          file + ": general.alignment " + alignment + " is not in 1..1048576: fetch it again");
    }
    long start = (cursor.position() + alignment - 1) / alignment * alignment;
    MemorySegment data = memory.asSlice(Math.min(start, memory.byteSize()));
    DataRanges ranges = new DataRanges();
    places.forEach(place -> add(place, data, ranges));
    ranges.check(file);
  }

  /** Whether a file begins as GGUF files do, whatever its name, such as a blob of Ollama's. */
  static boolean isGguf(Path file) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = MappedFile.map(file, arena);
      return memory.byteSize() >= 4 && new GgufCursor(file, memory).int32() == MAGIC;
    }
  }

  private Place place(GgufCursor cursor) {
    String name = cursor.text(LONGEST_NAME);
    int dimensions = cursor.int32();
    if (dimensions < 0 || dimensions > MOST_DIMENSIONS) {
      throw new CheckpointException(
          file + ": tensor " + name + " has " + dimensions + " dimensions: fetch it again");
    }
    long[] shape = new long[dimensions];
    for (int i = dimensions - 1; i >= 0; i--) {
      shape[i] = cursor.int64();
    }
    return new Place(name, shape, GgufType.of(file, name, cursor.int32()), cursor.int64());
  }

  private void add(Place place, MemorySegment data, DataRanges ranges) {
    long bytes = place.type.bytes(place.shape);
    if (bytes < 0 || place.offset < 0) {
      throw new CheckpointException(
          file + ": tensor " + place.name + " has no valid sizes: fetch it again");
    }
    if (place.offset > data.byteSize() || bytes > data.byteSize() - place.offset) {
      throw new CheckpointException(
          file
              + " is cut short: tensor "
              + place.name
              + " takes "
              + bytes
              + " bytes from "
              + place.offset
              + " on of data that has "
              + data.byteSize()
              + "; fetch it again");
    }
    ranges.add(place.name, place.offset, place.offset + bytes);
    String name = canonicalName(place.name);
    boolean transposed = name.startsWith("h.") && place.shape.length == 2;
    GgufTensor tensor =
        new GgufTensor(
            name, place.type, place.shape, transposed, data.asSlice(place.offset, bytes));
    if (tensors.put(name, tensor) != null) {
      throw new CheckpointException(
          file + ": tensor " + place.name + " is there twice: fetch it again");
    }
  }

  /** Names that GPT-2 does not have stay as they are. */
  private static String canonicalName(String name) {
    Matcher block = BLOCK.matcher(name);
    if (block.matches() && IN_BLOCK.containsKey(block.group(2))) {
      return "h." + block.group(1) + "." + IN_BLOCK.get(block.group(2)) + "." + block.group(3);
    }
    return OUTSIDE.getOrDefault(name, name);
  }

  Gpt2Config config() {
    GgufTensor embedding = tensors.get(CanonicalTensors.EMBEDDING);
    if (embedding == null || embedding.shape().length != 2) {
      throw new CheckpointException(
          file + " lacks the matrix token_embd.weight: give a GPT-2 file");
    }
    long vocabSize = embedding.shape()[0];
    return metadata.config((int) Math.min(vocabSize, Integer.MAX_VALUE));
  }

  GgufMetadata metadata() {
    return metadata;
  }

  Map<String, GgufTensor> tensors() {
    return tensors;
  }
}
