package scriptorium.job.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scriptorium.job.testing.Launcher;

/** When job/bin/start-cache writes; a script stands for the command that leaves the cache. */
class StartCacheTest {
  @TempDir Path root;

  private Path home;

  @BeforeEach
  void copyTheScript() throws Exception {
    home = root.resolve("job/target/home");
    Files.createSymbolicLink(root.resolve(".mvn"), Launcher.HOME.resolve(".mvn"));
    Files.createDirectories(root.resolve("job/bin"));
    Files.copy(Launcher.HOME.resolve("job/bin/start-cache"), root.resolve("job/bin/start-cache"));
  }

  private Launcher.Ended write(String command) throws Exception {
    Path launcher = root.resolve("job/bin/scriptorium");
    Files.writeString(launcher, "#!/bin/sh\n" + command + "\n");
    assertTrue(launcher.toFile().setExecutable(true));
    // A shell can't trap what was ignored when it began.
    List<String> line =
        List.of("env", "--default-signal=INT", root.resolve("job/bin/start-cache").toString());
    return Launcher.end(new ProcessBuilder(line).redirectErrorStream(true).start());
  }

  @Test
  void aCacheThatThisJdkDoesNotTakeIsWrittenAgain() throws Exception {
    Files.createDirectories(home.resolve("jars"));
    Files.writeString(home.resolve("start.aot"), "of another JDK");
    Launcher.Ended ended = write("echo new > \"$SCRIPTORIUM_WRITE_START_CACHE\"");
    assertEquals(0, ended.status(), ended.output());
    assertEquals("new\n", Files.readString(home.resolve("start.aot")));
  }

  @Test
  void anInterruptEndsItWhateverTheCommandEndsWith() throws Exception {
    Files.createDirectories(home.resolve("jars"));
    Launcher.Ended ended = write("kill -INT $PPID; exit 1");
    assertEquals(130, ended.status(), ended.output());
    try (Stream<Path> left = Files.list(home)) {
      assertEquals(List.of(home.resolve("jars")), left.toList());
    }
  }

  @Test
  void nothingBuiltIsToldSo() throws Exception {
    Launcher.Ended ended = write("exit 1");
    assertEquals(2, ended.status(), ended.output());
    assertTrue(ended.output().contains("/jars is not there: build it by "), ended.output());
    assertEquals(1, ended.output().lines().count(), ended.output());
  }
}
