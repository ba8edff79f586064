package scriptorium.engine.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
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
import java.util.regex.Pattern;
import scriptorium.engine.memory.DataType;
import scriptorium.engine.memory.StoredTensor;

/**
 * Reads model.safetensors, or the shards that model.safetensors.index.json names. A file is: 8
 * bytes of header length, a JSON header of name to {dtype, shape, data_offsets}, the data. Names
 * become those of {@link TensorNames}; buffers that hold no weights are left out.
 */
final class SafetensorsReader {
  /** Headers have about 120 bytes a tensor: 4,096 layers take 6 MB. */
  private static final int HEADER_LIMIT = 16 << 20;

  private static final String META = "__metadata__";

  private static final ValueLayout.OfLong LENGTH =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final Pattern SHARD = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*\\.safetensors");

  private final Arena arena;
  private final List<Path> files = new ArrayList<>();
  private final List<Mapped> mapped = new ArrayList<>();
  private final Map<String, StoredTensor> tensors = new LinkedHashMap<>();

  /** A file whose header has been read. */
  private record Mapped(Path file, JsonNode header, MemorySegment data) {
    List<String> names() {
      return header.propertyStream().map(Map.Entry::getKey).filter(n -> !n.equals(META)).toList();
    }
  }

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
      Path whole = folder.resolve("model.safetensors");
      if (!Files.exists(whole)) {
        OtherFormats.inFolder(folder)
            .ifPresent(
                found -> {
                  throw new CheckpointException(found);
                });
      }
      read(whole);
    }
    List<String> all = mapped.stream().flatMap(part -> part.names().stream()).toList();
    TensorNames names = TensorNames.of(folder, all);
    for (Mapped part : mapped) {
      DataRanges ranges = new DataRanges();
      for (String name : part.names()) {
        String canonical = names.canonical(name);
        String type = part.header().get(name).path("dtype").asText();
        if (!isMask(canonical) && QuantizedWeights.isOne(name, type)) {
          throw QuantizedWeights.refusal(folder, name, type);
        }
        add(part.file(), canonical, part.header().get(name), part.data(), ranges);
      }
      ranges.check(part.file());
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
    CheckpointJson.read(index, HEADER_LIMIT)
        .path("weight_map")
        .forEach(name -> names.add(name.asText()));
    for (String name : names) {
      if (!SHARD.matcher(name).matches()) {
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
              + ": it is "
              + FileContent.instead(memory, "safetensors"));
    }
    JsonNode header =
        CheckpointJson.parse(
            file + ": the header", memory.asSlice(8, headerLength).toArray(ValueLayout.JAVA_BYTE));
    mapped.add(new Mapped(file, header, memory.asSlice(8 + headerLength)));
  }

  private void add(Path file, String name, JsonNode entry, MemorySegment data, DataRanges ranges) {
    if (isMask(name)) {
      return;
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
                      + ": F32, F16 and BF16 are read; save the model in one of them");
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
    if (offsets[1] - offsets[0] != DataRanges.bytes(shape, type)) {
      throw new CheckpointException(
          file
              + ": tensor "
              + name
              + " has "
              + (offsets[1] - offsets[0])
              + " bytes where its shape takes "
              + DataRanges.bytes(shape, type)
              + ": fetch the file again");
    }
    ranges.add(name, offsets[0], offsets[1]);
    StoredTensor tensor =
        new StoredTensor(name, type, shape, data.asSlice(offsets[0], offsets[1] - offsets[0]));
    if (tensors.put(name, tensor) != null) {
      throw new CheckpointException(
          file + ": tensor " + name + " is there twice: fetch the checkpoint again");
    }
  }

  /** Whether a tensor is the causal mask, which some exports hold as a buffer. */
  private static boolean isMask(String name) {
    return name.endsWith(".attn.bias") || name.endsWith(".attn.masked_bias");
  }

  private static long[] longs(Path file, String name, JsonNode array) {
    if (!array.isArray()) {
      throw new CheckpointException(
          file
              + ": tensor "
              + name
              + " has "
              + array
              + " where sizes belong: fetch the file again");
    }
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
}
