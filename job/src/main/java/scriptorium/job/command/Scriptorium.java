package scriptorium.job.command;

import org.apache.hadoop.fs.FSError;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import scriptorium.engine.ModelException;
import scriptorium.job.base.BuildInfo;
import scriptorium.job.base.EnvironmentRemedy;
import scriptorium.job.base.InputException;
import scriptorium.job.base.OutputException;
import scriptorium.job.base.UnreachableOutputException;
import scriptorium.job.base.UserException;
import scriptorium.job.spark.LogLevel;

/**
 * The command line. Exit status: 0 done; 1 the run failed; 2 a wrong option, preset, model or
 * input.
 */
@Command(
    name = "scriptorium",
    description = "Writes data sets of GPT-2 samples with their log-likelihoods, on Spark.",
    versionProvider = Scriptorium.Version.class,
    subcommands = {
      GenerateCommand.class,
      ScoreCommand.class,
      CorpusCommand.class,
      DetectCommand.class,
      VerifyCommand.class,
      ReportCommand.class,
      BenchCommand.class,
      ModelCommand.class
    })
public final class Scriptorium implements Runnable {
  static final int FAILED = 1;
  static final int WRONG_USE = 2;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "show this help")
  private boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "show version and commit")
  private boolean version;

  @Option(names = "--verbose", scope = ScopeType.INHERIT, description = "show stack traces")
  private boolean verbose;

  @Option(
      names = "--log-level",
      scope = ScopeType.INHERIT,
      paramLabel = "LEVEL",
      description =
          "log from this level on: trace, debug, info, warn, error or off (default: what log4j2.properties says)")
  private LogLevel logLevel;

  /** Runs a command and returns its exit status. */
  public static int run(String... arguments) {
    String wrong = Arguments.wrong(arguments);
    if (wrong != null) {
      System.err.println("scriptorium: " + wrong);
      return WRONG_USE;
    }
    int status = execute(arguments);
    if (System.out.checkError() && status == 0) {
      System.err.println(
          "scriptorium: Standard output is closed or full, so what was printed is lost: give it a"
              + " file with room or a program that reads all; what the command wrote is there");
      return FAILED;
    }
    return status;
  }

  private static int execute(String... arguments) {
    Scriptorium main = new Scriptorium();
    CommandLine line = new CommandLine(main);
    if (StandardError.isPlain(System.getenv())) {
      line.setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF));
    }
    return line.setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(
            (e, args) -> {
              System.err.println(
                  "scriptorium: " + firstLine(e.getMessage()) + " (--help lists the options)");
              return WRONG_USE;
            })
        .setExecutionStrategy(
            parsed -> {
              if (main.logLevel != null) {
                main.logLevel.set();
              }
              try {
                return new CommandLine.RunLast().execute(parsed);
              } catch (LinkageError | FSError e) { // a library, and a local disk, that fail
                return main.report(
                    new IllegalStateException(e.toString(), e),
                    parsed.asCommandLineList().getLast());
              }
            })
        .setExecutionExceptionHandler((e, command, result) -> main.report(e, command))
        .execute(arguments);
  }

  /** Turns what a command threw into a line and its exit status; nothing else does. */
  private int report(Exception e, CommandLine line) {
    if (verbose) {
      e.printStackTrace();
    }
    boolean mistake = isMistake(e);
    String message = String.valueOf(told(e).getMessage());
    String remedy = EnvironmentRemedy.of(e);
    System.err.println("scriptorium: " + (remedy == null ? firstLine(message) : remedy));
    if (!mistake && !verbose) {
      System.err.println(
          "scriptorium: the run failed: --verbose shows where" + resumption(line, message));
    }
    return mistake ? WRONG_USE : FAILED;
  }

  /** Whether the user has to change the command, which would fail again as it is. */
  private static boolean isMistake(Exception e) {
    return e instanceof UserException
        || e instanceof ModelException
        || e instanceof UnreachableOutputException;
  }

  /** The innermost of our own exceptions: Spark wraps what a task throws in its own. */
  private static Throwable told(Exception e) {
    Throwable told = e;
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof OutputException || cause instanceof InputException) {
        told = cause;
      }
    }
    return told;
  }

  /** How the work of a command is resumed, unless the failure says that itself. */
  private static String resumption(CommandLine line, String failure) {
    return line.getMixins().values().stream()
        .filter(mixin -> mixin instanceof SessionFlags)
        .map(mixin -> ((SessionFlags) mixin).afterFailure())
        .filter(hint -> !String.valueOf(failure).contains(" resumes"))
        .findFirst()
        .orElse("");
  }

  private static String firstLine(String message) {
    return message.lines().findFirst().orElse("");
  }

  @Override
  public void run() {
    CommandLine.usage(this, System.out);
  }

  /** What --version prints. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {BuildInfo.title()};
    }
  }
}
