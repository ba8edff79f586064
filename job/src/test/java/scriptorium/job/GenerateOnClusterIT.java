package scriptorium.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The launcher, the real SparkSubmit, and the same files whatever the cluster, the engine's size,
 * kills and vectors.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GenerateOnClusterIT {
  private static final Path HOME = Path.of(System.getProperty("scriptorium.home"));
  private static final String[] WORK = {
    "--name",
    "set",
    "--model",
    "books-8M",
    "--split",
    "train=90,valid=10,test=10",
    "--shard-rows",
    "8",
    "--top-k",
    "40",
    "--max-new-tokens",
    "40",
    "--seed",
    "77",
    "--merge"
  };
  @TempDir static Path folder;
  private Map<String, String> expected;

  private record Ended(int status, String output) {}

  private static Process start(Map<String, String> environment, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>(List.of(HOME.resolve("job/bin/scriptorium").toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).directory(folder.toFile());
    builder.environment().putAll(environment);
    return builder.start();
  }

  private static Ended run(Map<String, String> environment, String... arguments) throws Exception {
    Process process = start(environment, arguments);
    String output =
        new String(
            process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    assertTrue(process.waitFor(5, TimeUnit.MINUTES));
    return new Ended(process.exitValue(), output);
  }

  private static String[] generate(String out, String... more) {
    List<String> arguments =
        new ArrayList<>(List.of("generate", "--out", folder.resolve(out).toString()));
    arguments.addAll(List.of(WORK));
    arguments.addAll(List.of(more));
    return arguments.toArray(String[]::new);
  }

  /** Shards and merged files of a data set. */
  private static Map<String, String> content(String out) throws IOException {
    Map<String, String> content = new TreeMap<>();
    try (Stream<Path> files = Files.walk(folder.resolve(out))) {
      for (Path file : files.filter(file -> file.toString().endsWith(".jsonl")).toList()) {
        content.put(folder.resolve(out).relativize(file).toString(), Files.readString(file));
      }
    }
    return content;
  }

  @BeforeAll
  void undisturbedRun() throws Exception {
    Ended ended = run(Map.of(), generate("expected", "--master", "local[1]"));
    assertEquals(0, ended.status(), ended.output());
    expected = content("expected");
    assertEquals(12 + 2 + 2 + 3, expected.size());
  }

  @ParameterizedTest
  @CsvSource({
    "two, local[2], --slots 64",
    "few, local[2], --slots 7 --threads 1",
    "one, local[1], --slots 1 --threads 2",
    "cluster, 'local-cluster[2,1,2048]', --cache-memory 512m",
  })
  void theClusterChangesNothing(String out, String master, String more) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("--master", master));
    arguments.addAll(List.of(more.split(" ")));
    Ended ended = run(Map.of(), generate(out, arguments.toArray(String[]::new)));
    assertEquals(0, ended.status(), ended.output());
    assertEquals(expected, content(out));
  }

  @ParameterizedTest
  @CsvSource({"16", "32", "64"})
  void vectorsOfAnySizeChangeNothing(String bytes) throws Exception {
    Ended ended =
        run(Map.of("JAVA_TOOL_OPTIONS", "-XX:MaxVectorSize=" + bytes), generate("vectors" + bytes));
    assertEquals(0, ended.status(), ended.output());
    assertEquals(expected, content("vectors" + bytes));
  }

  @Test
  void theScalarTwinChangesNothing() throws Exception {
    Ended ended =
        run(Map.of("JAVA_TOOL_OPTIONS", "-Dscriptorium.kernels=scalar"), generate("scalar"));
    assertEquals(0, ended.status(), ended.output());
    assertTrue(ended.output().contains("kernels: scalar"), ended.output());
    assertEquals(expected, content("scalar"));
  }

  @Test
  void aKilledRunIsFinishedByTheNext() throws Exception {
    Process first = start(Map.of(), generate("killed", "--master", "local[1]", "--slots", "4"));
    Path train = folder.resolve("killed/set.train");
    while (first.isAlive() && !(Files.isDirectory(train) && parts(train) >= 2)) {
      first.waitFor(20, TimeUnit.MILLISECONDS);
    }
    first.destroyForcibly().waitFor();
    long done = parts(train);
    assertTrue(done >= 2 && done < 12, done + " shards were there at the kill");
    Ended second = run(Map.of(), generate("killed"));
    assertEquals(0, second.status(), second.output());
    assertEquals(expected, content("killed"));
    Ended third = run(Map.of(), generate("killed"));
    assertTrue(third.output().contains("nothing to do"), third.output());
  }

  private static long parts(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.count();
    }
  }

  @Test
  void mistakesEndWithStatusTwoAndVersionsWithZero() throws Exception {
    Ended wrong = run(Map.of(), "generate", "--top-p", "2");
    assertEquals(2, wrong.status(), wrong.output());
    assertTrue(wrong.output().contains("scriptorium: Top-p 2.0"), wrong.output());
    Ended version = run(Map.of(), "--version");
    assertEquals(0, version.status());
    assertTrue(version.output().contains("scriptorium 0.1.0"), version.output());
    Path link =
        Files.createSymbolicLink(folder.resolve("link"), HOME.resolve("job/bin/scriptorium"));
    Process process =
        new ProcessBuilder(link.toString(), "generate", "--help")
            .redirectErrorStream(true)
            .directory(folder.toFile())
            .start();
    assertTrue(
        new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8)
            .contains("--token-columns"));
    assertEquals(0, process.waitFor());
  }

  @Test
  void aMachineWithoutASuitableJdkIsToldSo() throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(HOME.resolve("job/bin/scriptorium").toString(), "--version")
            .redirectErrorStream(true);
    builder.environment().remove("JAVA_HOME");
    builder.environment().put("PATH", "/usr/bin:/bin");
    builder.environment().put("SCRIPTORIUM_JDK_FOLDERS", folder.toString());
    Process process = builder.start();
    String output =
        new String(
            process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    assertEquals(2, process.waitFor(), output);
    assertTrue(output.startsWith("scriptorium: no JDK of at least 25.0.3"), output);
    assertEquals(1, output.lines().count());
  }
}
