package scriptorium.engine.checkpoint;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import scriptorium.engine.memory.DataType;
import scriptorium.engine.memory.StoredTensor;

/**
 * Reads OpenAI's TensorFlow checkpoints: the file {@code checkpoint} names the prefix, {@code
 * prefix.index} is a sorted table of name to {@code BundleEntryProto}, {@code
 * prefix.data-0000i-of-0000n} hold the bytes, each tensor with its checksum.
 */
final class TensorFlowReader {
  private static final Pattern PREFIX =
      Pattern.compile("^model_checkpoint_path: \"([A-Za-z0-9._-]+)\"", Pattern.MULTILINE);
  private static final Pattern VARIABLE =
      Pattern.compile("model/(?:(h[0-9]+)/)?([a-z0-9_/]+?)(?:/([wbg]))?");
  private static final long INDEX_LIMIT = 64 << 20;
  private static final int ENTRY_LIMIT = 1 << 17;

  private final Path folder;
  private final Arena arena;
  private final List<Path> files = new ArrayList<>();
  private final Map<String, StoredTensor> tensors = new LinkedHashMap<>();

  TensorFlowReader(Path folder, Arena arena) {
    this.folder = folder;
    this.arena = arena;
    files.add(folder.resolve("hparams.json"));
    Path pointer = folder.resolve("checkpoint");
    String prefix = prefix(pointer);
    files.add(pointer);
    Path index = folder.resolve(prefix + ".index");
    MemorySegment memory = MappedFile.map(index, arena);
    if (memory.byteSize() > INDEX_LIMIT) {
      throw new CheckpointException(
          index + " has " + memory.byteSize() + " bytes: no index of GPT-2 is so long");
    }
    files.add(index);
    List<BundleEntry> entries = new ArrayList<>();
    SortedTable.read(
        index,
        memory,
        (key, value) -> {
          if (entries.size() == ENTRY_LIMIT) {
            throw new CheckpointException(
                index + " has more than " + ENTRY_LIMIT + " entries: no GPT-2 has so many tensors");
          }
          entries.add(BundleEntry.parse(index, key, value));
        });
    int shards = entries.stream().mapToInt(BundleEntry::shard).max().orElse(0) + 1;
    if (shards > 1024) {
      throw new CheckpointException(index + " names " + shards + " data files: fetch it again");
    }
    MemorySegment[] data = new MemorySegment[shards];
    for (int i = 0; i < shards; i++) {
      Path file = folder.resolve("%s.data-%05d-of-%05d".formatted(prefix, i, shards));
      data[i] = MappedFile.map(file, arena);
      files.add(file);
    }
    DataRanges[] ranges = new DataRanges[shards];
    Arrays.setAll(ranges, i -> new DataRanges());
    for (BundleEntry entry : entries) {
      checkLength(entry, data[entry.shard()], files.get(3 + entry.shard()));
      ranges[entry.shard()].add(entry.name(), entry.offset(), entry.end());
    }
    for (int i = 0; i < shards; i++) {
      ranges[i].check(files.get(3 + i));
    }
    for (BundleEntry entry : entries) {
      add(entry, data[entry.shard()], files.get(3 + entry.shard()));
    }
  }

  List<Path> files() {
    return List.copyOf(files);
  }

  Map<String, StoredTensor> tensors() {
    return tensors;
  }

  private static String prefix(Path pointer) {
    if (!Files.isRegularFile(pointer)) {
      throw new CheckpointException(pointer + " is missing: fetch the checkpoint again");
    }
    try {
      if (Files.size(pointer) > 1 << 16) {
        throw new CheckpointException(
            pointer + " has " + Files.size(pointer) + " bytes: it should be two short lines");
      }
      Matcher matcher =
          PREFIX.matcher(new String(Files.readAllBytes(pointer), StandardCharsets.UTF_8));
      if (!matcher.find()) {
        throw new CheckpointException(
            pointer + " names no model_checkpoint_path in this folder: fetch it again");
      }
      return matcher.group(1);
    } catch (IOException e) {
      throw new CheckpointException(pointer + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static void checkLength(BundleEntry entry, MemorySegment data, Path file) {
    if (entry.end() > data.byteSize()) {
      throw new CheckpointException(
          file
              + " is cut short: "
              + data.byteSize()
              + " bytes where "
              + entry.name()
              + " ends at "
              + entry.end()
              + "; fetch it again");
    }
  }

  private void add(BundleEntry entry, MemorySegment data, Path file) {
    MemorySegment bytes = data.asSlice(entry.offset(), entry.size());
    CRC32C checksum = new CRC32C();
    for (long at = 0; at < bytes.byteSize(); at += 1 << 30) {
      checksum.update(bytes.asSlice(at, Math.min(1 << 30, bytes.byteSize() - at)).asByteBuffer());
    }
    if (SortedTable.masked((int) checksum.getValue()) != entry.checksum()) {
      throw new CheckpointException(
          file
              + ": the checksum of "
              + entry.name()
              + " is wrong: the file is damaged, fetch it again");
    }
    String name = canonicalName(entry.name());
    long[] shape = entry.shape();
    if (shape.length == 3 && shape[0] == 1) {
      shape = Arrays.copyOfRange(shape, 1, 3); // OpenAI's conv1d of width 1
    }
    if (DataRanges.bytes(shape, type(entry, file)) != entry.size()) {
      throw new CheckpointException(
          file
              + ": "
              + entry.name()
              + " has "
              + entry.size()
              + " bytes, which its shape "
              + Arrays.toString(shape)
              + " does not take: fetch the checkpoint again");
    }
    StoredTensor tensor = new StoredTensor(name, type(entry, file), shape, bytes);
    if (tensors.put(name, tensor) != null) {
      throw new CheckpointException(
          file + ": tensor " + name + " is there twice: fetch the checkpoint again");
    }
  }

  private static DataType type(BundleEntry entry, Path file) {
    return switch (entry.type()) {
      case 1 -> DataType.F32;
      case 19 -> DataType.F16;
      case 14 -> DataType.BF16;
      default ->
          throw new CheckpointException(
              file
                  + ": "
                  + entry.name()
                  + " has TensorFlow type "
                  + entry.type()
                  + ": float, half and bfloat16 are read");
    };
  }

  /**
   * {@code model/h0/attn/c_attn/w} to {@code h.0.attn.c_attn.weight}; names that GPT-2 does not
   * have stay as they are.
   */
  private static String canonicalName(String name) {
    Matcher matcher = VARIABLE.matcher(name);
    if (!matcher.matches()) {
      return name;
    }
    String block = matcher.group(1) == null ? "" : "h." + matcher.group(1).substring(1) + ".";
    String suffix = "b".equals(matcher.group(3)) ? ".bias" : ".weight";
    return block + matcher.group(2).replace('/', '.') + suffix;
  }
}
