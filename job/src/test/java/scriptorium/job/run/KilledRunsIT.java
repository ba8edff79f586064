package scriptorium.job.run;

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
import scriptorium.job.testing.Launcher;
import scriptorium.job.testing.RowDifference;

/**
 * Drivers and executors killed at random instants; {@code -Dfaults.long=true} kills many more. What
 * is tried and what came of it is printed, a line each. Runs whose driver is killed have settings
 * of each prompt and every step of sampling.
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
  private Map<String, String> plain;
  private Map<String, String> mixed;

  private static String[] generate(String out, String master, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "generate",
                "--name",
                "set",
                "--model",
                "books-8M",
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
                folder.resolve(out).toString()));
    arguments.addAll(List.of(more));
    return arguments.toArray(String[]::new);
  }

  private static String[] plain(String out, String master) {
    return generate(out, master, "--count", String.valueOf(ROWS));
  }

  /** Half the rows have settings of their own, all are the better of two and end at a full stop. */
  private static String[] mixed(String out, String master) {
    return generate(
        out,
        master,
        "--prompts",
        folder.resolve("prompts.jsonl").toString(),
        "--prompt-settings",
        "temperature,top_k,max_new_tokens",
        "--samples-per-prompt",
        "2",
        "--best-of",
        "2",
        "--stop",
        ".",
        "--min-p",
        "0.001",
        "--typical-p",
        "0.98",
        "--repetition-penalty",
        "1.1",
        "--no-repeat-ngram",
        "3",
        "--min-new-tokens",
        "1");
  }

  @BeforeAll
  void undisturbedRuns() throws Exception {
    launcher = new Launcher(folder);
    StringBuilder prompts = new StringBuilder();
    for (int i = 0; i < ROWS / 2; i++) {
      prompts.append("{\"text\":\"On day ").append(i).append(" of the\"");
      prompts.append(
          i % 2 == 0 ? "" : ",\"temperature\":0.%d,\"top_k\":%d".formatted(5 + i % 5, i % 50));
      prompts.append(i % 3 == 0 ? ",\"max_new_tokens\":%d}\n".formatted(1 + i % 8) : "}\n");
    }
    Files.writeString(folder.resolve("prompts.jsonl"), prompts);
    plain = undisturbed(plain("plain", "local[2]"), "plain");
    mixed = undisturbed(mixed("mixed", "local[2]"), "mixed");
  }

  private Map<String, String> undisturbed(String[] command, String out) throws Exception {
    Launcher.Ended ended = launcher.run(Map.of(), command);
    assertEquals(0, ended.status(), ended.output());
    Map<String, String> content = launcher.content(out);
    assertEquals(ROWS / 100, content.size());
    return content;
  }

  @Test
  void killedDriversLoseNothing() throws Exception {
    Random random = new Random(SEED);
    Tally tally = new Tally("driver kills", mixed);
    while (tally.faults < DRIVER_KILLS) {
      String out = "driver" + tally.dataSets;
      Path shards = folder.resolve(out + "/set.train");
      int there = Files.isDirectory(shards) ? Launcher.parts(shards) : 0;
      Process run = launcher.start(Map.of(), mixed(out, "local[2]"));
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
    finish(mixed("driver" + tally.dataSets, "local[2]"));
    tally.finished("driver" + tally.dataSets);
    tally.print();
  }

  @Test
  void killedExecutorsLoseNothing() throws Exception {
    Random random = new Random(SEED);
    Tally tally = new Tally("executor kills", plain);
    while (tally.faults < EXECUTOR_KILLS) {
      String out = "executor" + tally.dataSets;
      Process run = launcher.start(Map.of(), plain(out, "local-cluster[2,1,1024]"));
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
        assertTrue(output.get().contains("the same command resumes"), output.get());
        tally.resumed++;
      }
    }
    if (tally.dataSets == 0 || tally.resumed > 0) {
      finish(plain("executor" + tally.dataSets, "local[2]"));
      tally.finished("executor" + tally.dataSets);
    }
    tally.print();
  }

  private void finish(String[] command) throws Exception {
    Launcher.Ended ended = launcher.run(Map.of(), command);
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
    private final Map<String, String> expected;
    private final List<RowDifference> differences = new ArrayList<>();
    private int faults;
    private int dataSets;
    private int resumed;

    Tally(String kind, Map<String, String> expected) {
      this.kind = kind;
      this.expected = expected;
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
