package scriptorium.engine.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scriptorium.engine.Mutations;
import scriptorium.engine.checkpoint.TinyCheckpoint.Entry;
import scriptorium.engine.memory.StoredTensor;

/**
 * Checkpoints that somebody damaged, by chance or to do harm: each is read or refused in one line.
 * {@code -Dfuzz.rounds=100000} for more.
 */
class CheckpointFuzzTest {
  private static final int ROUNDS = Integer.getInteger("fuzz.rounds", 1000);
  private static final long SEED = 23;
  private static final int LONGEST_MESSAGE = 2000;

  private final Random random = new Random(SEED);
  private final Mutations mutations = new Mutations(random);
  private Path safetensors;
  private Path sharded;
  private Path tensorFlow;
  @TempDir Path folder;

  @BeforeEach
  void write() throws IOException {
    safetensors = TinyCheckpoint.safetensorsFolder(folder.resolve("safetensors"));
    sharded = TinyCheckpoint.shardedFolder(folder.resolve("sharded"));
    tensorFlow = TinyCheckpoint.tensorFlowFolder(folder.resolve("tensorflow"));
  }

  @Test
  void theFilesToBeDamagedAreSound() {
    for (Path model : List.of(safetensors, sharded, tensorFlow)) {
      try (Checkpoint opened = Checkpoint.open(model)) {
        assertEquals(2 + 12 + 2, opened.tensorNames().size());
        assertEquals(1 / 8f, opened.tensor("wte.weight").get(1));
      }
    }
  }

  @Test
  void safetensorsFiles() throws Exception {
    Path file = safetensors.resolve("model.safetensors");
    byte[] good = Files.readAllBytes(file);
    byte[] data = TinyCheckpoint.data();
    byte[] header = bytes(TinyCheckpoint.header());
    fuzz(
        safetensors,
        file,
        () ->
            random.nextInt(3) == 0
                ? mutations.bytes(good)
                : TinyCheckpoint.safetensors(mutations.json(header), data));
  }

  @Test
  void safetensorsIndexes() throws Exception {
    byte[] good = bytes(TinyCheckpoint.weightMap());
    fuzz(sharded, sharded.resolve("model.safetensors.index.json"), () -> mutations.json(good));
  }

  @Test
  void configurations() throws Exception {
    byte[] good = bytes(TinyCheckpoint.CONFIG);
    fuzz(safetensors, safetensors.resolve("config.json"), () -> mutations.json(good));
  }

  @Test
  void hyperParameters() throws Exception {
    byte[] good = bytes(TinyCheckpoint.HPARAMS);
    fuzz(tensorFlow, tensorFlow.resolve("hparams.json"), () -> mutations.json(good));
  }

  @Test
  void tensorFlowPointers() throws Exception {
    byte[] good = bytes(TinyCheckpoint.POINTER);
    fuzz(tensorFlow, tensorFlow.resolve("checkpoint"), () -> mutations.bytes(good));
  }

  @Test
  void tensorFlowIndexes() throws Exception {
    Path file = tensorFlow.resolve("model.ckpt.index");
    byte[] good = Files.readAllBytes(file);
    fuzz(tensorFlow, file, () -> random.nextInt(4) == 0 ? mutations.bytes(good) : resealed());
  }

  @Test
  void tensorFlowData() throws Exception {
    byte[] good = TinyCheckpoint.data();
    fuzz(
        tensorFlow,
        tensorFlow.resolve("model.ckpt.data-00000-of-00001"),
        () -> mutations.bytes(good));
  }

  /** An index whose checksums are right whatever was done to what they guard. */
  private byte[] resealed() {
    List<byte[]> blocks = new ArrayList<>(TinyCheckpoint.blocks());
    switch (random.nextInt(3)) {
      case 0 -> blocks.replaceAll(mutations::bytes);
      case 1 -> {
        List<Entry> entries = new ArrayList<>(TinyCheckpoint.entries());
        entries.replaceAll(
            entry ->
                new Entry(
                    entry.shared(),
                    entry.rest(),
                    random.nextInt(8) == 0 ? mutations.bytes(entry.value()) : entry.value()));
        blocks = List.of(TinyCheckpoint.block(entries));
      }
      default -> {
        return TinyCheckpoint.index(blocks, mutations::bytes);
      }
    }
    return TinyCheckpoint.index(blocks, UnaryOperator.identity());
  }

  private static void fuzz(Path model, Path file, Supplier<byte[]> damaged) throws IOException {
    int refused = 0;
    for (int round = 0; round < ROUNDS; round++) {
      Files.write(file, damaged.get());
      try {
        refused += isRefused(model) ? 1 : 0;
      } catch (RuntimeException | Error e) {
        fail("seed " + SEED + " round " + round + ", kept in " + keep(file), e);
      }
    }
    assertTrue(refused > ROUNDS / 10, refused + " refused of " + ROUNDS);
  }

  private static Path keep(Path file) throws IOException {
    Path kept = Files.createTempFile("fuzz-", "-" + file.getFileName());
    return Files.write(kept, Files.readAllBytes(file));
  }

  /** Opens a checkpoint and touches the ends of all its tensors; a refusal has to be one line. */
  private static boolean isRefused(Path model) {
    try (Checkpoint opened = Checkpoint.open(model)) {
      for (String name : opened.tensorNames()) {
        StoredTensor tensor = opened.tensor(name);
        tensor.get(0);
        tensor.get(tensor.elements() - 1);
      }
      return false;
    } catch (CheckpointException e) {
      assertOneLine(e.getMessage());
      return true;
    }
  }

  @Test
  void headerLengthsThatTheFileLacksAreRefused() throws Exception {
    byte[] file = Files.readAllBytes(safetensors.resolve("model.safetensors"));
    for (long length :
        new long[] {Long.MAX_VALUE, Long.MAX_VALUE - 7, -1, 0, 1, 1L << 32, 1 << 30}) {
      ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putLong(0, length);
      Files.write(safetensors.resolve("model.safetensors"), file);
      assertRefused(safetensors, "a header of " + length + " bytes");
    }
  }

  @Test
  void offsetsThatOverlapOverflowOrLeaveTheFileAreRefused() throws Exception {
    String first = "\"data_offsets\":[0,96]";
    refuseHeader(first, "\"data_offsets\":[96,0]", "no valid data_offsets");
    refuseHeader(first, "\"data_offsets\":[0]", "no valid data_offsets");
    refuseHeader(first, "\"data_offsets\":[0,96,96]", "no valid data_offsets");
    refuseHeader(first, "\"data_offsets\":[-96,0]", "-96 where a size belongs");
    refuseHeader(first, "\"data_offsets\":[0.0,96.0]", "0.0 where a size belongs");
    refuseHeader(first, "\"data_offsets\":[0,9223372036854775808]", "where a size belongs");
    refuseHeader(first, "\"data_offsets\":[0,9223372036854775807]", "is cut short");
    refuseHeader(first, "\"data_offsets\":[0,95]", "95 bytes where its shape takes 96");
    refuseHeader(first, "\"data_offsets\":{\"a\":0,\"b\":96}", "where sizes belong");
    refuseHeader(first, "\"data_offsets\":[48,144]", "share the bytes from 96 on");
    refuseHeader(first, "\"x\":0", "where sizes belong");
  }

  @Test
  void shapesThatOverflowAreRefused() throws Exception {
    String first = "\"shape\":[6, 4]";
    refuseHeader(first, "\"shape\":[4611686018427387904,4]", "its shape takes -1");
    refuseHeader(first, "\"shape\":[4611686018427387904,4611686018427387904,0]", "takes -1");
    refuseHeader(first, "\"shape\":[0,4611686018427387904,4]", "its shape takes 0");
    refuseHeader(first, "\"shape\":[]", "96 bytes where its shape takes 4");
    refuseHeader(first, "\"shape\":{\"a\":6}", "where sizes belong");
    refuseHeader(first, "\"shape\":[[6],4]", "[6] where a size belongs");
    refuseHeader(
        first + ",\"data_offsets\":[0,96]",
        "\"shape\":[],\"data_offsets\":[0,4]",
        "has shape [] where");
    refuseHeader(
        first + ",\"data_offsets\":[0,96]",
        "\"shape\":[0],\"data_offsets\":[0,0]",
        "has shape [0] where");
  }

  @Test
  void headersThatAreNoSingleShallowObjectAreRefused() throws Exception {
    refuseHeader("\"wpe.weight\"", "\"wte.weight\"", "no valid JSON");
    refuseHeader("\"wpe.weight\"", "\"transformer.wte.weight\"", "is there twice");
    refuseHeader("{\"format\":\"pt\"}", "[".repeat(100_000), "no valid JSON");
    refuseHeader("{\"format\":\"pt\"}", "[".repeat(60) + "]".repeat(60) + "}", "no valid JSON");
    refuseHeader(TinyCheckpoint.header(), "[]", "no JSON object");
    refuseHeader(TinyCheckpoint.header(), "  ", "no JSON object");
    String more = "\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},\"wpe.weight\"";
    refuseHeader("\"wpe.weight\"", "\"a\\n\\u001bb" + more, "has a tensor a??b that GPT-2 lacks");
    refuseHeader("\"wpe.weight\"", "\"" + "x".repeat(40_000) + more, "that GPT-2 lacks");
    refuseHeader("{\"format\":\"pt\"}", "[" + "[],".repeat(3_000_000) + "1]", "no valid JSON");
  }

  private void refuseHeader(String from, String to, String expected) throws IOException {
    String header = TinyCheckpoint.header();
    assertTrue(header.contains(from), from);
    Files.write(
        safetensors.resolve("model.safetensors"),
        TinyCheckpoint.safetensors(bytes(header.replace(from, to)), TinyCheckpoint.data()));
    assertRefused(safetensors, expected);
  }

  @Test
  void shardsOutsideTheFolderAreRefused() throws Exception {
    Path index = sharded.resolve("model.safetensors.index.json");
    for (String shard :
        new String[] {
          "../../etc/passwd",
          "/etc/passwd",
          "../safetensors/model.safetensors",
          "..\\\\a.safetensors",
          "./a.safetensors",
          "a.safetensors/",
          "a\\u0000.safetensors",
          "a\\n.safetensors",
          "\\ud800.safetensors",
          "..safetensors",
          ".safetensors",
          ""
        }) {
      Files.writeString(index, TinyCheckpoint.weightMap().replace("a.safetensors", shard));
      assertRefused(sharded, "only files of its own folder are read");
    }
    Files.writeString(index, TinyCheckpoint.weightMap().replace("a.safetensors", "b.safetensors"));
    assertRefused(sharded, "b.safetensors is missing");
    Files.writeString(index, "{\"weight_map\":" + "[".repeat(100_000));
    assertRefused(sharded, "no valid JSON");
    Files.writeString(index, "{\"weight_map\":7}");
    assertRefused(sharded, "has no weight_map");
  }

  @Test
  void configurationsWithNumbersThatAreNoneAreRefused() throws Exception {
    for (String number :
        new String[] {
          "0",
          "-1",
          "4.0",
          "4e0",
          "1e999",
          "NaN",
          "2147483647",
          "2147483648",
          "\"4\"",
          "null",
          "1" + "0".repeat(900),
          "[".repeat(100_000),
          "4, \"n_embd\": 4"
        }) {
      Files.writeString(
          safetensors.resolve("config.json"),
          TinyCheckpoint.CONFIG.replace("\"n_embd\": 4", "\"n_embd\": " + number));
      assertRefused(safetensors, "config.json");
      Files.writeString(
          tensorFlow.resolve("hparams.json"),
          TinyCheckpoint.HPARAMS.replace("\"n_embd\": 4", "\"n_embd\": " + number));
      assertRefused(tensorFlow, "hparams.json");
    }
    for (String epsilon : new String[] {"0", "-1e-5", "1e-999", "1e999", "1", "\"x\"", "[]"}) {
      Files.writeString(
          safetensors.resolve("config.json"), TinyCheckpoint.CONFIG.replace("1e-05", epsilon));
      assertRefused(safetensors, "layerNormEpsilon");
    }
  }

  @Test
  void emptyFilesAndFoldersInPlaceOfFilesAreRefused() throws Exception {
    for (Path model : List.of(safetensors, sharded, tensorFlow)) {
      List<Path> files;
      try (var listing = Files.list(model)) {
        files = listing.toList();
      }
      for (Path file : files) {
        byte[] good = Files.readAllBytes(file);
        Files.write(file, new byte[0]);
        assertRefused(model, file.getFileName().toString());
        Files.delete(file);
        Files.createDirectory(file);
        assertRefused(model, file.getFileName().toString());
        Files.delete(file);
        Files.write(file, good);
      }
      assertFalse(isRefused(model));
    }
  }

  @Test
  void pointersOutOfTheFolderAreRefused() throws Exception {
    for (String prefix : new String[] {"../tensorflow/model.ckpt", "/etc/passwd", "", "a\u0000"}) {
      Files.writeString(
          tensorFlow.resolve("checkpoint"), TinyCheckpoint.POINTER.replace("model.ckpt", prefix));
      assertRefused(tensorFlow, "names no model_checkpoint_path in this folder");
    }
    Files.writeString(
        tensorFlow.resolve("checkpoint"), TinyCheckpoint.POINTER.replace("model.ckpt", ".."));
    assertRefused(tensorFlow, "is missing");
  }

  @Test
  void blocksOutsideTheIndexAreRefused() throws Exception {
    long huge = Long.MAX_VALUE;
    for (long[] handle :
        new long[][] {{huge, 8}, {0, huge}, {huge, huge}, {0, -1}, {8, 0}, {1 << 20, 8}}) {
      refuseIndexBlock(List.of(handle), "is not within it");
    }
    refuseIndexBlock(List.of(new long[] {-1, 8}), "is not behind the one before");
    int first = TinyCheckpoint.blocks().getFirst().length;
    int second = TinyCheckpoint.blocks().getLast().length;
    refuseIndexBlock(List.of(new long[] {1, first}), "the checksum of the block at 1 is wrong");
    refuseIndexBlock(
        List.of(new long[] {0, first}, new long[] {0, first}), "is not behind the one before");
    refuseIndexBlock(
        List.of(new long[] {first + 5, second}, new long[] {0, first}),
        "is not behind the one before");
    byte[] index = Files.readAllBytes(tensorFlow.resolve("model.ckpt.index"));
    Arrays.fill(index, index.length - 48, index.length - 8, (byte) 0xFF);
    Files.write(tensorFlow.resolve("model.ckpt.index"), index);
    assertRefused(tensorFlow, "is damaged");
  }

  private void refuseIndexBlock(List<long[]> handles, String expected) throws IOException {
    List<Entry> entries = new ArrayList<>();
    for (long[] handle : handles) {
      entries.add(Entry.of("k", TinyCheckpoint.handle(handle[0], handle[1])));
    }
    writeIndex(TinyCheckpoint.blocks(), block -> TinyCheckpoint.block(entries));
    assertRefused(tensorFlow, expected);
  }

  private void writeIndex(List<byte[]> blocks, UnaryOperator<byte[]> indexBlock)
      throws IOException {
    Files.write(tensorFlow.resolve("model.ckpt.index"), TinyCheckpoint.index(blocks, indexBlock));
  }

  private void refuseBlocks(String expected, byte[]... blocks) throws IOException {
    writeIndex(List.of(blocks), UnaryOperator.identity());
    assertRefused(tensorFlow, expected);
  }

  @Test
  void entriesThatAreNoneAreRefused() throws Exception {
    byte[] value = {8, 1};
    byte[] endless = new byte[100];
    Arrays.fill(endless, 0, 96, (byte) 0x80); // and no restarts
    refuseBlocks("is damaged", endless);
    refuseBlocks("is damaged", TinyCheckpoint.block(List.of(new Entry(1, bytes("a"), value))));
    refuseBlocks("is damaged", TinyCheckpoint.block(List.of(new Entry(-1, bytes("a"), value))));
    refuseBlocks(
        "is damaged",
        TinyCheckpoint.block(List.of(Entry.of("a", value), new Entry(2, bytes("a"), value))));
    refuseBlocks("is damaged", TinyCheckpoint.block(List.of(Entry.of("a".repeat(300), value))));
    refuseBlocks("are not sorted", sorted("b", "a"));
    refuseBlocks("are not sorted", sorted("a", "a"));
    refuseBlocks("are not sorted", sorted("a", "b"), sorted("a", "b"));
    refuseBlocks("is damaged", TinyCheckpoint.block(List.of(Entry.of("a", endless))));
    byte[] block = sorted("a");
    ByteBuffer.wrap(block).putInt(block.length - 4, -1);
    refuseBlocks("restarts is too short", block);
    refuseBlocks("is not within it", new byte[3]);
  }

  private static byte[] sorted(String... keys) {
    List<Entry> entries = new ArrayList<>();
    for (String key : keys) {
      entries.add(Entry.of(key, TinyCheckpoint.bundleEntry(1, new long[0], 0, 0, 0)));
    }
    return TinyCheckpoint.block(entries);
  }

  @Test
  void placesAndShapesOfVariablesThatAreNoneAreRefused() throws Exception {
    refuseVariable(new long[] {6, 4}, Long.MAX_VALUE, 96, "is no valid one");
    refuseVariable(new long[] {6, 4}, -1, 96, "is no valid one");
    refuseVariable(new long[] {6, 4}, 0, -1, "is no valid one");
    refuseVariable(new long[] {6, 4}, 1 << 20, 96, "is cut short");
    refuseVariable(new long[] {1L << 40, 1L << 22, 4}, 0, 0, "which its shape");
    refuseVariable(new long[] {-6, -4}, 0, 96, "which its shape");
    refuseVariable(new long[] {6, 4, 1, 1, 1, 1, 1, 1, 1}, 0, 96, "too many dimensions");
    byte[] twice = TinyCheckpoint.bundleEntry(1, new long[] {6, 4}, 0, 96, checksum(0, 96));
    refuseBlocks(
        "share the bytes from 0 on",
        TinyCheckpoint.block(List.of(Entry.of("model/wte", twice), Entry.of("x", twice))));
    byte[] other = TinyCheckpoint.bundleEntry(1, new long[] {6, 4}, 96, 96, checksum(96, 96));
    refuseBlocks(
        "tensor wte.weight is there twice",
        TinyCheckpoint.block(
            List.of(Entry.of("model/wte", twice), Entry.of("model/wte/w", other))));
  }

  private void refuseVariable(long[] shape, long offset, long size, String expected)
      throws IOException {
    byte[] value =
        TinyCheckpoint.bundleEntry(1, shape, offset, size, checksum(0, Math.clamp(size, 0, 96)));
    refuseBlocks(expected, TinyCheckpoint.block(List.of(Entry.of("model/wte", value))));
  }

  private static int checksum(int from, int size) {
    CRC32C checksum = new CRC32C();
    checksum.update(TinyCheckpoint.data(), from, size);
    return SortedTable.masked((int) checksum.getValue());
  }

  @Test
  void anIndexOfEndlessShortEntriesWithLongKeysIsRefused() throws Exception {
    List<Entry> entries = new ArrayList<>();
    entries.add(Entry.of("k".repeat(253), new byte[0]));
    for (int i = 0; i < 1 << 18; i++) {
      byte[] rest = {(byte) (i >> 16), (byte) (i >> 8), (byte) i};
      entries.add(new Entry(253, rest, new byte[0]));
    }
    refuseBlocks("no GPT-2 has so many tensors", TinyCheckpoint.block(entries));
  }

  private static void assertRefused(Path model, String expected) {
    String message =
        assertThrows(CheckpointException.class, () -> Checkpoint.open(model).close()).getMessage();
    assertTrue(message.contains(expected), message);
    assertOneLine(message);
  }

  private static void assertOneLine(String message) {
    assertTrue(message.chars().noneMatch(Character::isISOControl), message);
    assertTrue(message.length() <= LONGEST_MESSAGE, message);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
