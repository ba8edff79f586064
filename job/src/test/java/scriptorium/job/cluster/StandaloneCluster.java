package scriptorium.job.cluster;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import scriptorium.job.testing.Launcher;

/** A Spark standalone master and two workers, 127.0.0.1 and 127.0.0.2, as processes. */
final class StandaloneCluster implements AutoCloseable {
  private static final Path HOME = Launcher.HOME.resolve("job/target/home");
  private final Path folder;
  private final List<String> settings;
  private final List<Process> processes = new ArrayList<>();
  private final String url;

  /**
   * Starts it.
   *
   * @param folder for logs and the workers' files
   * @param settings of Spark, such as {@code -Dspark.authenticate=true}
   */
  StandaloneCluster(Path folder, List<String> settings) throws Exception {
    this.folder = folder;
    this.settings = settings;
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      port = free.getLocalPort();
    }
    url = "spark://127.0.0.1:" + port;
    start("master", "master.Master", "--host", "127.0.0.1", "--port", String.valueOf(port));
    await("master", "New state: ALIVE");
    for (String host : List.of("127.0.0.1", "127.0.0.2")) {
      start(
          host,
          "worker.Worker",
          "--host",
          host,
          "--cores",
          "1",
          "--memory",
          "1g",
          "--work-dir",
          folder.resolve("work").toString(),
          url);
    }
    for (String host : List.of("127.0.0.1", "127.0.0.2")) {
      await(host, "Successfully registered with master");
    }
  }

  private void start(String name, String main, String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(Path.of(System.getProperty("java.home"), "bin/java").toString(), "-Xmx512m"));
    command.addAll(Launcher.OPENED);
    command.addAll(settings);
    command.add("-Dlog4j2.configurationFile=" + folder.resolve("cluster-log.properties"));
    command.addAll(List.of("-cp", HOME + "/jars/*", "org.apache.spark.deploy." + main));
    command.addAll(List.of("--webui-port", "0"));
    command.addAll(List.of(arguments));
    Files.createDirectories(folder);
    Files.writeString(
        folder.resolve("cluster-log.properties"),
        """
        rootLogger.level = info
        rootLogger.appenderRef.stderr.ref = stderr
        appender.console.type = Console
        appender.console.name = stderr
        appender.console.target = SYSTEM_ERR
        appender.console.layout.type = PatternLayout
        appender.console.layout.pattern = %m%n
        """);
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve(name + ".log").toFile());
    builder.environment().put("SPARK_HOME", HOME.toString());
    builder.environment().put("SPARK_SCALA_VERSION", "2.13");
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    processes.add(builder.start());
  }

  private void await(String name, String words) throws Exception {
    Path log = folder.resolve(name + ".log");
    for (int i = 0; i < 600; i++) {
      if (Files.exists(log) && Files.readString(log).contains(words)) {
        return;
      }
      TimeUnit.MILLISECONDS.sleep(100);
    }
    assertTrue(false, name + " did not say " + words + ": " + Files.readString(log));
  }

  /** The master's address for {@code --master}. */
  String url() {
    return url;
  }

  /** Kills the second worker with its executors, as if its machine were lost. */
  void loseAWorker() throws InterruptedException {
    Process worker = processes.getLast();
    List<ProcessHandle> executors = worker.descendants().toList();
    worker.destroyForcibly().waitFor();
    executors.forEach(ProcessHandle::destroyForcibly);
  }

  @Override
  public void close() {
    for (Process process : processes.reversed()) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().onExit().join();
    }
  }
}
