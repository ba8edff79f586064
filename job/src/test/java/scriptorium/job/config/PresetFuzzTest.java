package scriptorium.job.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static scriptorium.job.testing.Messages.assertOneLine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scriptorium.engine.Mutations;
import scriptorium.job.base.UserException;

/**
 * Presets that somebody damaged, by chance or to do harm: each is a run's options or is refused in
 * one line. {@code -Dfuzz.rounds=100000} for more.
 */
class PresetFuzzTest {
  private static final int ROUNDS = Integer.getInteger("fuzz.rounds", 5000);
  private static final long SEED = 31;
  private static final String GENERATE =
      """
      {"name": "small", "model": "124M", "split": "train=250,valid=50", "temperature": 0.9,
       "topK": 40, "topP": "0.8..1.0", "maxNewTokens": 7, "minP": 0.1, "typicalP": 0.9,
       "repetitionPenalty": 1.1, "noRepeatNgram": 3, "minNewTokens": 2, "stop": ["a", "\\n"],
       "bestOf": 2, "bestOfBy": "mean", "promptSettings": [], "seed": 20191102, "schema": "full",
       "merge": true, "tokenColumns": false, "shardRows": 10, "cacheType": "f16", "slots": 3,
       "threads": 2, "cacheMemory": "4g", "format": "jsonl", "onBadRow": "fail", "out": "o"}
      """;
  private static final String SCORE =
      """
      {"name": "small", "model": "124M", "input": ["a.jsonl", "b/*.parquet"], "out": "o",
       "textColumn": "t", "promptColumn": "p", "observer": "355M", "stride": 512,
       "columns": ["mean_rank", "tokens", "all"], "shardRows": 10}
      """;
  @TempDir Path folder;

  @Test
  void presetsOfGenerate() throws Exception {
    fuzz(GENERATE, PresetFuzzTest::generate);
  }

  @Test
  void presetsOfScore() throws Exception {
    fuzz(SCORE, PresetFuzzTest::score);
  }

  private static void generate(String file) {
    JobConfig.of(new GenerateOptions(), Presets.read(file, GenerateOptions.class));
  }

  private static void score(String file) {
    ScoreConfig.of(new ScoreOptions(), Presets.read(file, ScoreOptions.class));
  }

  private void fuzz(String text, Consumer<String> read) throws IOException {
    Mutations mutations = new Mutations(new Random(SEED));
    byte[] good = text.getBytes(StandardCharsets.UTF_8);
    Path file = folder.resolve("preset.json");
    int refused = 0;
    for (int round = 0; round < ROUNDS; round++) {
      Files.write(file, round == 0 ? good : mutations.json(good));
      try {
        read.accept(file.toString());
      } catch (UserException e) {
        assertTrue(round > 0, e.getMessage());
        assertOneLine(e.getMessage());
        refused++;
      } catch (RuntimeException | Error e) {
        fail(
            "seed "
                + SEED
                + " round "
                + round
                + ": "
                + Files.readString(file, StandardCharsets.ISO_8859_1),
            e);
      }
    }
    assertTrue(refused > ROUNDS / 10, refused + " refused of " + ROUNDS);
  }

  @Test
  void presetsThatAreNoneAreRefused() throws Exception {
    refuse("", "is not valid");
    refuse("null", "is empty");
    refuse("[]", "is not valid");
    refuse("{\"name\":" + "[".repeat(100_000), "is not valid");
    refuse("{\"a\\n\\u001bb\":1}", "has the unknown key a??b");
    refuse("{\"" + "k".repeat(40_000) + "\":1}", "has the unknown key kkk");
    refuse("{\"topK\":40,\"topK\":41}", "is not valid");
    refuse("{\"topK\":40} {}", "is not valid");
    refuse("{\"topK\":1e999}", "is not valid");
    refuse("{\"topK\":2147483648}", "is not valid");
    refuse("{\"seed\":9223372036854775808}", "is not valid");
    refuse("{\"columns\":[null]}", "unknown key columns");
    refuse(" ".repeat(2 << 20), "more than any preset needs");
    Files.delete(folder.resolve("preset.json"));
    Files.createDirectory(folder.resolve("preset.json"));
    assertRefused("is neither a file nor a name");
  }

  @Test
  void namesThatLeaveTheFolderOfPresetsAreNone() {
    for (String name : new String[] {"../conf/small-124M", "/etc/passwd", "a\u0000", "..", ""}) {
      String message =
          assertThrows(UserException.class, () -> Presets.read(name, GenerateOptions.class))
              .getMessage();
      assertTrue(message.contains("is neither a file nor a name"), message);
      assertOneLine(message);
    }
    String message =
        assertThrows(UserException.class, () -> Presets.read("a\u0000.json", GenerateOptions.class))
            .getMessage();
    assertOneLine(message);
  }

  @Test
  void listsOfScoreWithoutValuesAreRefused() throws Exception {
    for (String list : new String[] {"[]", "[null]", "null"}) {
      Path file = folder.resolve("preset.json");
      Files.writeString(file, SCORE.replace("[\"a.jsonl\", \"b/*.parquet\"]", list));
      assertTrue(
          assertThrows(UserException.class, () -> score(file.toString()))
              .getMessage()
              .contains("Input "));
    }
    Path file = folder.resolve("preset.json");
    Files.writeString(file, SCORE.replace("\"mean_rank\"", "null"));
    assertEquals(
        "Unknown column null: score --help lists the columns",
        assertThrows(UserException.class, () -> score(file.toString())).getMessage());
  }

  private void refuse(String content, String expected) throws IOException {
    Files.writeString(folder.resolve("preset.json"), content);
    assertRefused(expected);
  }

  private void assertRefused(String expected) {
    String message =
        assertThrows(UserException.class, () -> generate(folder.resolve("preset.json").toString()))
            .getMessage();
    assertTrue(message.contains(expected), message);
    assertOneLine(message);
  }
}
