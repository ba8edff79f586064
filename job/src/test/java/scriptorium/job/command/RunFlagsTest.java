package scriptorium.job.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** What commands say that goes on with work that ended early. */
class RunFlagsTest {
  @Command
  private static final class Writing {
    @Mixin private RunFlags flags;
  }

  @Command
  private static final class Other {
    @Mixin private SessionFlags flags;
  }

  @Test
  void whatGoesOnDeletesNothingAndIsAsAShellTakesIt() {
    Writing command = new Writing();
    new CommandLine(command).parseArgs("--overwrite", "--master", "local[2]", "--preset=it's");
    assertEquals(
        "to resume: scriptorium --master 'local[2]' '--preset=it'\\''s'",
        command.flags.afterStop());
  }

  @Test
  void commandsThatWriteNoShardsBeginAnew() {
    Other command = new Other();
    new CommandLine(command).parseArgs("--overwrite");
    assertEquals("the same command begins anew", command.flags.afterStop());
    assertEquals("", command.flags.afterFailure());
  }

  @Test
  void aRunThatHasNotBegunHasNothingToGoOnFrom() {
    Writing command = new Writing();
    new CommandLine(command).parseArgs();
    assertEquals("", command.flags.afterFailure());
  }
}
