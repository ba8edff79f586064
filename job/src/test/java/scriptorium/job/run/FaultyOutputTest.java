package scriptorium.job.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scriptorium.engine.ModelFolder;
import scriptorium.job.base.Console;
import scriptorium.job.config.GenerateOptions;
import scriptorium.job.config.JobConfig;
import scriptorium.job.row.SamplingSetting;
import scriptorium.job.spark.Sessions;
import scriptorium.job.testing.FaultyFileSystem;
import scriptorium.job.verify.VerifyDatasetJob;

/**
 * A file system that fails: whatever it does, runs that go on from what is left end with the bytes
 * of an undisturbed one.
 */
class FaultyOutputTest {
  private static final Configuration HADOOP = FaultyFileSystem.settings();
  private static final int SHARDS = 5;

  /** Every operation with the profile faults, else some. */
  private static final int STEP = Boolean.getBoolean("faults.long") ? 1 : 4;

  private static SparkSession session;
  private static ModelFolder model;
  private static Map<String, String> expected;
  @TempDir static Path folder;

  @BeforeAll
  static void undisturbedRun() throws IOException {
    System.setProperty("spark.hadoop.fs.faulty.impl", FaultyFileSystem.class.getName());
    session = Sessions.start("test", "local[2,4]"); // four attempts a task
    session.sparkContext().setLogLevel("OFF");
    model =
        ModelFolder.open(Path.of(System.getProperty("scriptorium.home"), "datasets", "books-8M"));
    run("expected", 1);
    expected = content("expected");
    assertEquals(SHARDS + 2, expected.size());
  }

  @AfterAll
  static void stop() {
    System.clearProperty("spark.hadoop.fs.faulty.impl");
    session.stop();
    model.close();
  }

  @AfterEach
  void healthy() {
    FaultyFileSystem.follow((operation, path, bytes) -> {});
  }

  private static void run(String out, long seed) {
    GenerateOptions options = new GenerateOptions();
    options.name = "set";
    options.model = model.path().toString();
    options.split = "train=22,test=15";
    options.set(SamplingSetting.MAX_NEW_TOKENS, 3);
    options.shardRows = 8;
    options.merge = true;
    options.set(SamplingSetting.SEED, seed);
    options.out = "faulty:" + folder.resolve(out);
    JobConfig config = JobConfig.of(options, new GenerateOptions());
    ShardedRun job =
        new ShardedRun(new GenerateWork(config, model, null), HADOOP, false, Console.SILENT);
    job.check();
    job.execute(session);
  }

  /** The data set, without what runs keep for themselves. */
  private static Map<String, String> content(String out) throws IOException {
    Map<String, String> content = new TreeMap<>();
    Path root = folder.resolve(out);
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = root.relativize(file).toString();
        if (name.endsWith(".jsonl") && !name.startsWith("_")) {
          content.put(name, Files.readString(file));
        }
      }
    }
    return content;
  }

  private static void assertWhole(String out) throws IOException {
    assertEquals(expected, content(out));
    assertEquals(
        List.of(), new VerifyDatasetJob("faulty:" + folder.resolve(out), HADOOP).execute(session));
    try (Stream<Path> files = Files.list(folder.resolve(out))) {
      assertEquals(
          List.of(),
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> name.startsWith("_"))
              .toList());
    }
  }

  /** As if the process of the lock, which is this one, were dead. */
  private static void buryHolder(String out) throws IOException {
    Path lock = folder.resolve(out).resolve("_lock");
    if (Files.exists(lock) && Files.size(lock) > 0) {
      Files.writeString(
          lock, Files.readString(lock).replaceAll("Started\":\"[^\"]*", "Started\":\""));
    } else if (Files.exists(lock)) {
      Files.delete(lock); // cut short; it would be in the way for two minutes
    }
  }

  private static void delete(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      files
          .sorted(Comparator.reverseOrder())
          .forEach(
              file -> {
                try {
                  Files.delete(file);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    }
  }

  @Test
  void aProcessMayDieBeforeAnyOperationOfItsRun() throws IOException {
    AtomicInteger operations = new AtomicInteger();
    FaultyFileSystem.follow((operation, path, bytes) -> operations.incrementAndGet());
    run("count", 1);
    assertTrue(operations.get() > 50, operations.toString());
    int crashes = 0;
    int tried = 0;
    for (int at = 1; at <= operations.get(); at += STEP) {
      tried++;
      AtomicInteger left = new AtomicInteger(at);
      FaultyFileSystem.follow(
          (operation, path, bytes) -> {
            if (left.decrementAndGet() <= 0) {
              throw new IOException("dead before " + operation + " of " + path.getName());
            }
          });
      try {
        run("crash", 1);
      } catch (Exception e) { // Spark's are checked ones, thrown unsaid
        crashes++;
      }
      healthy();
      buryHolder("crash");
      run("crash", 1);
      assertWhole("crash");
      delete(folder.resolve("crash"));
    }
    assertTrue(crashes > tried / 2, crashes + " of " + tried);
  }

  @Test
  void tasksThatFailNowAndThenAreTriedAgain() throws IOException {
    for (int seed = 0; seed < 24 / STEP; seed++) {
      Random random = new Random(seed);
      FaultyFileSystem.follow(
          (operation, path, bytes) -> {
            boolean shard = path.getName().contains("part-");
            synchronized (random) {
              if (shard && !operation.equals("list") && random.nextInt(12) == 0) {
                throw new IOException("injected, seed");
              }
            }
          });
      int runs = 0;
      while (true) {
        try {
          run("failing" + seed, 1);
          break;
        } catch (Exception e) {
          runs++;
          assertTrue(runs < 50, "seed " + seed + ": " + e);
        }
      }
      healthy();
      assertWhole("failing" + seed);
    }
  }

  @Test
  void aFullDiskEndsTheRunAndRoomLetsItGoOn() throws IOException {
    AtomicLong room = new AtomicLong(5000);
    FaultyFileSystem.follow(
        (operation, path, bytes) -> {
          if (room.addAndGet(-bytes) < 0 && bytes > 0) {
            throw new IOException("No space left on device");
          }
        });
    Exception full = assertThrows(Exception.class, () -> run("full", 1));
    assertTrue(
        oneLine(full).contains("cannot be written (No space left on device)"), oneLine(full));
    healthy();
    run("full", 1);
    assertWhole("full");
  }

  @Test
  void anOutputThatTurnsReadOnlyEndsTheRunAndRightsLetItGoOn() throws IOException {
    AtomicBoolean readOnly = new AtomicBoolean();
    FaultyFileSystem.follow(
        (operation, path, bytes) -> {
          if (operation.equals("rename") && path.getName().equals("part-00001.jsonl")) {
            readOnly.set(true);
          }
          if (readOnly.get()
              && List.of("create", "rename", "delete", "mkdirs").contains(operation)) {
            throw new IOException("Read-only file system");
          }
        });
    Exception refused = assertThrows(Exception.class, () -> run("readonly", 1));
    assertTrue(
        oneLine(refused).contains("(Read-only file system): free space or grant the rights"),
        oneLine(refused));
    healthy();
    buryHolder("readonly");
    run("readonly", 1);
    assertWhole("readonly");
  }

  private static String oneLine(Throwable e) {
    StringBuilder messages = new StringBuilder();
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      messages.append(cause.getMessage()).append('\n');
    }
    return messages.toString();
  }
}
