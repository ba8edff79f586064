package scriptorium.job.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scriptorium.job.testing.Launcher;

/**
 * Every command of README.md and of the guides in job/docs is run, in their order and in one
 * folder. DIR and the names of released weights stand for what only a user has: the embedded model
 * takes their place; sets are made small.
 */
class DocsIT {
  private static final String LAUNCHER = "    job/bin/scriptorium ";
  private static final String SUBMIT = "    spark-submit ";

  /** The walk to detectors, and what needs its folders. */
  private static final Pattern WALK = Pattern.compile("\\b(FAMILIES|CORPUS|DETECTORS)\\b");

  /** What all pages have in common: the folders of the walk, and files that the test makes. */
  private static final Pattern SHARED =
      Pattern.compile("(?<= )(FAMILIES|CORPUS|DETECTORS|FEW|LAMBADA|WIKITEXT)(?=[ /]|$)");

  private static final Pattern OWN = Pattern.compile("(?<= )([A-Z][A-Z0-9]+)(?= |$)");

  /** What is written in place of a part of a command; each must be of use. */
  private static final Map<Pattern, String> IN_PLACE = new LinkedHashMap<>();

  static {
    inPlace("^generate$", "generate --split train=3,valid=1 --max-new-tokens 2 --out PLAIN");
    inPlace("--preset small-124M-k40(?=.* --dry-run)", "$0 --model books-8M --tokens-per-second 9");
    inPlace(
        "--preset small-124M-k40(?!.* --dry-run)",
        "$0 --model books-8M --split train=4 --max-new-tokens 3");
    inPlace("--count 500 --max-new-tokens 420", "--count 80 --max-new-tokens 40");
    inPlace("--count 1000 --max-new-tokens 128", "--count 12 --max-new-tokens 8");
    inPlace("--count 100 --max-new-tokens 64", "--count 30 --max-new-tokens 4");
    inPlace("--samples-per-prompt 3 --max-new-tokens 64", "--max-new-tokens 2");
    inPlace("--count 200 --max-new-tokens 64", "--count 20 --max-new-tokens 4");
    inPlace("--count 20(?= --stop)", "$0 --max-new-tokens 4");
    inPlace("\\$'\\\\n'", "\n"); // as a shell would
    inPlace("(?<=--prompts )PROMPTS", "$0.jsonl");
    inPlace("^model fetch .*", "model fetch --help");
    inPlace(
        "FILE[.]gguf",
        Launcher.HOME + "/engine/src/test/resources/checkpoints/finetuned/finetuned-q8_0.gguf");
    inPlace("(?<=score --input )datasets/human", "FEW");
    inPlace("--model 124M", "--model books-8M");
    inPlace("--eval lambada", "$0 --input LAMBADA");
    inPlace("--eval wikitext2", "$0 --input WIKITEXT");
    inPlace("(?<=--models-dir )DIR", Launcher.HOME + "/datasets");
    inPlace("\\bDIR\\b", Launcher.HOME + "/datasets/books-8M");
  }

  @TempDir Path folder;
  private final Set<String> used = new HashSet<>();

  private static void inPlace(String pattern, String other) {
    IN_PLACE.put(Pattern.compile(pattern), other);
  }

  private static List<Path> guides() throws IOException {
    try (Stream<Path> files = Files.list(Launcher.HOME.resolve("job/docs"))) {
      return files.filter(file -> file.toString().endsWith(".md")).sorted().toList();
    }
  }

  private static List<String> commands(Path file, String prefix) throws IOException {
    return Files.readAllLines(file).stream()
        .filter(line -> line.startsWith(prefix))
        .map(line -> line.substring(prefix.length()).replaceFirst(" +#.*", "").strip())
        .toList();
  }

  private static List<String> readme() throws IOException {
    return commands(Launcher.HOME.resolve("README.md"), LAUNCHER);
  }

  private void fewTexts() throws IOException {
    Files.createDirectories(folder.resolve("FEW"));
    few("datasets/lambada/lambada_test.jsonl", "LAMBADA");
    few("datasets/wikitext-2-raw/wiki.test.raw", "WIKITEXT");
    few("datasets/human/books.test.jsonl", "FEW/books.jsonl");
    Files.writeString(
        folder.resolve("PROMPTS.jsonl"),
        """
        {"text": "It was a dark night", "temperature": 0.7}
        {"text": "She said", "top_k": 40, "stop": [".", "!"]}
        """);
  }

  private void few(String from, String to) throws IOException {
    List<String> lines = Files.readAllLines(Launcher.HOME.resolve(from));
    Files.write(folder.resolve(to), lines.subList(0, 20));
  }

  /** Runs a command of a page, whose own folders are apart from those of others. */
  private void run(String page, String command) throws Exception {
    String line = command;
    for (Map.Entry<Pattern, String> entry : IN_PLACE.entrySet()) {
      Matcher matcher = entry.getKey().matcher(line);
      if (matcher.find()) {
        used.add(entry.getKey().pattern());
        line = matcher.replaceAll(entry.getValue());
      }
    }
    line = SHARED.matcher(line).replaceAll(folder + "/$1");
    line = OWN.matcher(line).replaceAll(folder.resolve(page) + "/$1");
    line =
        line.replace("PROMPTS.jsonl", folder + "/PROMPTS.jsonl")
            .replace(" datasets/", " " + Launcher.HOME + "/datasets/");
    Launcher.Ended ended = new Launcher(folder).run(Map.of(), line.split(" +"));
    assertEquals(0, ended.status(), line + "\n" + ended.output());
  }

  @Test
  void theReadmesShortCommandsRun() throws Exception {
    fewTexts();
    List<String> commands = readme().stream().filter(c -> !WALK.matcher(c).find()).toList();
    assertTrue(commands.size() >= 4, commands.toString());
    for (String command : commands) {
      run("README.md", command);
    }
  }

  @Test
  @Tag("slow")
  void theWalkToDetectorsAndTheGuidesRun() throws Exception {
    fewTexts();
    List<String> walk = readme().stream().filter(c -> WALK.matcher(c).find()).toList();
    assertEquals(4, walk.size());
    for (String command : walk) {
      run("README.md", command);
    }
    String results = Files.readString(folder.resolve("DETECTORS/results.json"));
    for (String family : List.of("t1", "k40", "nucleus", "all")) {
      assertTrue(results.contains("\"family\" : \"" + family + "\""), family);
    }
    assertTrue(Files.readString(folder.resolve("report.html")).contains("<svg"));
    used.clear();
    for (Path guide : guides()) {
      for (String command : commands(guide, LAUNCHER)) {
        run(guide.getFileName().toString(), command);
      }
    }
    Set<String> ofTheReadme = Set.of("^generate$", "--count 500 --max-new-tokens 420");
    for (Pattern pattern : IN_PLACE.keySet()) {
      assertTrue(
          used.contains(pattern.pattern()) || ofTheReadme.contains(pattern.pattern()),
          "no command has " + pattern);
    }
    String row =
        Files.readAllLines(folder.resolve("detectors.md/APPLIED/detect.detected/part-00000.jsonl"))
            .getFirst();
    assertTrue(row.contains("\"label_tfidf_lr\":\"") && row.contains("detector_scores_lr"), row);
  }

  @Test
  void theCommandForAClusterRuns() throws Exception {
    List<String> commands = commands(Launcher.HOME.resolve("README.md"), SUBMIT);
    assertEquals(1, commands.size());
    String arguments =
        commands
            .getFirst()
            .replace("spark://HOST:7077", "local[1]")
            .replace("conf/standalone/", Launcher.HOME + "/conf/standalone/")
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
