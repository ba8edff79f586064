package scriptorium.job.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import scriptorium.job.testing.Launcher;

/**
 * The launcher, the real SparkSubmit, and the same files whatever the cluster, the engine's size,
 * kills and vectors.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GenerateOnClusterIT {
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
  private Launcher launcher;
  private Map<String, String> expected;

  private static String[] generate(String out, String... more) {
    List<String> arguments =
        new ArrayList<>(List.of("generate", "--out", folder.resolve(out).toString()));
    arguments.addAll(List.of(WORK));
    arguments.addAll(List.of(more));
    return arguments.toArray(String[]::new);
  }

  @BeforeAll
  void undisturbedRun() throws Exception {
    launcher = new Launcher(folder);
    Launcher.Ended ended = launcher.run(Map.of(), generate("expected", "--master", "local[1]"));
    assertEquals(0, ended.status(), ended.output());
    expected = launcher.content("expected");
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
    Launcher.Ended ended = launcher.run(Map.of(), generate(out, arguments.toArray(String[]::new)));
    assertEquals(0, ended.status(), ended.output());
    assertEquals(expected, launcher.content(out));
  }

  @Tag("slow")
  @ParameterizedTest
  @CsvSource({"16", "32", "64"})
  void vectorsOfAnySizeChangeNothing(String bytes) throws Exception {
    Launcher.Ended ended =
        launcher.run(
            Map.of("JAVA_TOOL_OPTIONS", "-XX:MaxVectorSize=" + bytes), generate("vectors" + bytes));
    assertEquals(0, ended.status(), ended.output());
    assertEquals(expected, launcher.content("vectors" + bytes));
  }

  @Tag("slow")
  @ParameterizedTest
  @CsvSource({
    "vectors, Vector API, local[2], --kernels vector-api",
    "plain, scalar, local[2], --kernels scalar",
    "vectors-cluster, '', 'local-cluster[2,1,2048]', --kernels vector-api --cache-memory 512m",
    "plain-cluster, '', 'local-cluster[2,1,2048]', --kernels scalar --cache-memory 512m",
  })
  void theKernelsChangeNothing(String out, String told, String master, String more)
      throws Exception {
    List<String> arguments = new ArrayList<>(List.of("--master", master));
    arguments.addAll(List.of(more.split(" ")));
    Launcher.Ended ended = launcher.run(Map.of(), generate(out, arguments.toArray(String[]::new)));
    assertEquals(0, ended.status(), ended.output());
    assertTrue(told.isEmpty() || ended.output().contains("kernels: " + told), ended.output());
    assertEquals(expected, launcher.content(out));
  }

  @Tag("slow")
  @Test
  void aKilledRunIsFinishedByTheNext() throws Exception {
    Process first =
        launcher.start(Map.of(), generate("killed", "--master", "local[1]", "--slots", "4"));
    long done = Launcher.killAtShard(first, folder.resolve("killed/set.train"), 2);
    assertTrue(done >= 2 && done < 12, done + " shards were there at the kill");
    Launcher.Ended second = launcher.run(Map.of(), generate("killed"));
    assertEquals(0, second.status(), second.output());
    assertEquals(expected, launcher.content("killed"));
    Launcher.Ended third = launcher.run(Map.of(), generate("killed"));
    assertTrue(third.output().contains("nothing to do"), third.output());
  }

  @Test
  void mistakesEndWithStatusTwoAndVersionsWithZero() throws Exception {
    Launcher.Ended wrong = launcher.run(Map.of(), "generate", "--top-p", "2");
    assertEquals(2, wrong.status(), wrong.output());
    assertTrue(wrong.output().contains("scriptorium: Top-p 2.0"), wrong.output());
    Launcher.Ended version = launcher.run(Map.of(), "--version");
    assertEquals(0, version.status());
    assertTrue(version.output().contains("scriptorium 0.2.0"), version.output());
    Path link =
        Files.createSymbolicLink(
            folder.resolve("link"), Launcher.HOME.resolve("job/bin/scriptorium"));
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

  @ParameterizedTest
  @CsvSource({
    "foo, 2g, Invalid master foo",
    "'local[x]', 2g, Invalid master local[x]",
    "'spark://', 2g, Invalid master spark://",
    "yarn, 2g, Master yarn is for your cluster's own spark-submit",
    "'k8s://https://host:6443', 2g, Master k8s://https://host:6443 is for your cluster's own",
    "'local[1]', lots, Invalid SCRIPTORIUM_DRIVER_MEMORY lots",
  })
  void whatSparkSubmitWouldStumbleOverIsOneLine(String master, String memory, String expected)
      throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
                Launcher.HOME.resolve("job/bin/scriptorium").toString(),
                "generate",
                "--master",
                master)
            .redirectErrorStream(true)
            .directory(folder.toFile());
    builder.environment().put("SCRIPTORIUM_DRIVER_MEMORY", memory);
    Launcher.Ended ended = Launcher.end(builder.start());
    assertEquals(2, ended.status(), ended.output());
    assertTrue(ended.output().startsWith("scriptorium: " + expected), ended.output());
    assertEquals(1, ended.output().lines().count());
  }

  @Test
  void commandsStartFromTheStartCache() throws Exception {
    Launcher.Ended written =
        Launcher.end(
            new ProcessBuilder(Launcher.HOME.resolve("job/bin/start-cache").toString())
                .redirectErrorStream(true)
                .start());
    assertEquals(0, written.status(), written.output());
    assertTrue(written.output().contains("the start cache is there"), written.output());
    // Such a JVM ends where it can't use its cache.
    Map<String, String> demanding = Map.of("JAVA_TOOL_OPTIONS", "-XX:AOTMode=on");
    Launcher.Ended ended =
        launcher.run(
            demanding, "generate", "--count", "1", "--max-new-tokens", "4", "--out", "cached");
    assertEquals(0, ended.status(), ended.output());
  }

  @Test
  void aSpoiltStartCacheIsPassedOver() throws Exception {
    Path copy = folder.resolve("copy");
    Files.createDirectories(copy.resolve("job/target/home"));
    for (String path :
        List.of(
            ".mvn", "conf", "datasets", "job/target/scriptorium-job.jar", "job/target/home/jars")) {
      Files.createSymbolicLink(copy.resolve(path), Launcher.HOME.resolve(path));
    }
    Path run = Files.createDirectories(copy.resolve("job/bin")).resolve("scriptorium");
    Files.copy(Launcher.HOME.resolve("job/bin/scriptorium"), run);
    Files.writeString(copy.resolve("job/target/home/start.aot"), "no cache");
    Launcher.Ended ended =
        Launcher.end(
            new ProcessBuilder(
                    run.toString(),
                    "generate",
                    "--count",
                    "1",
                    "--max-new-tokens",
                    "4",
                    "--out",
                    "passed")
                .redirectErrorStream(true)
                .directory(folder.toFile())
                .start());
    assertEquals(0, ended.status(), ended.output());
    assertFalse(ended.output().contains("aot"), ended.output());
  }

  @Test
  void aMachineWithoutASuitableJdkIsToldSo() throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(Launcher.HOME.resolve("job/bin/scriptorium").toString(), "--version")
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
