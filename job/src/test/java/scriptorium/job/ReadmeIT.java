package scriptorium.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every command of README.md is run. DIR, OUT and names of released weights stand for what only a
 * user has: the embedded model takes their place, and few rows those of a whole data set.
 */
class ReadmeIT {
  private static final String LAUNCHER = "    job/bin/scriptorium ";
  private static final String SUBMIT = "    spark-submit ";

  /** The commands, each with what the test adds to it. */
  private static final Map<String, String> MORE =
      Map.ofEntries(
          Map.entry("verify OUT", ""),
          Map.entry("verify OUT2", ""),
          Map.entry("generate", "--split train=3,valid=1 --max-new-tokens 2 --out OUT0"),
          Map.entry(
              "generate --preset small-124M-k40",
              "--model books-8M --split train=4 --max-new-tokens 3"),
          Map.entry(
              "generate --preset small-124M-k40 --dry-run",
              "--model books-8M --tokens-per-second 9"),
          Map.entry("generate --model books-8M --prompts", ""),
          Map.entry("generate --count 100", ""),
          Map.entry("score --input datasets/human", ""),
          Map.entry("score --input OUT --tokens-column tokens", ""),
          Map.entry("score --eval lambada", "--model books-8M --input LAMBADA"),
          Map.entry("score --eval wikitext2", "--model books-8M --input WIKITEXT"));

  @TempDir Path folder;

  private List<String> commands(String prefix) throws IOException {
    List<String> commands = new ArrayList<>();
    for (String line : Files.readAllLines(Launcher.HOME.resolve("README.md"))) {
      if (line.startsWith(prefix)) {
        commands.add(line.substring(prefix.length()).replaceFirst(" +#.*", ""));
      }
    }
    return commands;
  }

  @Test
  void everyCommandOfTheLauncherRuns() throws Exception {
    List<String> lambada =
        Files.readAllLines(Launcher.HOME.resolve("datasets/lambada/lambada_test.jsonl"));
    Files.write(folder.resolve("LAMBADA"), lambada.subList(0, 20));
    List<String> wiki =
        Files.readAllLines(Launcher.HOME.resolve("datasets/wikitext-2-raw/wiki.test.raw"));
    Files.write(folder.resolve("WIKITEXT"), wiki.subList(0, 20));
    List<String> books =
        Files.readAllLines(Launcher.HOME.resolve("datasets/human/books.test.jsonl"));
    Files.createDirectories(folder.resolve("HUMAN"));
    Files.write(folder.resolve("HUMAN/books.jsonl"), books.subList(0, 20));
    Set<String> used = new TreeSet<>();
    int number = 0;
    String generated = null;
    String scored = null;
    for (String command : commands(LAUNCHER)) {
      if (isOfTheWalk(command)) {
        continue; // below
      }
      String key =
          MORE.keySet().stream()
              .filter(start -> (command + " ").startsWith(start + " "))
              .max(java.util.Comparator.comparing(String::length))
              .orElseThrow(() -> new AssertionError("README has a new command: " + command));
      used.add(key);
      if (!command.contains("--input OUT ") && !command.startsWith("verify")) {
        number++; // re-scoring reads what the command before it wrote
      }
      String out = folder.resolve("out" + number).toString();
      generated = command.startsWith("generate") ? out : generated;
      scored = command.contains("--out OUT2") ? out + "-scored" : scored;
      String line =
          (command + " " + MORE.get(key))
              .replaceAll("verify OUT\\b", "verify " + generated)
              .replace("verify OUT2", "verify " + scored)
              .replace("OUT2", out + "-scored")
              .replace("OUT0", out)
              .replaceAll("\\bOUT\\b", out)
              .replaceAll("\\bDIR\\b", "datasets")
              .replace("--model 124M ", "")
              .replace("--samples-per-prompt 3 --max-new-tokens 64", "--max-new-tokens 2")
              .replace("datasets/human", "HUMAN")
              .replace(" datasets/", " " + Launcher.HOME + "/datasets/");
      Launcher.Ended ended = new Launcher(folder).run(Map.of(), line.strip().split(" +"));
      assertEquals(0, ended.status(), line + "\n" + ended.output());
    }
    assertEquals(MORE.keySet(), used);
  }

  /** From nothing to detectors, with fewer and shorter samples. */
  @Test
  @Tag("slow")
  void theWalkToDetectorsRuns() throws Exception {
    List<String> walk = commands(LAUNCHER).stream().filter(ReadmeIT::isOfTheWalk).toList();
    assertEquals(7, walk.size());
    for (String command : walk) {
      String line =
          command
              .replaceAll("\\b(T1|K40|NUCLEUS|CORPUS|DETECTORS|OUT)\\b", folder + "/$1")
              .replace("report.html", folder + "/report.html")
              .replace("--count 500 --max-new-tokens 420", "--count 80 --max-new-tokens 40")
              .replace(" datasets/", " " + Launcher.HOME + "/datasets/");
      Launcher.Ended ended = new Launcher(folder).run(Map.of(), line.strip().split(" +"));
      assertEquals(0, ended.status(), line + "\n" + ended.output());
    }
    String results = Files.readString(folder.resolve("DETECTORS/results.json"));
    for (String family : List.of("t1", "k40", "nucleus", "all")) {
      assertTrue(results.contains("\"family\" : \"" + family + "\""), family);
    }
    assertTrue(Files.readString(folder.resolve("report.html")).contains("<svg"));
    String row =
        Files.readAllLines(folder.resolve("OUT/detect.detected/part-00000.jsonl")).getFirst();
    assertTrue(row.contains("\"label_tfidf_lr\":\"") && row.contains("detector_scores_lr"), row);
  }

  private static boolean isOfTheWalk(String command) {
    return command.matches(".*\\b(T1|K40|NUCLEUS|CORPUS|DETECTORS)\\b.*");
  }

  @Test
  void theCommandForAClusterRuns() throws Exception {
    List<String> commands = commands(SUBMIT);
    assertEquals(1, commands.size());
    String arguments =
        commands
            .getFirst()
            .replace("spark://HOST:7077", "local[1]")
            .replace("job/target/", Launcher.HOME + "/job/target/")
            .replace("--model DIR", "--model " + Launcher.HOME + "/datasets/books-8M")
            .replace("--count 100000", "--count 3 --max-new-tokens 2")
            .replace("hdfs:///OUT", folder.resolve("out").toString());
    Path home = Launcher.HOME.resolve("job/target/home");
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-XX:MaxDirectMemorySize=8g",
                "-cp",
                home + "/jars/*",
                "org.apache.spark.deploy.SparkSubmit"));
    command.addAll(1, Launcher.OPENED);
    command.addAll(List.of(arguments.split(" +")));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).directory(folder.toFile());
    builder.environment().put("SPARK_HOME", home.toString());
    builder.environment().put("SPARK_SCALA_VERSION", "2.13");
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    Process process = builder.start();
    Launcher.Ended ended = Launcher.end(process);
    assertEquals(0, ended.status(), ended.output());
    assertTrue(Files.exists(folder.resolve("out/manifest.json")), ended.output());
  }
}
