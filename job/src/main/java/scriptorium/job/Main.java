package scriptorium.job;

import scriptorium.job.command.Scriptorium;

/** The main class: hands its arguments to the command line. */
public final class Main {
  private Main() {}

  /** Runs a command and ends the JVM with its exit status where that is not 0. */
  public static void main(String[] arguments) {
    int status = run(arguments);
    if (status != 0) {
      System.exit(status);
    }
  }

  /** Runs a command and returns its exit status. */
  public static int run(String... arguments) {
    return Scriptorium.run(arguments);
  }
}
