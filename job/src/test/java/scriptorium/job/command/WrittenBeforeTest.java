package scriptorium.job.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import scriptorium.job.testing.Commands;

/**
 * Data sets that commit f3fd25b of version 0.1.0 wrote: the commands below finish them with the
 * same bytes, verify finds them sound, and other settings are refused by name.
 */
class WrittenBeforeTest {
  private static final Path WRITTEN = Path.of("src/test/resources/written-by-0.1.0");
  private static final String PLAIN =
      "generate --name plain --split train=9,valid=4 --top-k 40 --max-new-tokens 12 --seed 7"
          + " --shard-rows 4 --token-columns --merge";
  private static final String SETTINGS =
      "generate --name settings --prompts src/test/resources/written-by-0.1.0/prompts.jsonl"
          + " --samples-per-prompt 2 --temperature 0.9 --top-p 0.8..1.0 --min-p 0.01"
          + " --typical-p 0.95 --repetition-penalty 1.2 --no-repeat-ngram 3 --min-new-tokens 2"
          + " --max-new-tokens 10 --stop ! --best-of 2 --best-of-by mean"
          + " --prompt-settings temperature,top_k,top_p,min_p,max_new_tokens,stop"
          + " --cache-type f16 --shard-rows 3 --seed 11";
  private static final String SCORED =
      "score --name scored --input src/test/resources/written-by-0.1.0/voyage.jsonl"
          + " --prompt-column before --stride 100 --columns all,tokens --observer MODEL"
          + " --shard-rows 3";
  private static final String CORPUS =
      "corpus --name corpus --human src/test/resources/written-by-0.1.0/voyage.jsonl"
          + " --synthetic src/test/resources/written-by-0.1.0/plain --split train=0.5,test=0.5"
          + " --shard-rows 4";

  @TempDir Path folder;

  private static String model() {
    return Path.of(System.getProperty("scriptorium.home"), "datasets", "books-8M").toString();
  }

  /** Runs a command, which is to end with a status, and returns what it prints on both streams. */
  private static String run(int status, String command, String... more) {
    List<String> arguments = new ArrayList<>(List.of(command.replace("MODEL", model()).split(" ")));
    arguments.addAll(List.of(more));
    return Commands.run(status, arguments);
  }

  private Path copy(String name) throws IOException {
    Path copy = folder.resolve(name);
    try (Stream<Path> files = Files.walk(WRITTEN.resolve(name))) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(WRITTEN.resolve(name).relativize(file).toString()));
      }
    }
    return copy;
  }

  /** All files but those that have the time of a run. */
  private static Map<String, String> files(Path out) throws IOException {
    Map<String, String> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(out)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        String name = out.relativize(file).toString();
        if (!name.equals("README.md") && !name.equals("manifest.json")) {
          files.put(name, Files.readString(file));
        }
      }
    }
    return files;
  }

  private static void rerun(String command, Path out) {
    run(0, command, "--model", model(), "--out", out.toString(), "--master", "local[2]", "--quiet");
  }

  /** Everything of a manifest but its times and the program. */
  private static List<String> lines(Path manifest) throws IOException {
    return Files.readAllLines(manifest).stream()
        .filter(line -> !line.matches(" *\"(started|ended|version|commit)\".*"))
        .toList();
  }

  private void finishesAndVerifies(String name, String command, String shard, String... proofs)
      throws IOException {
    Path out = copy(name);
    Map<String, String> written = files(out);
    for (String proof : proofs) {
      String[] words = proof.split(" ");
      run(0, "verify --model MODEL --master local[2]", words[0], words[1], out.toString());
    }
    Files.delete(out.resolve(shard));
    String manifest = Files.readString(out.resolve("manifest.json"));
    String unfinished =
        manifest
            .replace("\"state\" : \"done\"", "\"state\" : \"running\"")
            .replaceFirst("\"ended\" : \"[^\"]*\"", "\"ended\" : null");
    Files.writeString(out.resolve("manifest.json"), unfinished);
    rerun(command, out);
    assertEquals(written, files(out));
    assertEquals(
        lines(WRITTEN.resolve(name).resolve("manifest.json")), lines(out.resolve("manifest.json")));
    run(0, "verify --master local[2]", out.toString());
  }

  @Test
  void generatedRowsGoOn() throws IOException {
    finishesAndVerifies(
        "plain", PLAIN, "plain.train/part-00001.jsonl", "--regenerate 100", "--rescore 100");
  }

  @Test
  void rowsOfEverySettingGoOn() throws IOException {
    finishesAndVerifies(
        "settings", SETTINGS, "settings.train/part-00002.jsonl", "--regenerate 100");
  }

  @Test
  void scoredRowsGoOn() throws IOException {
    finishesAndVerifies("scored", SCORED, "scored.scored/part-00000.jsonl", "--rescore 100");
  }

  @Test
  void corporaAreKnown() throws IOException {
    Path out = copy("corpus");
    Map<String, String> written = files(out);
    run(0, "verify --master local[2]", out.toString());
    String told = run(0, CORPUS, "--out", out.toString(), "--master", "local[2]", "--quiet");
    assertTrue(told.contains("all 14 rows are there"), told);
    assertEquals(written, files(out));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--temperature 1|temperature: 0.9 there, 1.0 here",
        "--top-k 7|topK: 0 there, 7 here",
        "--top-p 0.8|topPHigh: 1.0 there, 0.8 here",
        "--min-p 0.02|minP: 0.01 there, 0.02 here",
        "--min-p 0|minP: 0.01 there, null here",
        "--typical-p 1|typicalP: 0.95 there, null here",
        "--repetition-penalty 1.3|repetitionPenalty: 1.2 there, 1.3 here",
        "--no-repeat-ngram 4|noRepeatNgram: 3 there, 4 here",
        "--min-new-tokens 1|minNewTokens: 2 there, 1 here",
        "--max-new-tokens 11|maxNewTokens: 10 there, 11 here",
        "--stop ?|stop: [!] there, [!, ?] here",
        "--best-of 3|bestOf: 2 there, 3 here",
        "--best-of-by sum|bestOfBy: mean there, sum here",
        "--prompt-settings min_p|promptSettings: [temperature, top_k, top_p, min_p, max_new_tokens,"
            + " stop] there, [min_p] here",
        "--cache-type f32|cacheType: f16 there, null here",
        "--seed 12|seed: 11 there, 12 here",
        "--format parquet|format: jsonl there, parquet here",
        "--shard-rows 4|shardRows: 3 there, 4 here",
      })
  void otherSettingsAreRefused(String option, String difference) {
    String name = option.split(" ")[0];
    String others =
        name.equals("--stop") ? SETTINGS : SETTINGS.replaceFirst(" " + name + " [^ ]+", "");
    String told =
        run(
            2,
            others + " " + option,
            "--model",
            model(),
            "--out",
            WRITTEN.resolve("settings").toString());
    assertTrue(told.contains("belongs to another run (" + difference + ")"), told);
  }
}
