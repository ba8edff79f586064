package scriptorium.engine.checkpoint;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.zip.CRC32C;
import scriptorium.engine.model.CanonicalTensors;
import scriptorium.engine.model.Gpt2Config;

/** A model of one layer and some hundred numbers in both layouts, part by part. */
final class TinyCheckpoint {
  static final String CONFIG =
      """
      {"model_type": "gpt2", "activation_function": "gelu_new", "vocab_size": 6, "n_positions": 3,
       "n_ctx": 3, "n_embd": 4, "n_layer": 1, "n_head": 2, "n_inner": null,
       "layer_norm_epsilon": 1e-05, "tie_word_embeddings": true}
      """;
  static final String HPARAMS =
      "{\"n_vocab\": 6, \"n_ctx\": 3, \"n_embd\": 4, \"n_layer\": 1, \"n_head\": 2}";
  static final String POINTER =
      "model_checkpoint_path: \"model.ckpt\"\nall_model_checkpoint_paths: \"model.ckpt\"\n";
  private static final int FOOTER_HANDLES = 40;

  private static final Map<String, long[]> SHAPES =
      CanonicalTensors.shapes(new Gpt2Config(6, 3, 4, 1, 2, 1e-5f));

  private TinyCheckpoint() {}

  private static int bytes(long[] shape) {
    int bytes = Float.BYTES;
    for (long size : shape) {
      bytes *= (int) size;
    }
    return bytes;
  }

  /** The tensors' bytes, one after the other, in either layout. */
  static byte[] data() {
    ByteBuffer data =
        ByteBuffer.allocate(SHAPES.values().stream().mapToInt(TinyCheckpoint::bytes).sum())
            .order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; data.hasRemaining(); i++) {
      data.putFloat(i / 8f);
    }
    return data.array();
  }

  /** The header of the safetensors file. */
  static String header() {
    return header(SHAPES);
  }

  /** The header of a safetensors file of f32 tensors that follow each other. */
  static String header(Map<String, long[]> shapes) {
    StringBuilder header = new StringBuilder("{\"__metadata__\":{\"format\":\"pt\"}");
    int at = 0;
    for (Map.Entry<String, long[]> tensor : shapes.entrySet()) {
      int end = at + bytes(tensor.getValue());
      header
          .append(",\"")
          .append(tensor.getKey())
          .append("\":{\"dtype\":\"F32\",\"shape\":")
          .append(java.util.Arrays.toString(tensor.getValue()))
          .append(",\"data_offsets\":[")
          .append(at)
          .append(',')
          .append(end)
          .append("]}");
      at = end;
    }
    return header.append('}').toString();
  }

  /** A safetensors file of a header and data. */
  static byte[] safetensors(byte[] header, byte[] data) {
    return ByteBuffer.allocate(8 + header.length + data.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(header.length)
        .put(header)
        .put(data)
        .array();
  }

  /** The weight map of a checkpoint of one shard, {@code a.safetensors}. */
  static String weightMap() {
    StringBuilder map = new StringBuilder("{\"metadata\":{\"total_size\":1},\"weight_map\":{");
    for (String name : SHAPES.keySet()) {
      map.append(map.charAt(map.length() - 1) == '{' ? "\"" : ",\"");
      map.append(name).append("\":\"a.safetensors\"");
    }
    return map.append("}}").toString();
  }

  /** An entry of a table: how much of the key before it is shared, the rest, the value. */
  record Entry(long shared, byte[] rest, byte[] value) {
    static Entry of(String key, byte[] value) {
      return new Entry(0, key.getBytes(StandardCharsets.UTF_8), value);
    }
  }

  /** The entries of the TensorFlow index. */
  static List<Entry> entries() {
    List<Entry> entries = new ArrayList<>();
    entries.add(Entry.of("", new byte[] {8, 1}));
    byte[] data = data();
    Map<String, byte[]> sorted = new java.util.TreeMap<>();
    int at = 0;
    for (Map.Entry<String, long[]> tensor : SHAPES.entrySet()) {
      int size = bytes(tensor.getValue());
      CRC32C checksum = new CRC32C();
      checksum.update(data, at, size);
      sorted.put(
          variable(tensor.getKey()),
          bundleEntry(
              1, tensor.getValue(), at, size, SortedTable.masked((int) checksum.getValue())));
      at += size;
    }
    String before = "";
    for (Map.Entry<String, byte[]> entry : sorted.entrySet()) {
      int shared = 0;
      while (shared < before.length()
          && entry.getKey().startsWith(before.substring(0, shared + 1))) {
        shared++;
      }
      entries.add(
          new Entry(
              shared,
              entry.getKey().substring(shared).getBytes(StandardCharsets.UTF_8),
              entry.getValue()));
      before = entry.getKey();
    }
    return entries;
  }

  private static String variable(String canonical) {
    String name = canonical.replaceFirst("^h\\.", "h").replace(".weight", "").replace('.', '/');
    if (canonical.startsWith("w")) {
      return "model/" + name;
    }
    return canonical.endsWith(".bias")
        ? "model/" + name.replace("/bias", "/b")
        : "model/" + name + (canonical.contains("ln_") ? "/g" : "/w");
  }

  /** A BundleEntryProto. */
  static byte[] bundleEntry(int type, long[] shape, long offset, long size, int checksum) {
    ByteArrayOutputStream dimensions = new ByteArrayOutputStream();
    for (long length : shape) {
      byte[] number = varint(length);
      dimensions.write(0x12);
      dimensions.writeBytes(varint(1 + number.length));
      dimensions.write(8);
      dimensions.writeBytes(number);
    }
    ByteArrayOutputStream entry = new ByteArrayOutputStream();
    entry.write(8);
    entry.writeBytes(varint(type));
    entry.write(0x12);
    entry.writeBytes(varint(dimensions.size()));
    entry.writeBytes(dimensions.toByteArray());
    entry.write(0x20);
    entry.writeBytes(varint(offset));
    entry.write(0x28);
    entry.writeBytes(varint(size));
    entry.write(0x35);
    entry.writeBytes(littleEndian(checksum));
    return entry.toByteArray();
  }

  static byte[] varint(long value) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      bytes.write((int) (rest & 0x7F | 0x80));
      rest >>>= 7;
    }
    bytes.write((int) rest);
    return bytes.toByteArray();
  }

  private static byte[] littleEndian(int value) {
    return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
  }

  /** A block of entries, without its checksum. */
  static byte[] block(List<Entry> entries) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    for (Entry entry : entries) {
      block.writeBytes(varint(entry.shared()));
      block.writeBytes(varint(entry.rest().length));
      block.writeBytes(varint(entry.value().length));
      block.writeBytes(entry.rest());
      block.writeBytes(entry.value());
    }
    block.writeBytes(littleEndian(0));
    block.writeBytes(littleEndian(1));
    return block.toByteArray();
  }

  /** The index's two data blocks. */
  static List<byte[]> blocks() {
    List<Entry> entries = entries();
    int half = 5;
    List<Entry> second = new ArrayList<>(entries.subList(half, entries.size()));
    byte[] key = new byte[0];
    for (Entry entry : entries.subList(0, half + 1)) {
      byte[] next = java.util.Arrays.copyOf(key, (int) entry.shared() + entry.rest().length);
      System.arraycopy(entry.rest(), 0, next, (int) entry.shared(), entry.rest().length);
      key = next;
    }
    second.set(0, new Entry(0, key, second.getFirst().value()));
    return List.of(block(entries.subList(0, half)), block(second));
  }

  /** A whole index of data blocks: sealed with checksums, an index block and a footer. */
  static byte[] index(List<byte[]> blocks, UnaryOperator<byte[]> indexBlock) {
    ByteArrayOutputStream table = new ByteArrayOutputStream();
    List<Entry> handles = new ArrayList<>();
    for (byte[] block : blocks) {
      handles.add(Entry.of("k" + handles.size(), handle(table.size(), block.length)));
      seal(table, block);
    }
    byte[] index = indexBlock.apply(block(handles));
    int start = table.size();
    seal(table, index);
    ByteBuffer footer = ByteBuffer.allocate(FOOTER_HANDLES + 8).order(ByteOrder.LITTLE_ENDIAN);
    footer.put(new byte[] {0, 0}).put(handle(start, index.length));
    footer.putLong(FOOTER_HANDLES, 0xdb4775248b80fb57L);
    table.writeBytes(footer.array());
    return table.toByteArray();
  }

  /** Where a block lies. */
  static byte[] handle(long offset, long length) {
    byte[] from = varint(offset);
    byte[] size = varint(length);
    return ByteBuffer.allocate(from.length + size.length).put(from).put(size).array();
  }

  private static void seal(ByteArrayOutputStream table, byte[] block) {
    CRC32C checksum = new CRC32C();
    checksum.update(block);
    checksum.update(0);
    table.writeBytes(block);
    table.write(0);
    table.writeBytes(littleEndian(SortedTable.masked((int) checksum.getValue())));
  }

  /** A folder with the safetensors layout. */
  static Path safetensorsFolder(Path folder) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("config.json"), CONFIG);
    Files.write(
        folder.resolve("model.safetensors"),
        safetensors(header().getBytes(StandardCharsets.UTF_8), data()));
    return folder;
  }

  /** A folder with the safetensors layout in one named shard. */
  static Path shardedFolder(Path folder) throws IOException {
    safetensorsFolder(folder);
    Files.move(folder.resolve("model.safetensors"), folder.resolve("a.safetensors"));
    Files.writeString(folder.resolve("model.safetensors.index.json"), weightMap());
    return folder;
  }

  /** A folder with TensorFlow's layout. */
  static Path tensorFlowFolder(Path folder) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("hparams.json"), HPARAMS);
    Files.writeString(folder.resolve("checkpoint"), POINTER);
    Files.write(folder.resolve("model.ckpt.index"), index(blocks(), UnaryOperator.identity()));
    Files.write(folder.resolve("model.ckpt.data-00000-of-00001"), data());
    return folder;
  }
}
