package scriptorium.job;

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
record Launcher(Path folder) {
  static final Path HOME = Path.of(System.getProperty("scriptorium.home"));

  /** A command that has ended, and all that it printed. */
  record Ended(int status, String output) {}

  Process start(Map<String, String> environment, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(HOME.resolve("job/bin/scriptorium").toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).directory(folder.toFile());
    builder.environment().putAll(environment);
    return builder.start();
  }

  Ended run(Map<String, String> environment, String... arguments) throws Exception {
    Process process = start(environment, arguments);
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(5, TimeUnit.MINUTES));
    return new Ended(process.exitValue(), output);
  }

  /** Shards and merged files of a data set. */
  Map<String, String> content(String out) throws IOException {
    Map<String, String> content = new TreeMap<>();
    try (Stream<Path> files = Files.walk(folder.resolve(out))) {
      for (Path file : files.filter(file -> file.toString().endsWith(".jsonl")).toList()) {
        content.put(folder.resolve(out).relativize(file).toString(), Files.readString(file));
      }
    }
    return content;
  }

  /** Kills a run when its split's folder holds some of its shards, and returns how many. */
  static long killAtShard(Process run, Path split, int shards) throws Exception {
    while (run.isAlive() && !(Files.isDirectory(split) && parts(split) >= shards)) {
      run.waitFor(20, TimeUnit.MILLISECONDS);
    }
    run.destroyForcibly().waitFor();
    return parts(split);
  }

  static long parts(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.count();
    }
  }
}
