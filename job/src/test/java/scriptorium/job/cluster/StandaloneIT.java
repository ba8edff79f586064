package scriptorium.job.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import scriptorium.job.testing.FaultyFileSystem;
import scriptorium.job.testing.Launcher;
import scriptorium.job.testing.RowDifference;

/** The packaged jar on a standalone cluster of two workers, through SparkSubmit. */
@Tag("slow")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StandaloneIT {
  @TempDir static Path folder;
  private Launcher launcher;
  private Map<String, String> expected;

  private static String[] generate(String out, String master) {
    List<String> arguments =
        new ArrayList<>(
            List.of("generate", "--name", "set", "--model", "books-8M", "--count", "400"));
    arguments.addAll(List.of("--shard-rows", "10", "--max-new-tokens", "40", "--quiet"));
    arguments.addAll(List.of("--cache-memory", "64m", "--slots", "16", "--master", master));
    arguments.addAll(List.of("--out", out));
    return arguments.toArray(String[]::new);
  }

  @BeforeAll
  void undisturbedRun() throws Exception {
    launcher = new Launcher(folder);
    Launcher.Ended ended =
        launcher.run(Map.of(), generate(folder.resolve("expected").toString(), "local[2]"));
    assertEquals(0, ended.status(), ended.output());
    expected = launcher.content("expected");
    assertEquals(40, expected.size());
  }

  private Map<String, String> settings(String name, String... more) throws IOException {
    List<String> all =
        new ArrayList<>(
            List.of(
                "spark.driver.host 127.0.0.1",
                "spark.driver.bindAddress 127.0.0.1",
                "spark.executor.memory 700m",
                "spark.executor.cores 1"));
    all.addAll(List.of(more));
    return launcher.settings(name, all.toArray(String[]::new));
  }

  private void assertSame(String out) throws IOException {
    Map<String, String> found = launcher.content(out);
    assertEquals(RowDifference.NONE, RowDifference.of(expected, found));
    assertEquals(expected, found);
  }

  @Test
  void anAuthenticatedAndEncryptedClusterWritesTheSameBytes() throws Exception {
    List<String> security =
        List.of(
            "spark.authenticate=true",
            "spark.authenticate.secret=only-for-this-test",
            "spark.network.crypto.enabled=true");
    try (StandaloneCluster cluster =
        new StandaloneCluster(
            folder.resolve("secure"), security.stream().map(each -> "-D" + each).toList())) {
      List<String> more =
          new ArrayList<>(security.stream().map(each -> each.replace('=', ' ')).toList());
      more.add("spark.io.encryption.enabled true");
      Launcher.Ended ended =
          launcher.run(
              settings("secure-conf", more.toArray(String[]::new)),
              generate(folder.resolve("secured").toString(), cluster.url()));
      assertEquals(0, ended.status(), ended.output());
      assertSame("secured");
    }
  }

  @Test
  void slowTasksAreWrittenTwiceAndAreThereOnce() throws Exception {
    Path jar = folder.resolve("faulty.jar");
    try (OutputStream out = Files.newOutputStream(jar);
        JarOutputStream classes = new JarOutputStream(out)) {
      for (String name : List.of("", "$Plan", "$FaultyStream")) {
        String entry = FaultyFileSystem.class.getName().replace('.', '/') + name + ".class";
        classes.putNextEntry(new JarEntry(entry));
        try (InputStream in = getClass().getClassLoader().getResourceAsStream(entry)) {
          in.transferTo(classes);
        }
      }
    }
    Path events = Files.createDirectory(folder.resolve("events"));
    Map<String, String> settings =
        settings(
            "speculation-conf",
            "spark.jars " + jar,
            "spark.hadoop.fs.faulty.impl " + FaultyFileSystem.class.getName(),
            "spark.hadoop." + FaultyFileSystem.SLOW_EXECUTOR + " 0",
            "spark.hadoop." + FaultyFileSystem.SLOW_MILLIS + " 3000",
            "spark.speculation true",
            "spark.speculation.interval 100ms",
            "spark.speculation.multiplier 1.1",
            "spark.speculation.quantile 0.25",
            "spark.speculation.minTaskRuntime 100ms",
            "spark.eventLog.enabled true",
            "spark.eventLog.rolling.enabled false",
            "spark.eventLog.compress false",
            "spark.eventLog.dir " + events.toUri());
    try (StandaloneCluster cluster = new StandaloneCluster(folder.resolve("slow"), List.of())) {
      Launcher.Ended ended =
          launcher.run(settings, generate("faulty:" + folder.resolve("slowly"), cluster.url()));
      assertEquals(0, ended.status(), ended.output());
    }
    long copies = 0;
    try (Stream<Path> logs = Files.list(events)) {
      for (Path log : logs.toList()) {
        copies +=
            Files.readString(log)
                .lines()
                .filter(line -> line.contains("SparkListenerTaskStart"))
                .filter(line -> line.contains("\"Speculative\":true"))
                .count();
      }
    }
    assertTrue(copies > 0, "no task was run twice");
    assertSame("slowly");
  }

  @Test
  void aKilledDriverLeavesExecutorsThatChangeNothing() throws Exception {
    try (StandaloneCluster cluster = new StandaloneCluster(folder.resolve("headless"), List.of())) {
      Map<String, String> settings = settings("headless-conf");
      String[] command = generate(folder.resolve("orphaned").toString(), cluster.url());
      for (int shards : new int[] {5, 15}) {
        Process run = launcher.start(settings, command);
        Launcher.awaitShards(run, folder.resolve("orphaned/set.train"), shards);
        run.destroyForcibly().waitFor(); // its executors learn of it later
      }
      Launcher.Ended ended = launcher.run(settings, command);
      assertEquals(0, ended.status(), ended.output());
      assertSame("orphaned");
    }
  }

  @Test
  void theSettingsOfConfWriteTheSameBytes() throws Exception {
    try (StandaloneCluster cluster = new StandaloneCluster(folder.resolve("plain"), List.of())) {
      Map<String, String> settings =
          Map.of(
              "SPARK_CONF_DIR",
              Launcher.HOME.resolve("conf/standalone").toString(),
              "SPARK_LOCAL_IP",
              "127.0.0.1");
      Launcher.Ended ended =
          launcher.run(settings, generate(folder.resolve("as-is").toString(), cluster.url()));
      assertEquals(0, ended.status(), ended.output());
      assertSame("as-is");
    }
  }

  @Test
  void aLostWorkerCostsNothing() throws Exception {
    try (StandaloneCluster cluster = new StandaloneCluster(folder.resolve("lossy"), List.of())) {
      Process run =
          launcher.start(
              settings("lossy-conf"), generate(folder.resolve("lost").toString(), cluster.url()));
      Launcher.awaitShards(run, folder.resolve("lost/set.train"), 5);
      cluster.loseAWorker();
      Launcher.Ended ended = Launcher.end(run);
      assertEquals(0, ended.status(), ended.output());
      assertSame("lost");
    }
  }
}
