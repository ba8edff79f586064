package scriptorium.engine.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import scriptorium.engine.TestModels;
import scriptorium.engine.checkpoint.WeightsFormat.Layout;
import scriptorium.engine.memory.DataType;
import scriptorium.engine.memory.StoredTensor;

class CheckpointWriterTest {
  private static final Path RESOURCES =
      TestModels.home().resolve("engine/src/test/resources/checkpoints");
  @TempDir Path folder;

  /** What TensorFlow wrote for the released 124M model. */
  @Test
  void theReleasedIndexIsWrittenByteForByte() throws Exception {
    Path index = RESOURCES.resolve("gpt2-124M-index/model.ckpt.index");
    Map<String, BundleEntry> entries = new TreeMap<>();
    try (Arena arena = Arena.ofConfined()) {
      SortedTable.read(
          index,
          MappedFile.map(index, arena),
          (key, value) -> entries.put(key, BundleEntry.parse(index, key, value)));
    }
    SortedTableWriter writer = new SortedTableWriter();
    writer.add("", TensorFlowWriter.header());
    for (BundleEntry entry : entries.values()) {
      assertEquals(1, entry.type());
      writer.add(
          entry.name(),
          TensorFlowWriter.entry(
              DataType.F32, entry.shape(), entry.offset(), entry.size(), entry.checksum()));
    }
    assertArrayEquals(Files.readAllBytes(index), writer.finish());
  }

  @Test
  void aTableOfManyBlocksIsReadBack() throws Exception {
    SortedTableWriter writer = new SortedTableWriter();
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < 12_000; i++) {
      keys.add("model/%05d/%s".formatted(i * 7, "x".repeat(i % 50)));
      writer.add(keys.getLast(), new ProtoWriter().number(1, i).fixed(6, i).bytes());
    }
    Path file = Files.write(folder.resolve("t.index"), writer.finish());
    assertTrue(Files.size(file) > 1 << 18, "more than one block");
    List<String> found = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      SortedTable.read(
          file,
          MappedFile.map(file, arena),
          (key, value) -> {
            assertEquals(found.size(), BundleEntry.parse(file, key, value).checksum());
            found.add(key);
          });
    }
    assertEquals(keys, found);
  }

  @Test
  void bothLayoutsHoldTheSameBytesThereAndBack() throws Exception {
    Path openAi = write(RESOURCES.resolve("tiny"), Layout.TENSORFLOW, null, 0, "tf");
    assertEquals(
        -1,
        Files.mismatch(
            RESOURCES.resolve("gpt2-124M-index/checkpoint"), openAi.resolve("checkpoint")));
    Path back = write(openAi, Layout.SAFETENSORS, null, 0, "st");
    assertSameTensors(RESOURCES.resolve("tiny"), openAi);
    assertSameTensors(RESOURCES.resolve("tiny"), back);
    Path again = write(back, Layout.TENSORFLOW, null, 0, "tf2");
    for (String file : List.of("model.ckpt.index", "model.ckpt.data-00000-of-00001")) {
      assertEquals(-1, Files.mismatch(openAi.resolve(file), again.resolve(file)), file);
    }
  }

  @Test
  void shardsHoldNoMoreThanAsked() throws Exception {
    Path sharded = write(RESOURCES.resolve("tiny"), Layout.SAFETENSORS, null, 20_000, "s");
    assertSameTensors(RESOURCES.resolve("tiny"), sharded);
    try (var files = Files.list(sharded)) {
      List<Path> shards =
          files.filter(file -> file.toString().endsWith(".safetensors")).sorted().toList();
      assertTrue(shards.size() > 3, "shards " + shards.size());
      assertTrue(Files.size(shards.get(0)) > 20_000, "the embedding is larger and alone");
      assertTrue(Files.size(shards.get(2)) < 25_000, "header and 20,000 bytes");
    }
  }

  @ParameterizedTest
  @CsvSource({"F16,SAFETENSORS", "BF16,SAFETENSORS", "F16,TENSORFLOW", "BF16,TENSORFLOW"})
  void smallerTypesAreReadBackAsTheNearestNumbers(DataType type, Layout layout) throws Exception {
    Path half = write(RESOURCES.resolve("tiny"), layout, type, 0, "half");
    double worst = type == DataType.F16 ? 0x1p-11 : 0x1p-8;
    try (Checkpoint from = Checkpoint.open(RESOURCES.resolve("tiny"));
        Checkpoint to = Checkpoint.open(half)) {
      for (String name : from.tensorNames()) {
        assertEquals(type, to.tensor(name).type());
        for (long i = 0; i < from.tensor(name).elements(); i += 97) {
          float value = from.tensor(name).get(i);
          assertEquals(value, to.tensor(name).get(i), Math.abs(value) * worst + 0x1p-25, name);
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "3f800000,3f80", // 1
    "3f808000,3f80", // a tie to even, down
    "3f818000,3f82", // a tie to even, up
    "3f808001,3f81",
    "3f807fff,3f80",
    "bf818000,bf82",
    "00000000,0000",
    "80000000,8000",
    "7f800000,7f80", // infinity stays
    "7f800001,7fc0", // and no NaN becomes one
    "ffffffff,ffff",
    "7f7f7fff,7f7f", // the largest below the tie to infinity
    "00018000,0002", // subnormal
  })
  void bfloat16RoundsToNearestEven(String bits, String expected) {
    float value = Float.intBitsToFloat(Integer.parseUnsignedInt(bits, 16));
    assertEquals(
        Integer.parseInt(expected, 16), Short.toUnsignedInt(TensorCast.bfloat16(value)), bits);
  }

  @ParameterizedTest
  @CsvSource({"65519.99,F16,", "65520,F16,65520.0", "-1e9,F16,-1.0E9", "3.4e38,BF16,3.4E38"})
  void numbersTooLargeAreRefusedByName(float value, DataType type, String named) throws Exception {
    MemorySegment data =
        MemorySegment.ofBuffer(
            ByteBuffer.allocateDirect(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(0, Float.POSITIVE_INFINITY) // infinite before, infinite after
                .putFloat(4, value));
    StoredTensor tensor = new StoredTensor("h.0.x", DataType.F32, new long[] {2}, data);
    if (named == null) {
      new TensorCast().write(tensor, type, piece -> assertEquals(4, piece.remaining()));
    } else {
      String message =
          assertThrows(
                  CheckpointException.class,
                  () -> new TensorCast().write(tensor, type, piece -> {}))
              .getMessage();
      assertTrue(message.startsWith("Tensor h.0.x has " + named + " at element 1"), message);
    }
  }

  @Test
  void anEpsilonThatTensorFlowsLayoutCannotSayIsRefused() throws Exception {
    Path source = TinyCheckpoint.safetensorsFolder(folder.resolve("e"));
    Files.writeString(
        source.resolve("config.json"), TinyCheckpoint.CONFIG.replace("1e-05", "1e-06"));
    String message =
        assertThrows(
                CheckpointException.class,
                () -> write(source, Layout.TENSORFLOW, null, 0, "refused"))
            .getMessage();
    assertTrue(message.contains("layer_norm_epsilon 1.0E-6"), message);
    Path kept = write(source, Layout.SAFETENSORS, null, 0, "kept");
    try (Checkpoint checkpoint = Checkpoint.open(kept)) {
      assertEquals(1e-6f, checkpoint.config().layerNormEpsilon());
    }
  }

  private Path write(Path source, Layout layout, DataType type, long maxShardBytes, String name)
      throws IOException {
    Path to = Files.createDirectory(folder.resolve(name));
    try (Checkpoint checkpoint = Checkpoint.open(source)) {
      CheckpointWriter.write(
          checkpoint,
          List.of(new byte[0], new byte[0]),
          5,
          new WeightsFormat(layout, type, maxShardBytes),
          to);
    }
    return to;
  }

  private static void assertSameTensors(Path expected, Path found) {
    try (Checkpoint from = Checkpoint.open(expected);
        Checkpoint to = Checkpoint.open(found)) {
      assertEquals(from.config(), to.config());
      assertEquals(from.tensorNames(), to.tensorNames());
      for (String name : from.tensorNames()) {
        assertEquals(from.tensor(name).type(), to.tensor(name).type());
        assertEquals(-1, from.tensor(name).data().mismatch(to.tensor(name).data()), name);
      }
    }
  }
}
