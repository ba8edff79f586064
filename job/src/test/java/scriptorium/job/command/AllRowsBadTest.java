package scriptorium.job.command;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import scriptorium.job.testing.Commands;

/** An input all of whose rows are bad ends with status 1, unless error rows are asked for. */
class AllRowsBadTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"generate --max-new-tokens 2 --prompts", "score --input"})
  void endsWithStatusOne(String command) throws Exception {
    Path input = folder.resolve("a.jsonl");
    Files.writeString(input, "{\"text\":1}\n[]\n");
    String told = run(1, command, input, "bad");
    assertTrue(told.contains("each of its 2 rows is an error row"), told);
    assertTrue(told.contains("--on-bad-row record"), told);
    run(0, command, input, "asked", "--on-bad-row", "record");
    Files.writeString(input, "{\"text\":1}\n{\"text\":\"good\"}\n");
    run(0, command, input, "half");
  }

  private String run(int status, String command, Path input, String out, String... more) {
    List<String> arguments = new ArrayList<>(List.of(command.split(" ")));
    arguments.add(input.toString());
    arguments.addAll(List.of("--out", folder.resolve(out).toString(), "--master", "local[1]"));
    arguments.add("--quiet");
    arguments.addAll(List.of(more));
    return Commands.run(status, arguments);
  }
}
