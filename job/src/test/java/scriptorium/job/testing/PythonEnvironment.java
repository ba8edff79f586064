package scriptorium.job.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A virtual environment of Python under job/target/python with the pinned packages of
 * datasets/requirements.txt and of the scripts in src/test/python. It is made once for each content
 * of these files and each Python, and kept between runs.
 *
 * @param folder of the environment
 */
public record PythonEnvironment(Path folder) {
  public static final Path SCRIPTS = Launcher.HOME.resolve("job/src/test/python");

  private static final Path TARGET = Launcher.HOME.resolve("job/target/python");
  private static final List<Path> REQUIREMENTS =
      List.of(
          Launcher.HOME.resolve("datasets/requirements.txt"),
          Launcher.HOME.resolve("job/examples/requirements.txt"),
          SCRIPTS.resolve("requirements.txt"));
  private static final List<String> NAMES =
      List.of("python3", "python3.11", "python3.12", "python3.13", "python3.14");

  /** The environment, made where it is not there. */
  public static PythonEnvironment open() throws Exception {
    String python = found();
    String version = run(List.of(python, "-c", "import sys; print(sys.version)"), Map.of());
    MessageDigest hash = MessageDigest.getInstance("SHA-256");
    hash.update(version.getBytes(StandardCharsets.UTF_8));
    for (Path file : REQUIREMENTS) {
      hash.update(Files.readAllBytes(file));
    }
    Path folder = TARGET.resolve(HexFormat.of().formatHex(hash.digest(), 0, 8));
    PythonEnvironment environment = new PythonEnvironment(folder);
    Path whole = folder.resolve("whole");
    if (!Files.exists(whole)) {
      Files.createDirectories(TARGET);
      run(List.of(python, "-m", "venv", "--clear", folder.toString()), Map.of());
      List<String> install =
          new ArrayList<>(List.of("-m", "pip", "install", "-q", "--disable-pip-version-check"));
      for (Path file : REQUIREMENTS) {
        install.addAll(List.of("-r", file.toString()));
      }
      environment.run(Map.of(), install.toArray(String[]::new));
      Files.createFile(whole);
    }
    return environment;
  }

  private static String found() throws Exception {
    for (String name : NAMES) {
      for (String folder : System.getenv("PATH").split(":")) {
        Path python = Path.of(folder, name);
        if (Files.isExecutable(python) && fits(python)) {
          return python.toString();
        }
      }
    }
    throw new AssertionError(
        "No Python of at least 3.11 with the module venv on PATH: install it (Debian:"
            + " python3-venv), or leave out the profile python");
  }

  private static boolean fits(Path python) throws Exception {
    Process asked =
        new ProcessBuilder(
                python.toString(),
                "-c",
                "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))")
            .redirectErrorStream(true)
            .start();
    asked.getInputStream().readAllBytes();
    return asked.waitFor() == 0;
  }

  /** Runs Python with arguments, offline, on this JVM's Java; returns what it printed. */
  public String run(Map<String, String> more, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(folder.resolve("bin/python").toString()));
    command.addAll(List.of(arguments));
    return run(command, more);
  }

  private static String run(List<String> command, Map<String, String> more) throws Exception {
    Path home = Files.createDirectories(TARGET.resolve("home"));
    Path log = Files.createTempFile(TARGET, "run", ".log");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(name -> name.startsWith("SPARK_") || name.equals("PYTHONPATH"));
    environment.put("JAVA_HOME", System.getProperty("java.home"));
    environment.put("SPARK_LOCAL_IP", "127.0.0.1");
    environment.put("PYTHONUTF8", "1");
    environment.put("PYTHONDONTWRITEBYTECODE", "1");
    environment.put("HF_HUB_OFFLINE", "1");
    for (String cache :
        List.of(
            "HF_HOME",
            "MPLCONFIGDIR",
            "IPYTHONDIR",
            "JUPYTER_CONFIG_DIR",
            "JUPYTER_DATA_DIR",
            "JUPYTER_RUNTIME_DIR")) {
      environment.put(cache, home.resolve(cache.toLowerCase(java.util.Locale.ROOT)).toString());
    }
    environment.putAll(more);
    Process process = builder.start();
    boolean ended = process.waitFor(15, TimeUnit.MINUTES);
    if (!ended) {
      end(process);
    }
    String output = Files.readString(log);
    Files.delete(log);
    assertEquals(0, ended ? process.exitValue() : -1, String.join(" ", command) + "\n" + output);
    return output;
  }

  private static void end(Process process) throws IOException, InterruptedException {
    try (Stream<ProcessHandle> children = process.descendants()) {
      children.forEach(ProcessHandle::destroyForcibly);
    }
    process.destroyForcibly().waitFor();
  }
}
