package scriptorium.job.command;

import java.io.PrintStream;
import java.util.Map;
import scriptorium.job.base.Console;

/** The console of the command line: standard error, each line with the program's name. */
final class StandardError implements Console {
  private static final String START_OF_LINE = "\r\u001b[K";

  private final boolean quiet;
  private final boolean terminal = isTerminal() && !isPlain(System.getenv());

  /**
   * A console.
   *
   * @param quiet whether progress is left out
   */
  StandardError(boolean quiet) {
    this.quiet = quiet;
  }

  private static boolean isTerminal() {
    return System.console() != null && System.console().isTerminal();
  }

  /**
   * Whether only plain lines are wanted: a terminal that takes no control sequences, or NO_COLOR.
   */
  static boolean isPlain(Map<String, String> environment) {
    return environment.getOrDefault("TERM", "").equals("dumb")
        || !environment.getOrDefault("NO_COLOR", "").isEmpty();
  }

  @Override
  public void warn(String line) {
    System.err.println("scriptorium: " + line);
  }

  @Override
  public void progress(String line) {
    if (!quiet) {
      warn(line);
    }
  }

  @Override
  public void update(String line) {
    if (!terminal) {
      progress(line);
    } else if (!quiet) {
      print(START_OF_LINE + line);
    }
  }

  @Override
  public void clear() {
    if (terminal && !quiet) {
      print(START_OF_LINE);
    }
  }

  @Override
  public boolean replacesLines() {
    return terminal;
  }

  private static void print(String text) {
    PrintStream err = System.err;
    err.print(text);
    err.flush();
  }
}
