package scriptorium.job.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import scriptorium.job.base.Console;
import scriptorium.job.base.ShardFormat;
import scriptorium.job.command.DryRun;
import scriptorium.job.config.GenerateOptions;
import scriptorium.job.config.JobConfig;
import scriptorium.job.row.SamplingSetting;
import scriptorium.job.store.Manifest;
import scriptorium.job.store.OutputStore;
import scriptorium.job.store.ShardFiles;
import scriptorium.job.store.ShardLedger;
import scriptorium.job.store.ShardReceipt;
import scriptorium.job.testing.SessionTest;

/**
 * Runs of many shards, simulated. {@code -Dlarge.shards=1000000} for more; what it takes is
 * printed.
 */
class LargeRunsTest extends SessionTest {
  private static final int SHARDS = Integer.getInteger("large.shards", 20_000);
  private static final int MOST_LINKS = 30_000;

  private static GenerateOptions options(Path out, long rows, int shardRows) {
    GenerateOptions options = new GenerateOptions();
    options.name = "set";
    options.model = model.path().toString();
    options.count = rows;
    options.set(SamplingSetting.MAX_NEW_TOKENS, 5);
    options.shardRows = shardRows;
    options.out = out.toString();
    return options;
  }

  private static ShardedRun job(GenerateOptions options) {
    JobConfig config = JobConfig.of(options, new GenerateOptions());
    return new ShardedRun(new GenerateWork(config, model, null), HADOOP, false, Console.SILENT);
  }

  /** A finished run whose shards are all the same small file. */
  private GenerateOptions finishedRun(Path out) throws Exception {
    GenerateOptions options = options(out, 3L * SHARDS, 3);
    job(options(folder.resolve("one"), 3, 3)).execute(session);
    Path first = folder.resolve("one/set.train/part-00000.jsonl");
    Path train = Files.createDirectories(out.resolve("set.train"));
    OutputStore store = new OutputStore(out.toString(), HADOOP);
    ShardReceipt receipt =
        Manifest.read(new OutputStore(folder.resolve("one").toString(), HADOOP))
            .orElseThrow()
            .shards()
            .getFirst();
    ShardLedger ledger = new ShardLedger();
    for (int i = 0; i < SHARDS; i++) {
      Path shard = train.resolve("part-%05d.jsonl".formatted(i));
      if (i % MOST_LINKS == 0) {
        first = Files.copy(first, shard);
      } else {
        Files.createLink(shard, first);
      }
      ledger.add(
          new ShardReceipt(
              "train",
              i,
              new ShardFiles(ShardFormat.JSONL).file("set.train", i),
              3,
              receipt.tokens(),
              receipt.ended(),
              0,
              receipt.bytes(),
              receipt.sha256()));
    }
    Files.writeString(out.resolve("README.md"), "a card");
    job(options).work().manifest().begin(Map.of()).done(ledger, List.of()).write(store);
    return options;
  }

  private static Map<String, FileTime> times(Path out) throws Exception {
    Map<String, FileTime> times = new TreeMap<>();
    try (Stream<Path> files = Files.walk(out)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        times.put(out.relativize(file).toString(), Files.getLastModifiedTime(file));
      }
    }
    return times;
  }

  private static void print(String what, long start) {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    System.out.printf(
        "large: %s: %.1f s, heap %d MiB%n",
        what,
        (System.nanoTime() - start) / 1e9,
        (runtime.totalMemory() - runtime.freeMemory()) >> 20);
  }

  @Test
  void aFinishedRunOfManyShardsIsLeftAlone() throws Exception {
    Path out = folder.resolve("out");
    GenerateOptions options = finishedRun(out);
    Map<String, FileTime> before = times(out);
    assertEquals(SHARDS + 2, before.size());
    long start = System.nanoTime();
    ShardedRun job = job(options);
    job.check();
    assertEquals(0, job.execute(session).newRows());
    print("a finished run of %,d shards begun again".formatted(SHARDS), start);
    assertEquals(before, times(out));
  }

  @Test
  void aRunOfManyShardsFindsTheOneThatIsMissing() throws Exception {
    Path out = folder.resolve("out");
    GenerateOptions options = finishedRun(out);
    Path first = out.resolve("set.train/part-00000.jsonl");
    String bytes = Files.readString(first);
    Files.delete(first);
    long start = System.nanoTime();
    ShardedRun job = job(options);
    job.check();
    assertEquals(3, job.execute(session).newRows());
    print("%,d shards, one of them missing".formatted(SHARDS), start);
    assertEquals(bytes, Files.readString(first));
    assertEquals(
        SHARDS,
        Manifest.read(new OutputStore(out.toString(), HADOOP)).orElseThrow().shards().size());
  }

  @Test
  void aBillionRowsArePlannedAndNothingIsWritten() throws Exception {
    Path out = folder.resolve("planned");
    GenerateOptions options = options(out, 1_000_000_000, 1000);
    JobConfig config = JobConfig.of(options, new GenerateOptions());
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    long start = System.nanoTime();
    new DryRun(config, model, job(options), new PrintStream(said, true, StandardCharsets.UTF_8))
        .tell(1000);
    print("a plan of a billion rows", start);
    String text = said.toString(StandardCharsets.UTF_8);
    assertTrue(text.contains("0 of 1,000,000 shards are there, 1,000,000,000 rows left"), text);
    assertTrue(text.contains("tokens: at most 5,000,000,000, 5 each"), text);
    assertTrue(text.contains("100 executors: 13.9 h"), text);
    assertTrue(Files.notExists(out));
  }
}
