package scriptorium.job.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.apache.hadoop.yarn.server.MiniYARNCluster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import scriptorium.job.testing.Launcher;
import scriptorium.job.testing.RowDifference;

/** The packaged jar on YARN, with conf/yarn as it is but for what is this machine's. */
@Tag("slow")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class YarnIT {
  @TempDir static Path folder;
  private Launcher launcher;
  private MiniYARNCluster cluster;
  private Map<String, String> expected;

  private static List<String> generate(String out) {
    List<String> arguments = new ArrayList<>(List.of("generate", "--name", "set", "--model"));
    arguments.add(Launcher.HOME.resolve("datasets/books-8M").toString());
    arguments.addAll(List.of("--count", "40", "--shard-rows", "5", "--max-new-tokens", "20"));
    arguments.addAll(List.of("--threads", "1", "--cache-memory", "64m", "--slots", "16"));
    arguments.addAll(List.of("--out", folder.resolve(out).toUri().toString()));
    return arguments;
  }

  @BeforeAll
  void start() throws Exception {
    launcher = new Launcher(folder);
    Launcher.Ended ended = launcher.run(Map.of(), generate("expected").toArray(String[]::new));
    assertEquals(0, ended.status(), ended.output());
    expected = launcher.content("expected");
    assertEquals(8, expected.size());
    YarnConfiguration conf = new YarnConfiguration();
    conf.setInt("yarn.minicluster.yarn.nodemanager.resource.memory-mb", 32 << 10);
    conf.setInt("yarn.scheduler.maximum-allocation-mb", 32 << 10);
    conf.setInt("yarn.nodemanager.resource.cpu-vcores", 32);
    conf.setInt("yarn.scheduler.maximum-allocation-vcores", 32);
    conf.setFloat(
        "yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage", 100);
    conf.set("yarn.scheduler.capacity.maximum-am-resource-percent", "1");
    conf.set("yarn.scheduler.capacity.root.queues", "default");
    conf.set("yarn.scheduler.capacity.root.capacity", "100");
    conf.set("yarn.scheduler.capacity.root.default.capacity", "100");
    cluster = new MiniYARNCluster("YarnIT", 1, 1, 1);
    cluster.init(conf);
    cluster.start();
    assertTrue(cluster.waitForNodeManagersToConnect(60_000));
    Files.createDirectory(folder.resolve("yarn-conf"));
    try (OutputStream out = Files.newOutputStream(folder.resolve("yarn-conf/yarn-site.xml"))) {
      cluster.getConfig().writeXml(out);
    }
    sparkWithYarn();
  }

  @AfterAll
  void stop() {
    if (cluster != null) {
      cluster.stop();
    }
  }

  /** Spark's jars and its part for YARN, as a distribution has them. */
  private static void sparkWithYarn() throws Exception {
    Path jars = Files.createDirectories(folder.resolve("spark/jars"));
    try (Stream<Path> files = Files.list(Launcher.HOME.resolve("job/target/home/jars"))) {
      for (Path jar : files.toList()) {
        Files.createSymbolicLink(jars.resolve(jar.getFileName()), jar);
      }
    }
    Path yarn =
        Path.of(
            Class.forName("org.apache.spark.deploy.yarn.Client")
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
    Files.createSymbolicLink(jars.resolve(yarn.getFileName()), yarn);
  }

  @ParameterizedTest
  @ValueSource(strings = {"cluster", "client"})
  void yarnWritesTheSameBytes(String mode) throws Exception {
    String java = System.getProperty("java.home");
    List<String> command = new ArrayList<>(List.of(Path.of(java, "bin/java").toString(), "-Xmx1g"));
    command.addAll(Launcher.OPENED);
    command.addAll(List.of("--add-modules=jdk.incubator.vector", "-cp"));
    command.add(folder.resolve("yarn-conf") + File.pathSeparator + folder.resolve("spark/jars/*"));
    command.add("org.apache.spark.deploy.SparkSubmit");
    command.add("--properties-file");
    command.add(Launcher.HOME.resolve("conf/yarn/spark-defaults.conf").toString());
    command.addAll(List.of("--deploy-mode", mode));
    for (String setting :
        List.of(
            "spark.executor.instances=2",
            "spark.executorEnv.JAVA_HOME=" + java,
            "spark.yarn.appMasterEnv.JAVA_HOME=" + java,
            "spark.yarn.jars=local:" + folder.resolve("spark/jars/*"),
            "spark.yarn.stagingDir=" + folder.resolve("staging").toUri(),
            "spark.yarn.submit.waitAppCompletion=true")) {
      command.addAll(List.of("--conf", setting));
    }
    command.addAll(List.of("--class", "scriptorium.job.Main"));
    command.add(Launcher.HOME.resolve("job/target/scriptorium-job.jar").toString());
    command.addAll(generate(mode));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).directory(folder.toFile());
    builder.environment().put("SPARK_HOME", folder.resolve("spark").toString());
    builder.environment().put("SPARK_SCALA_VERSION", "2.13");
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    builder.environment().put("HADOOP_CONF_DIR", folder.resolve("yarn-conf").toString());
    Launcher.Ended ended = Launcher.end(builder.start());
    assertEquals(0, ended.status(), ended.output());
    Map<String, String> found = launcher.content(mode);
    assertEquals(RowDifference.NONE, RowDifference.of(expected, found));
    assertEquals(expected, found);
  }
}
