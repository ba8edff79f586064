package scriptorium.job.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scriptorium.job.base.Console;
import scriptorium.job.base.OutputException;
import scriptorium.job.output.ShardRange;
import scriptorium.job.store.Manifest;
import scriptorium.job.store.OutputStore;
import scriptorium.job.store.ShardReceipt;

/** What a run leaves behind is what the next one begins with. */
class RunStateTest {
  private static final int ROWS = 10;
  @TempDir Path folder;

  private OutputStore store() {
    return new OutputStore(folder.toString(), new Configuration());
  }

  private static Manifest manifest(long train, long test) {
    return new Manifest(
        1,
        1,
        "set",
        Manifest.Command.GENERATE,
        Manifest.State.RUNNING,
        "",
        null,
        new Manifest.Code("1", "c"),
        new Manifest.Model("m", "f", "F32", 1, "w", "t", null),
        null,
        null,
        null,
        Map.of("format", "jsonl", "shardRows", ROWS),
        Map.of(),
        List.of(
            new Manifest.Split("train", "set.train", 0, train),
            new Manifest.Split("test", "set.test", train, test)),
        Manifest.Totals.of(List.of()),
        List.of(),
        List.of());
  }

  private ShardReceipt put(String split, int index) throws Exception {
    String file = "set." + split + "/part-%05d.jsonl".formatted(index);
    Files.createDirectories(folder.resolve(file).getParent());
    Files.writeString(folder.resolve(file), "{}\n");
    return new ShardReceipt(
        split, index, file, ROWS, 5, 1, 0, 3, "%064x".formatted(index + split.length()));
  }

  @Test
  void receiptsOfAnEndedRunComeFromManifestAndJournal() throws Exception {
    List<ShardReceipt> first = List.of(put("train", 0), put("test", 1));
    List<ShardReceipt> second = List.of(put("train", 2), put("test", 0));
    try (RunState state = new RunState(store(), manifest(45, 20), ROWS, Console.SILENT)) {
      assertEquals(4, state.unknown().size());
      state.add(first);
      state.writeManifest();
      state.add(second);
    }
    put("train", 1); // came after the last words of the driver
    Manifest left = Manifest.read(store()).orElseThrow();
    assertEquals(2, left.shards().size());
    try (RunState state = new RunState(store(), left, ROWS, Console.SILENT)) {
      assertTrue(state.hasJournal());
      assertEquals(List.of(new ShardRange("train", "set.train", 0, 45, 1, 2)), state.unknown());
      state.dropUnknown();
      assertFalse(Files.exists(folder.resolve("set.train/part-00001.jsonl")));
      List<ShardReceipt> all = new ArrayList<>(List.of(second.get(1), first.get(1)));
      all.addAll(List.of(first.get(0), second.get(0)));
      assertEquals(all, state.receipts());
      OutputException missing = assertThrows(OutputException.class, state::checkComplete);
      assertTrue(missing.getMessage().contains("part-00001.jsonl"), missing.getMessage());
      state.finish(left.done(all, List.of()));
    }
    assertFalse(Files.exists(folder.resolve("_receipts")));
    assertEquals(4, Manifest.read(store()).orElseThrow().shards().size());
  }

  @Test
  void receiptsOfFilesThatAreGoneOrOfNoShardAreForgotten() throws Exception {
    List<ShardReceipt> receipts =
        List.of(put("train", 0), put("train", 1), put("train", 77), put("other", 0));
    Files.delete(folder.resolve("set.train/part-00001.jsonl"));
    Manifest manifest = manifest(45, 20).running(receipts);
    try (RunState state = new RunState(store(), manifest, ROWS, Console.SILENT)) {
      assertEquals(List.of(receipts.get(0)), state.receipts());
      BitSet done = new BitSet();
      done.set(0);
      assertEquals(List.of(done, new BitSet()), state.done());
      assertFalse(state.isAsIn(manifest));
    }
  }

  @Test
  void aJournalOfManyFilesIsFoldedIntoTheManifest() throws Exception {
    Files.createDirectories(folder.resolve("_receipts"));
    for (int i = 0; i < 128; i++) {
      Files.writeString(folder.resolve("_receipts/%06d.jsonl".formatted(i)), "no receipt\n");
    }
    try (RunState state = new RunState(store(), manifest(45, 20), ROWS, Console.SILENT)) {
      state.add(List.of(put("train", 3)));
    }
    assertFalse(Files.exists(folder.resolve("_receipts")));
    assertEquals(1, Manifest.read(store()).orElseThrow().shards().size());
  }
}
