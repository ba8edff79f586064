package scriptorium.job.command;

import picocli.CommandLine.Command;
import scriptorium.job.base.UserException;

/** {@code model}: models as folders. */
@Command(
    name = "model",
    description = "Fetches, converts and looks at models.",
    subcommands = {InfoCommand.class, FetchCommand.class, ConvertCommand.class})
final class ModelCommand implements Runnable {
  @Override
  public void run() {
    throw new UserException("Command model needs a subcommand: give model info, fetch or convert");
  }
}
