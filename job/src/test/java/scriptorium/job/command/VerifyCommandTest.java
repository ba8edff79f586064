package scriptorium.job.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scriptorium.job.testing.Commands;
import scriptorium.job.testing.DataSets;

/** The command line of verify: what it prints and its exit status. */
class VerifyCommandTest {
  @TempDir Path folder;

  private void assertWrong(String expected, String... options) {
    List<String> arguments = new ArrayList<>(List.of("verify", folder.resolve("out").toString()));
    arguments.addAll(List.of(options));
    Commands.Ended ended = Commands.run(arguments);
    assertEquals(List.of("scriptorium: " + expected), ended.lines());
    assertEquals(Scriptorium.WRONG_USE, ended.status());
  }

  @Test
  void rowsAreProvenAndMistakesAreOneLine() throws Exception {
    String out = folder.resolve("out").toString();
    String generate =
        "generate --name set --split train=9,valid=3 --max-new-tokens 5 --token-columns --out ";
    assertEquals(0, Commands.run(List.of((generate + out).split(" "))).status());
    Commands.Ended sound =
        Commands.run(List.of("verify", out, "--ids", "0..4,valid:1", "--rescore", "--regenerate"));
    assertEquals(
        List.of(
            out + ": 2 shards, 12 rows, 6 drawn again, 6 scored again, all as the manifest says"),
        sound.lines());
    assertEquals(0, sound.status());
    assertWrong("Id 9 is beyond the split train: give ids in 0..8", "--ids", "9");
    assertWrong(
        "Id test:1 names a split that the data set does not have: give one of train, valid",
        "--ids",
        "2,test:1");
    assertWrong(
        "Option --rescore has no number of rows: give one, or name rows by --ids", "--rescore");
    assertWrong(
        "Option --regenerate 3: --ids names the rows, leave out the number",
        "--regenerate",
        "3",
        "--ids",
        "1");
    DataSets.forgeLine(
        Path.of(out),
        "set.train/part-00000.jsonl",
        7,
        line -> line.replaceFirst("\"log_likelihood\":-", "\"log_likelihood\":-1"));
    assertEquals(0, Commands.run(List.of("verify", out, "--ids", "6")).status());
    Commands.Ended forged = Commands.run(List.of("verify", out, "--ids", "7"));
    assertEquals(Scriptorium.FAILED, forged.status());
    assertEquals(2, forged.lines().size(), forged.lines().toString());
    String defect = out + "/set.train/part-00000.jsonl: row 7 (id 7) is not what the model";
    assertTrue(forged.lines().getFirst().startsWith(defect), forged.lines().toString());
    assertEquals(
        out
            + ": 2 shards, 12 rows, 1 drawn again, 1 defect in shards that are as the manifest says: delete these"
            + " shards, then run the command that wrote them with --repair to write them again",
        forged.lines().getLast());
  }

  @Test
  void idsAloneScoreAScoredDataSetAgain() throws Exception {
    String texts = DataSets.texts(folder.resolve("texts.jsonl"), 5).toString();
    String out = folder.resolve("out").toString();
    assertEquals(0, Commands.run(List.of("score", "--input", texts, "--out", out)).status());
    Commands.Ended sound = Commands.run(List.of("verify", out, "--ids", "1..3"));
    assertEquals(
        List.of(out + ": 1 shards, 5 rows, 3 scored again, all as the manifest says"),
        sound.lines());
    assertWrong(
        "Data set texts was scored, not generated: leave out --regenerate, --rescore proves its rows",
        "--regenerate",
        "2");
  }
}
