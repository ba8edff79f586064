package scriptorium.job.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import scriptorium.job.base.Console;
import scriptorium.job.base.UserException;
import scriptorium.job.config.GenerateOptions;
import scriptorium.job.config.JobConfig;
import scriptorium.job.input.PromptReader;
import scriptorium.job.row.SamplingSetting;
import scriptorium.job.testing.SessionTest;
import scriptorium.job.verify.RowProof;
import scriptorium.job.verify.VerifyDatasetJob;

/** Parts of one collection, made by several runs: together the rows that one run gives. */
class FirstIdTest extends SessionTest {
  private GenerateOptions options(String out) {
    GenerateOptions options = new GenerateOptions();
    options.name = "part";
    options.model = model.path().toString();
    options.shardRows = 3;
    options.out = folder.resolve(out).toString();
    return options.set(SamplingSetting.TOP_K, 40).set(SamplingSetting.MAX_NEW_TOKENS, 6);
  }

  private List<String> rows(GenerateOptions options) throws Exception {
    JobConfig config = JobConfig.of(options, new GenerateOptions());
    var prompts =
        config.prompts() == null
            ? null
            : PromptReader.read(config.prompts(), config.textColumn(), HADOOP);
    ShardedRun run =
        new ShardedRun(new GenerateWork(config, model, prompts), HADOOP, false, Console.SILENT);
    run.check();
    run.execute(session);
    List<String> rows = new ArrayList<>();
    try (Stream<Path> files = Files.walk(Path.of(options.out))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".jsonl")).sorted().toList()) {
        rows.addAll(Files.readAllLines(file));
      }
    }
    return rows;
  }

  @Test
  void partsAreTheRowsOfTheWhole() throws Exception {
    GenerateOptions whole = options("whole");
    whole.count = 11L;
    GenerateOptions first = options("first");
    first.count = 7L;
    GenerateOptions second = options("second");
    second.count = 4L;
    second.firstId = 7L;
    List<String> parts = new ArrayList<>(rows(first));
    parts.addAll(rows(second));
    assertEquals(rows(whole), parts);
    assertEquals(parts.subList(7, 11), rows(second)); // begun again, nothing is left to do
    second.firstId = 8L;
    UserException other = assertThrows(UserException.class, () -> rows(second));
    assertTrue(other.getMessage().contains("firstId"), other.getMessage());
  }

  @Test
  void partsWithPromptsAndSplitsVerifyAndAreDrawnAgain() throws Exception {
    Path prompts = Files.writeString(folder.resolve("prompts.txt"), "One\nTwo\nThree\n");
    GenerateOptions prompted = options("prompted");
    prompted.prompts = prompts.toString();
    prompted.samplesPerPrompt = 2;
    prompted.firstId = 1L << 40;
    GenerateOptions split = options("split");
    split.split = "train=4,valid=2";
    split.firstId = 100L;
    for (GenerateOptions options : List.of(prompted, split)) {
      List<String> rows = rows(options);
      assertEquals(6, rows.size());
      assertTrue(rows.getFirst().startsWith("{\"id\":" + options.firstId + ","), rows.getFirst());
      VerifyDatasetJob verify = new VerifyDatasetJob(options.out, HADOOP);
      assertEquals(List.of(), verify.execute(session));
      assertEquals(new RowProof(List.of(), 6, 0), verify.regenerate(model, verify.random(6, 1)));
      String last = "train:" + (options.firstId + 3);
      assertEquals(
          new RowProof(List.of(), 1, 0), verify.regenerate(model, verify.named(List.of(last))));
      UserException e = assertThrows(UserException.class, () -> verify.named(List.of("3")));
      assertTrue(e.getMessage().contains("give ids in " + options.firstId), e.getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 100_000_000_000_000_001L, Long.MAX_VALUE})
  void idsBeyondTheStreamsAreRefused(long id) {
    GenerateOptions options = options("none");
    options.count = 1L;
    options.firstId = id;
    UserException e =
        assertThrows(UserException.class, () -> JobConfig.of(options, new GenerateOptions()));
    assertTrue(e.getMessage().startsWith("First id " + id), e.getMessage());
    assertTrue(e.getMessage().endsWith("give one in 0..100000000000000000"), e.getMessage());
  }
}
