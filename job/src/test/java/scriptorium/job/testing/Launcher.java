package scriptorium.job.testing;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Starts commands as a user does, by the launcher, in a folder. */
public record Launcher(Path folder) {
  public static final Path HOME = Path.of(System.getProperty("scriptorium.home"));

  /** Packages that a Spark of its own opens for itself. */
  public static final List<String> OPENED =
      List.of(
              "java.lang",
              "java.lang.invoke",
              "java.io",
              "java.net",
              "java.nio",
              "java.util",
              "java.util.concurrent",
              "sun.nio.ch",
              "sun.util.calendar")
          .stream()
          .map(opened -> "--add-opens=java.base/" + opened + "=ALL-UNNAMED")
          .toList();

  /** A command that has ended, and all that it printed. */
  public record Ended(int status, String output) {}

  public Process start(Map<String, String> environment, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(HOME.resolve("job/bin/scriptorium").toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).directory(folder.toFile());
    builder.environment().putAll(environment);
    return builder.start();
  }

  public Ended run(Map<String, String> environment, String... arguments) throws Exception {
    return end(start(environment, arguments));
  }

  /** Waits for a command's end. */
  public static Ended end(Process process) throws Exception {
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(5, TimeUnit.MINUTES));
    return new Ended(process.exitValue(), output);
  }

  /** An environment whose Spark has the settings that the launcher starts from, and more. */
  public Map<String, String> settings(String name, String... more) throws IOException {
    Path settings = Files.createDirectories(folder.resolve(name));
    Path ours = HOME.resolve("conf");
    Files.copy(ours.resolve("log4j2.properties"), settings.resolve("log4j2.properties"));
    Files.writeString(
        settings.resolve("spark-defaults.conf"),
        Files.readString(ours.resolve("spark-defaults.conf"))
            + "\n"
            + String.join("\n", more)
            + "\n");
    return Map.of("SPARK_CONF_DIR", settings.toString());
  }

  /** Shards and merged files of a data set. */
  public Map<String, String> content(String out) throws IOException {
    Map<String, String> content = new TreeMap<>();
    try (Stream<Path> files = Files.walk(folder.resolve(out))) {
      for (Path file : files.filter(file -> file.toString().endsWith(".jsonl")).toList()) {
        content.put(folder.resolve(out).relativize(file).toString(), Files.readString(file));
      }
    }
    return content;
  }

  /** Kills a run when its split's folder holds some of its shards, and returns how many. */
  public static long killAtShard(Process run, Path split, int shards) throws Exception {
    awaitShards(run, split, shards);
    run.destroyForcibly().waitFor();
    return parts(split);
  }

  /** Waits until a split's folder holds some shards, or the run has ended. */
  public static void awaitShards(Process run, Path split, int shards) throws Exception {
    while (run.isAlive() && !(Files.isDirectory(split) && parts(split) >= shards)) {
      run.waitFor(20, TimeUnit.MILLISECONDS);
    }
  }

  /** How many files a folder holds. */
  public static int parts(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return (int) files.count();
    }
  }
}
