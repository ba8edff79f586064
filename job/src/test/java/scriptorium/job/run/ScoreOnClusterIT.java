package scriptorium.job.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import scriptorium.job.testing.Launcher;

/** The same scores whatever the cluster, the engine's size, kills and vectors. */
@Tag("slow")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ScoreOnClusterIT {
  private static final int ROWS = 75;
  @TempDir static Path folder;
  private Launcher launcher;
  private Map<String, String> expected;

  private static String[] score(String out, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "score",
                "--input",
                folder.resolve("in").toString(),
                "--name",
                "texts",
                "--model",
                "books-8M",
                "--shard-rows",
                "8",
                "--stride",
                "400",
                "--columns",
                "all,token_log_likelihoods,context",
                "--out",
                folder.resolve(out).toString()));
    arguments.addAll(List.of(more));
    return arguments.toArray(String[]::new);
  }

  /** Two files of texts of all lengths, one beyond the context, and some bad lines. */
  @BeforeAll
  void undisturbedRun() throws Exception {
    launcher = new Launcher(folder);
    Files.createDirectories(folder.resolve("in"));
    StringBuilder first = new StringBuilder();
    StringBuilder second = new StringBuilder("no json\n");
    StringBuilder whole = new StringBuilder();
    for (String text : books()) {
      int row = whole.length() % 7;
      whole.append(text);
      String cut = text.substring(0, Math.min(text.length(), 30 + 90 * row));
      (first.length() < 12_000 ? first : second).append(line(cut));
    }
    second.append(line(whole.substring(0, 7000)));
    Files.writeString(folder.resolve("in/a.jsonl"), first);
    try (OutputStream out =
        new GZIPOutputStream(Files.newOutputStream(folder.resolve("in/b.jsonl.gz")))) {
      out.write(second.toString().getBytes(StandardCharsets.UTF_8));
    }
    Launcher.Ended ended = launcher.run(Map.of(), score("expected", "--master", "local[1]"));
    assertEquals(0, ended.status(), ended.output());
    expected = launcher.content("expected");
    assertEquals((ROWS + 2 + 7) / 8, expected.size());
  }

  private static String line(String text) {
    return new ObjectMapper().createObjectNode().put("text", text) + "\n";
  }

  private static List<String> books() throws IOException {
    List<String> texts = new ArrayList<>();
    Path file = Launcher.HOME.resolve("datasets/human/books.test.jsonl");
    try (Stream<String> lines = Files.lines(file)) {
      for (String line : lines.limit(ROWS).toList()) {
        texts.add(new ObjectMapper().readTree(line).get("text").asText());
      }
    }
    return texts;
  }

  @ParameterizedTest
  @CsvSource({
    "few, local[2], --slots 3 --threads 1, ''",
    "cluster, 'local-cluster[2,1,2048]', --cache-memory 512m, ''",
    "narrow, local[2], --slots 64, -XX:MaxVectorSize=16",
    "scalar, local[2], --quiet, -Dscriptorium.kernels=scalar",
  })
  void theClusterChangesNothing(String out, String master, String more, String jvm)
      throws Exception {
    List<String> arguments = new ArrayList<>(List.of("--master", master));
    arguments.addAll(List.of(more.split(" ")));
    Launcher.Ended ended =
        launcher.run(
            Map.of("JAVA_TOOL_OPTIONS", jvm), score(out, arguments.toArray(String[]::new)));
    assertEquals(0, ended.status(), ended.output());
    assertEquals(expected, launcher.content(out));
  }

  @ParameterizedTest
  @CsvSource({
    "kryo, spark.serializer org.apache.spark.serializer.KryoSerializer, spark.kryo.registrationRequired true",
    "growing, spark.dynamicAllocation.enabled true, spark.dynamicAllocation.shuffleTracking.enabled true",
    "twice, spark.speculation true, spark.speculation.quantile 0.1",
  })
  void sparksSettingsChangeNothing(String out, String first, String second) throws Exception {
    Map<String, String> settings =
        launcher.settings("conf-" + out, first, second, "spark.speculation.multiplier 1.01");
    Launcher.Ended ended =
        launcher.run(
            settings, score(out, "--master", "local-cluster[2,1,2048]", "--cache-memory", "512m"));
    assertEquals(0, ended.status(), ended.output());
    assertEquals(expected, launcher.content(out));
  }

  @Test
  void aKilledRunIsFinishedByTheNext() throws Exception {
    Process first =
        launcher.start(Map.of(), score("killed", "--master", "local[1]", "--slots", "2"));
    long done = Launcher.killAtShard(first, folder.resolve("killed/texts.scored"), 2);
    assertTrue(done >= 2 && done < expected.size(), done + " shards were there at the kill");
    Launcher.Ended second = launcher.run(Map.of(), score("killed"));
    assertEquals(0, second.status(), second.output());
    assertEquals(expected, launcher.content("killed"));
    Launcher.Ended third = launcher.run(Map.of(), score("killed"));
    assertTrue(third.output().contains("nothing to do"), third.output());
  }
}
