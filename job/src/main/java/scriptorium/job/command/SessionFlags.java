package scriptorium.job.command;

import java.util.List;
import java.util.function.Function;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import scriptorium.job.base.Console;
import scriptorium.job.spark.CleanStop;
import scriptorium.job.spark.JobNames;
import scriptorium.job.spark.Sessions;

/** Options that decide no byte of what is written, and the session that a command works in. */
class SessionFlags {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--preset",
      paramLabel = "NAME|FILE",
      description =
          "settings of a data set: a name in conf/, or a JSON file; the command line wins;"
              + " generate takes several, as A,B,C, and writes each to a folder of its name in --out")
  String preset;

  @Option(names = "--overwrite", description = "delete the data set in --out first")
  boolean overwrite;

  @Option(names = "--master", paramLabel = "URL", description = "Spark master (default: local[*])")
  String master;

  @Option(names = "--quiet", description = "show no progress")
  boolean quiet;

  private int status;

  /** The command's exit status: 0 unless {@link #failIfAllAreErrors} found that. */
  int status() {
    return status;
  }

  /** An output of nothing but error rows is a mistake, whatever became of each. */
  final void failIfAllAreErrors(String out, long rows, long errors) {
    if (rows > 0 && errors == rows) {
      console()
          .warn(
              out
                  + ": each of its "
                  + rows
                  + " rows is an error row, whose column error says why: mend the input, or give"
                  + " --on-bad-row record to have it so");
      status = Scriptorium.FAILED;
    }
  }

  /** Where the work tells how far it is. */
  Console console() {
    return new StandardError(quiet);
  }

  /** How work that was told to stop is resumed. */
  String afterStop() {
    return "the same command begins anew";
  }

  /** The options of the command as they were given. */
  final List<String> arguments() {
    return spec.root().commandLine().getParseResult().originalArgs();
  }

  /** How work that failed is resumed, behind a semicolon; empty if nothing resumes it. */
  String afterFailure() {
    return "";
  }

  /**
   * Does some work in a session of its own; ctrl-C and SIGTERM end it in order.
   *
   * @return the result of the work; null if it was told to stop, which it has reported
   */
  <T> T inSession(String title, Function<SparkSession, T> work) {
    SparkSession session = Sessions.start("scriptorium " + title, master);
    try (CleanStop stop = new CleanStop(session.sparkContext(), console())) {
      session.sparkContext().setJobGroup(CleanStop.JOB_GROUP, title, true);
      JobNames.set(session.sparkContext(), title);
      try {
        return work.apply(session);
      } catch (Exception e) { // Scala throws checked ones unsaid
        if (!stop.isStopping()) {
          throw e;
        }
        console().warn("stopped; " + afterStop());
        return null;
      }
    } finally {
      session.stop();
    }
  }
}
