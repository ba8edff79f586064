package scriptorium.job.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import scriptorium.job.Main;

/** Runs commands in this JVM. */
public final class Commands {
  private Commands() {}

  /** What a command came to: its status, and what it printed on both streams. */
  public record Ended(int status, String printed) {
    /** The lines that are not Spark's. */
    public List<String> lines() {
      return printed
          .lines()
          .filter(line -> line.startsWith("scriptorium:") || line.startsWith("/"))
          .toList();
    }
  }

  /** Runs a command to its end. */
  public static Ended run(List<String> arguments) {
    PrintStream out = System.out;
    PrintStream err = System.err;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int status;
    try (PrintStream both = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
      System.setOut(both);
      System.setErr(both);
      status = Main.run(arguments.toArray(String[]::new));
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
    return new Ended(status, bytes.toString(StandardCharsets.UTF_8));
  }

  /** Runs a command that is to end with a status, and returns what it printed. */
  public static String run(int status, List<String> arguments) {
    Ended ended = run(arguments);
    assertEquals(status, ended.status(), ended.printed());
    return ended.printed();
  }
}
