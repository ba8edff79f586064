package scriptorium.job.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scriptorium.engine.ModelConverter;
import scriptorium.engine.ModelFolder;
import scriptorium.job.testing.Launcher;
import scriptorium.job.testing.PythonEnvironment;

/** Every example in job/examples is run as its guide, job/docs/api.md, says. */
class ExamplesIT {
  private static final Path EXAMPLES = Launcher.HOME.resolve("job/examples");
  private static final Path MODEL = Launcher.HOME.resolve("datasets/books-8M");
  private static final Path JAR = Launcher.HOME.resolve("job/target/scriptorium-job.jar");

  /** Sum of ln p of "It was the best of times." under books-8M. */
  private static final String BEST_OF_TIMES = "-25.328272362516664";

  @TempDir Path folder;

  private String java(String example) throws Exception {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin/java").toString(),
            "@" + EXAMPLES.resolve("java.args"),
            "-cp",
            JAR + ":" + Launcher.HOME.resolve("job/target/home/jars") + "/*",
            EXAMPLES.resolve(example).toString(),
            MODEL.toString());
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).directory(folder.toFile());
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    Launcher.Ended ended = Launcher.end(builder.start());
    assertEquals(0, ended.status(), ended.output());
    return ended.output();
  }

  @Test
  void theEngineRunsAlone() throws Exception {
    String output = java("EngineAlone.java");
    assertTrue(output.contains(BEST_OF_TIMES), output);
  }

  @Test
  @Tag("slow")
  void datasetsGoInAndOutInJava() throws Exception {
    String output = java("Datasets.java");
    assertTrue(output.contains("fast_detect_gpt|"), output);
    assertTrue(output.contains("only showing top 5 rows"), output);
  }

  /** Runs a program of the pyspark distribution. */
  private static String spark(String program, String... arguments) throws Exception {
    return sparkOn("local[2]", program, arguments);
  }

  private static String sparkOn(String master, String program, String... arguments)
      throws Exception {
    PythonEnvironment python = PythonEnvironment.open();
    String path = python.folder().resolve("bin") + ":" + System.getenv("PATH");
    List<String> command =
        new ArrayList<>(
            List.of(
                "-c",
                "import subprocess, sys; sys.exit(subprocess.call(sys.argv[1:],"
                    + " stdin=subprocess.DEVNULL))",
                python.folder().resolve("bin").resolve(program).toString(),
                "--master",
                master,
                "--jars",
                JAR.toString(),
                "--conf",
                "spark.sql.extensions=scriptorium.job.sql.ScriptoriumExtensions",
                "--conf",
                "spark.scriptorium.model=" + MODEL));
    command.addAll(List.of(arguments));
    return python.run(Map.of("PATH", path), command.toArray(String[]::new));
  }

  private static List<String> lines(String output, String pattern) {
    return output.lines().filter(line -> line.matches(pattern)).toList();
  }

  @Test
  @Tag("python")
  void functionsRunInSparkSqlAndInPySpark() throws Exception {
    String sql = sparkSql("local[2]", EXAMPLES.resolve("functions.sql"));
    String python = spark("spark-submit", EXAMPLES.resolve("functions.py").toString());
    Map<String, String> samples = new TreeMap<>();
    for (String line : lines(python, "[0-4] -[0-9.]+ .*")) {
      String[] parts = line.split(" ", 3);
      samples.put(parts[0], parts[2]);
    }
    assertEquals(5, samples.size(), python);
    samples.forEach((id, text) -> assertTrue(sql.contains(id + "\t" + text), id + text + sql));
    assertEquals(5, lines(sql, "[0-4]\t-[0-9.]+\t\\[[0-9,]+\\]").size(), sql);
  }

  private String sparkSql(String master, Path script) throws Exception {
    return sparkOn(
        master,
        "spark-sql",
        "--conf",
        "spark.sql.warehouse.dir=" + folder,
        "--conf",
        "spark.driver.extraJavaOptions=-Dderby.system.home=" + folder,
        "-f",
        script.toString());
  }

  /** Executors of a cluster hold one model, and get another when a session's settings change. */
  @Test
  @Tag("python")
  void aClusterGoesFromModelToModelAndBack() throws Exception {
    Path rounded = folder.resolve("rounded");
    try (ModelFolder model = ModelFolder.open(MODEL)) {
      ModelConverter.convert(model, rounded, "safetensors", "bf16", 0);
    }
    StringBuilder script = new StringBuilder();
    for (Path model : List.of(MODEL, rounded, MODEL)) {
      script.append("SET spark.scriptorium.model=").append(model).append(";\n");
      script.append(
          """
          SELECT id, gpt2_log_likelihood(concat('On day ', id)), gpt2_generate('The', id)
          FROM range(0, 40, 1, 8) ORDER BY id;
          """);
    }
    script.insert(
        0, "SET spark.scriptorium.maxNewTokens=4;\nSET spark.scriptorium.cacheMemory=64m;\n");
    Path file = Files.writeString(folder.resolve("models.sql"), script);
    String pattern = "\\d+\t-[0-9.]+\t.*";
    List<String> here = lines(sparkSql("local[2]", file), pattern);
    assertEquals(here, lines(sparkSql("local-cluster[2,1,1024]", file), pattern));
    assertEquals(120, here.size());
    assertEquals(here.subList(0, 40), here.subList(80, 120));
    assertNotEquals(here.subList(0, 40), here.subList(40, 80));
  }

  @Test
  @Tag("python")
  void datasetsGoInAndOutInScala() throws Exception {
    String output = spark("spark-shell", "-I", EXAMPLES.resolve("datasets.scala").toString());
    assertTrue(output.contains("fast_detect_gpt|"), output);
  }

  @Test
  @Tag("python")
  void streamsAreScoredInPySpark() throws Exception {
    Path in = Files.createDirectories(folder.resolve("in"));
    String[] arguments = {
      EXAMPLES.resolve("stream.py").toString(),
      in.toString(),
      folder.resolve("scores").toString(),
      folder.resolve("checkpoint").toString()
    };
    Files.writeString(in.resolve("a.json"), "{\"id\":1,\"text\":\"It was the best of times.\"}\n");
    spark("spark-submit", arguments);
    Files.writeString(in.resolve("b.json"), "{\"id\":2,\"text\":\"It was the best of times.\"}\n");
    spark("spark-submit", arguments);
    List<String> scored = new ArrayList<>();
    try (var files = Files.list(folder.resolve("scores"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".json")).toList()) {
        scored.addAll(Files.readAllLines(file));
      }
    }
    assertEquals(2, scored.size(), scored.toString());
    for (String line : scored) {
      assertTrue(line.contains("\"log_likelihood\":" + BEST_OF_TIMES), line);
    }
  }
}
