package scriptorium.job.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import scriptorium.job.base.UserException;
import scriptorium.job.config.ScoreOptions;
import scriptorium.job.store.Manifest;
import scriptorium.job.store.OutputStore;
import scriptorium.job.testing.DataSets;

/** Runs of score that go on where they stopped. */
class ScoreResumeTest extends ScoreRuns {
  @Test
  void aRunGoesOnWhereItStoppedAndRefusesOtherTexts() throws Exception {
    Path input = folder.resolve("a.jsonl");
    Files.writeString(input, jsonl(books(35)));
    run(options(input));
    Map<String, String> before = files();
    assertEquals(0, run(options(input)).newRows());
    Files.delete(folder.resolve("out/texts.scored/part-00002.jsonl"));
    assertEquals(10, run(options(input)).newRows());
    assertEquals(before.keySet(), files().keySet());
    before.keySet().stream()
        .filter(name -> name.contains("part-"))
        .forEach(name -> assertEquals(before.get(name), filesUnchecked().get(name)));

    ScoreOptions other = options(input);
    other.stride = 512;
    assertTrue(assertThrows(UserException.class, () -> run(other)).getMessage().contains("stride"));
    Files.writeString(input, jsonl(books(34)));
    Exception changed = assertThrows(RuntimeException.class, () -> run(options(input)));
    assertTrue(changed.getMessage().contains("inputs"), changed.getMessage());
  }

  @Test
  void shardsWithoutReceiptAreCountedByOurColumnsWhateverTheInputsAreCalled() throws Exception {
    Path input = folder.resolve("a.jsonl");
    Files.writeString(
        input,
        """
        {"text":"one two","scored_length":77,"error":"old","scored_error":"old"}
        {"text":"three","scored_length":78}
        {"text":7,"length":79}
        """);
    ScoreOptions options = options(input);
    options.shardRows = 1;
    for (String format : List.of("jsonl", "parquet")) {
      options.format = format;
      options.out = folder.resolve("out-" + format).toString();
      run(options);
      Manifest whole = DataSets.manifest(folder.resolve("out-" + format));
      whole.running(List.of()).write(new OutputStore(options.out, HADOOP));
      run(options);
      Manifest again = DataSets.manifest(folder.resolve("out-" + format));
      assertEquals(whole.shards(), again.shards());
      assertEquals(1, again.totals().errors());
    }
  }

  private Map<String, String> filesUnchecked() {
    try {
      return files();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void shardsDoNotDependOnSlotsOrTasks() throws Exception {
    Path input = folder.resolve("a.jsonl");
    Files.writeString(input, jsonl(books(60)));
    ScoreOptions one = options(input);
    one.slots = 3;
    one.columns = List.of("all");
    run(one);
    Map<String, String> first = files();
    ScoreOptions two = options(input);
    two.columns = List.of("all");
    two.out = folder.resolve("other").toString();
    run(two);
    for (int i = 0; i < 6; i++) {
      String part = "texts.scored/part-0000" + i + ".jsonl";
      assertEquals(first.get(part), Files.readString(folder.resolve("other").resolve(part)));
    }
  }
}
