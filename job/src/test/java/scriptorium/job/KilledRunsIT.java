package scriptorium.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import scriptorium.job.faults.RowDifference;

/**
 * Drivers and executors killed at random instants; {@code -Dfaults.long=true} kills many more. What
 * is tried and what came of it is printed, a line each.
 */
@Tag("slow")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KilledRunsIT {
  private static final boolean LONG = Boolean.getBoolean("faults.long");
  private static final int DRIVER_KILLS = LONG ? 30 : 3;
  private static final int EXECUTOR_KILLS = LONG ? 50 : 4;
  private static final int ROWS = 5000;
  private static final long SEED = 20261125;
  @TempDir static Path folder;
  private Launcher launcher;
  private Map<String, String> expected;

  private static String[] generate(String out, String master) {
    return new String[] {
      "generate",
      "--name",
      "set",
      "--model",
      "books-8M",
      "--count",
      String.valueOf(ROWS),
      "--shard-rows",
      "100",
      "--top-k",
      "40",
      "--max-new-tokens",
      "6",
      "--quiet",
      "--cache-memory",
      "256m",
      "--master",
      master,
      "--out",
      folder.resolve(out).toString()
    };
  }

  @BeforeAll
  void undisturbedRun() throws Exception {
    launcher = new Launcher(folder);
    Launcher.Ended ended = launcher.run(Map.of(), generate("expected", "local[2]"));
    assertEquals(0, ended.status(), ended.output());
    expected = launcher.content("expected");
    assertEquals(ROWS / 100, expected.size());
  }

  @Test
  void killedDriversLoseNothing() throws Exception {
    Random random = new Random(SEED);
    Tally tally = new Tally("driver kills");
    while (tally.faults < DRIVER_KILLS) {
      String out = "driver" + tally.dataSets;
      Path shards = folder.resolve(out + "/set.train");
      int there = Files.isDirectory(shards) ? Launcher.parts(shards) : 0;
      Process run = launcher.start(Map.of(), generate(out, "local[2]"));
      CompletableFuture<String> output = outputOf(run);
      boolean writing = tally.faults % 4 != 0; // else at its start, or whenever it is
      if (writing) {
        Launcher.awaitShards(run, shards, there + 1);
      }
      if (run.waitFor(random.nextInt(writing ? 1000 : 11_000), TimeUnit.MILLISECONDS)) {
        assertEquals(0, run.exitValue(), output.get());
        tally.finished(out);
      } else {
        run.destroyForcibly().waitFor();
        tally.faults++;
      }
    }
    finish("driver" + tally.dataSets, "local[2]");
    tally.finished("driver" + tally.dataSets);
    tally.print();
  }

  @Test
  void killedExecutorsLoseNothing() throws Exception {
    Random random = new Random(SEED);
    Tally tally = new Tally("executor kills");
    while (tally.faults < EXECUTOR_KILLS) {
      String out = "executor" + tally.dataSets;
      Process run = launcher.start(Map.of(), generate(out, "local-cluster[2,1,1024]"));
      CompletableFuture<String> output = outputOf(run);
      while (!run.waitFor(500 + random.nextInt(3500), TimeUnit.MILLISECONDS)) {
        List<ProcessHandle> executors = executorsOf(run);
        if (!executors.isEmpty() && tally.faults < EXECUTOR_KILLS) {
          executors.get(random.nextInt(executors.size())).destroyForcibly();
          tally.faults++;
        }
      }
      if (run.exitValue() == 0) {
        tally.finished(out);
      } else { // as many kills as Spark has patience for: the same command goes on
        assertEquals(1, run.exitValue(), output.get());
        assertTrue(output.get().contains("the same command goes on"), output.get());
        tally.resumed++;
      }
    }
    if (tally.dataSets == 0 || tally.resumed > 0) {
      finish("executor" + tally.dataSets, "local[2]");
      tally.finished("executor" + tally.dataSets);
    }
    tally.print();
  }

  private void finish(String out, String master) throws Exception {
    Launcher.Ended ended = launcher.run(Map.of(), generate(out, master));
    assertEquals(0, ended.status(), ended.output());
  }

  private static CompletableFuture<String> outputOf(Process run) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
          } catch (java.io.IOException e) {
            return e.toString(); // closed by the kill
          }
        });
  }

  private static List<ProcessHandle> executorsOf(Process run) {
    return run.descendants()
        .filter(
            process ->
                process.info().commandLine().orElse("").contains("CoarseGrainedExecutorBackend"))
        .toList();
  }

  /** Faults of a kind, and how the data sets that had to bear them differ. */
  private final class Tally {
    private final String kind;
    private final List<RowDifference> differences = new ArrayList<>();
    private int faults;
    private int dataSets;
    private int resumed;

    Tally(String kind) {
      this.kind = kind;
    }

    void finished(String out) throws Exception {
      differences.add(RowDifference.of(expected, launcher.content(out)));
      dataSets++;
    }

    void print() {
      System.out.printf(
          Locale.ROOT,
          "faults: %d %s, %d data sets of %,d rows, %d runs begun again: lost %d, doubled %d, changed %d%n",
          faults,
          kind,
          dataSets,
          ROWS,
          resumed,
          differences.stream().mapToLong(RowDifference::lost).sum(),
          differences.stream().mapToLong(RowDifference::doubled).sum(),
          differences.stream().mapToLong(RowDifference::changed).sum());
      differences.forEach(difference -> assertEquals(RowDifference.NONE, difference));
    }
  }
}
