package scriptorium.job.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import scriptorium.engine.Engine;
import scriptorium.engine.EngineOptions;
import scriptorium.engine.Model;
import scriptorium.engine.generation.Score;
import scriptorium.engine.generation.TokenWindow;
import scriptorium.engine.model.CacheType;
import scriptorium.job.base.Console;
import scriptorium.job.base.UserException;
import scriptorium.job.config.GenerateOptions;
import scriptorium.job.config.JobConfig;
import scriptorium.job.input.PromptReader;
import scriptorium.job.row.SamplingSetting;
import scriptorium.job.testing.SessionTest;

/** Whole runs of the embedded model in one JVM. */
class GenerateWorkTest extends SessionTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private GenerateOptions options() {
    GenerateOptions options = new GenerateOptions();
    options.name = "small";
    options.model = model.path().toString();
    options.split = "train=23,valid=4,test=5";
    options.set(SamplingSetting.TOP_K, 40);
    options.set(SamplingSetting.MAX_NEW_TOKENS, 24);
    options.shardRows = 10;
    options.set(SamplingSetting.SEED, 5L);
    options.out = folder.resolve("out").toString();
    return options;
  }

  private ShardedRun job(GenerateOptions options, boolean overwrite) {
    JobConfig config = JobConfig.of(options, new GenerateOptions());
    var prompts =
        config.prompts() == null
            ? null
            : PromptReader.read(config.prompts(), config.textColumn(), HADOOP);
    return new ShardedRun(
        new GenerateWork(config, model, prompts), HADOOP, overwrite, Console.SILENT);
  }

  private ShardedRun.Result run(GenerateOptions options) {
    ShardedRun job = job(options, false);
    job.check();
    return job.execute(session);
  }

  private static List<JsonNode> rows(Path file) throws IOException {
    List<JsonNode> rows = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      rows.add(JSON.readTree(line));
    }
    return rows;
  }

  /** All files of a data set that follow from its rows, with their content. */
  private static Map<String, String> content(Path out) throws IOException {
    Map<String, String> content = new TreeMap<>();
    try (Stream<Path> files = Files.walk(out)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = out.relativize(file).toString();
        if (name.endsWith(".jsonl")) {
          content.put(name, Files.readString(file));
        }
      }
    }
    return content;
  }

  @Test
  void rowsAreCompleteAndTheManifestCountsThem() throws Exception {
    ShardedRun.Result result = run(options());
    assertEquals(32, result.totals().rows());
    Path out = folder.resolve("out");
    assertEquals(
        List.of("part-00000.jsonl", "part-00001.jsonl", "part-00002.jsonl"),
        names(out.resolve("small.train")));
    List<JsonNode> rows = rows(out.resolve("small.train/part-00002.jsonl"));
    assertEquals(3, rows.size());
    assertEquals(20, rows.getFirst().get("id").asInt());
    assertEquals(
        "[id, ended, length, text, log_likelihood, sampling_log_likelihood, model, synthetic]",
        fields(rows.getFirst()));
    JsonNode manifest = JSON.readTree(out.resolve("manifest.json").toFile());
    assertEquals("done", manifest.get("state").asText());
    assertEquals(5, manifest.get("shards").size());
    assertEquals(23 + 4, manifest.get("splits").get(2).get("offset").asInt());
    assertTrue(Files.readString(out.resolve("README.md")).contains("Synthetic text"));
    assertEquals(
        List.of("README.md", "manifest.json", "small.test", "small.train", "small.valid"),
        names(out));
  }

  @Test
  void aSecondRunDoesNothingAndAMissingShardComesBackWithTheSameBytes() throws Exception {
    run(options());
    Path out = folder.resolve("out");
    Map<String, String> before = content(out);
    assertEquals(0, run(options()).newRows());
    Files.delete(out.resolve("small.train/part-00001.jsonl"));
    GenerateOptions other = options();
    other.slots = 3;
    other.threads = 1;
    assertEquals(10, run(other).newRows());
    assertEquals(before, content(out));
  }

  @Test
  void aShardWithoutReceiptIsReadAgainAndKept() throws Exception {
    run(options());
    Path out = folder.resolve("out");
    Map<String, String> before = content(out);
    JsonNode finished = JSON.readTree(out.resolve("manifest.json").toFile());
    var cut = (com.fasterxml.jackson.databind.node.ObjectNode) finished.deepCopy();
    cut.put("state", "running").putArray("shards");
    Files.writeString(out.resolve("manifest.json"), cut.toString());
    Files.delete(out.resolve("small.valid/part-00000.jsonl"));
    assertEquals(4, run(options()).newRows());
    assertEquals(before, content(out));
    assertEquals(
        finished.get("shards"), JSON.readTree(out.resolve("manifest.json").toFile()).get("shards"));
  }

  @Test
  void changedSettingsAreRefusedByName() {
    run(options());
    GenerateOptions other = options();
    other.set(SamplingSetting.SEED, 6L);
    UserException refused = assertThrows(UserException.class, () -> job(other, false).check());
    assertTrue(refused.getMessage().contains("seed: 5 there, 6 here"), refused.getMessage());
    other.set(SamplingSetting.SEED, 5L);
    other.cacheType = "f16";
    refused = assertThrows(UserException.class, () -> job(other, false).check());
    assertTrue(refused.getMessage().contains("cacheType: nothing there, f16 here"));
    other.cacheType = "f32";
    other.split = "train=23,valid=4,test=6";
    assertTrue(
        assertThrows(UserException.class, () -> job(other, false).check())
            .getMessage()
            .contains("splits: "));
    job(other, true).check();
    assertEquals(33, job(other, true).execute(session).totals().rows());
  }

  @Test
  void aFolderOfOtherFilesIsRefused() throws Exception {
    Path out = Files.createDirectories(folder.resolve("out"));
    Files.writeString(out.resolve("thesis.txt"), "years of work");
    for (boolean overwrite : new boolean[] {false, true}) {
      UserException refused =
          assertThrows(UserException.class, () -> job(options(), overwrite).check());
      assertTrue(refused.getMessage().contains("thesis.txt"), refused.getMessage());
    }
    assertTrue(Files.exists(out.resolve("thesis.txt")));
  }

  @Test
  void badPromptsBecomeErrorRowsAndTheOthersAreGenerated() throws Exception {
    Path prompts = folder.resolve("prompts.jsonl");
    Files.writeString(
        prompts,
        "{\"text\": \"It was a dark night\"}\n{broken\n{\"text\": 5}\n{\"other\": \"\"}\n{\"text\": null}\n{\"text\": \"\\ud800 lone\"}\n{\"text\": \""
            + "word ".repeat(1500)
            + "\"}\n{\"text\": \"Once upon a time\"}\n");
    GenerateOptions options = options();
    options.split = null;
    options.prompts = prompts.toString();
    options.shardRows = 20;
    options.samplesPerPrompt = 2;
    ShardedRun.Result result = run(options);
    assertEquals(16, result.totals().rows());
    assertEquals(12, result.totals().errors());
    List<JsonNode> rows = rows(folder.resolve("out/small.train/part-00000.jsonl"));
    assertEquals("line 2: no valid JSON", rows.get(2).get("error").asText());
    assertEquals("line 3: text is a number, no text", rows.get(4).get("error").asText());
    assertEquals("line 4: no column text", rows.get(6).get("error").asText());
    assertEquals("line 5: text is null, no text", rows.get(8).get("error").asText());
    assertEquals("line 6: text is no valid Unicode", rows.get(10).get("error").asText());
    assertTrue(rows.get(10).get("prompt").isNull());
    assertTrue(
        rows.get(12).get("error").asText().startsWith("prompt of 1501 tokens"),
        rows.get(12).toString());
    assertTrue(rows.get(0).get("error").isNull());
    assertEquals("It was a dark night", rows.get(1).get("prompt").asText());
    assertEquals(1, rows.get(1).get("sample").asInt());
    assertFalse(rows.get(0).get("text").asText().equals(rows.get(1).get("text").asText()));
    options.onBadRow = "fail";
    options.out = folder.resolve("other").toString();
    UserException refused = assertThrows(UserException.class, () -> job(options, false).check());
    assertTrue(refused.getMessage().contains("line 2: no valid JSON"), refused.getMessage());
  }

  @Test
  void mergedOpenAiFilesHaveExactlyTheReleasedColumns() throws Exception {
    GenerateOptions options = options();
    options.merge = true;
    options.schema = "openai";
    run(options);
    Path out = folder.resolve("out");
    List<JsonNode> rows = rows(out.resolve("small.train.jsonl"));
    assertEquals(23, rows.size());
    for (int i = 0; i < rows.size(); i++) {
      assertEquals(i, rows.get(i).get("id").asInt());
      assertEquals("[id, ended, length, text]", fields(rows.get(i)));
    }
  }

  @ParameterizedTest
  @EnumSource(CacheType.class)
  void tokenColumnsScoreToTheSameBits(CacheType cacheType) throws Exception {
    GenerateOptions options = options();
    options.cacheType = cacheType.name().toLowerCase(java.util.Locale.ROOT);
    options.tokenColumns = true;
    options.set(SamplingSetting.TOP_P, "0.8..1.0");
    options.set(SamplingSetting.TEMPERATURE, 0.8);
    run(options);
    List<JsonNode> rows = rows(folder.resolve("out/small.train/part-00000.jsonl"));
    List<TokenWindow> texts = new ArrayList<>();
    for (JsonNode row : rows) {
      texts.add(
          TokenWindow.ofText(
              row.get("id").asLong(), JSON.convertValue(row.get("tokens"), int[].class), 50256));
      assertTrue(row.get("top_p").asDouble() >= 0.8 && row.get("top_p").asDouble() < 1);
    }
    Score[] scores = new Score[rows.size()];
    try (Model loaded = Model.load(model);
        Engine engine = new Engine(loaded, new EngineOptions(1, 3, 0, 0, cacheType))) {
      engine.score(texts.iterator(), true, score -> scores[(int) score.id()] = score);
    }
    for (int i = 0; i < scores.length; i++) {
      assertEquals(rows.get(i).get("log_likelihood").asDouble(), scores[i].logLikelihood());
      assertArrayEquals(
          JSON.convertValue(rows.get(i).get("token_log_likelihoods"), double[].class),
          scores[i].tokenLogLikelihoods());
      assertArrayEquals(
          JSON.convertValue(rows.get(i).get("token_ranks"), int[].class), scores[i].tokenRanks());
    }
  }

  @Test
  void parquetShardsHoldTheSameRowsAndTheSameBytesAgain() throws Exception {
    GenerateOptions options = options();
    options.format = "parquet";
    options.tokenColumns = true;
    run(options);
    Path part = folder.resolve("out/small.train/part-00001.parquet");
    byte[] first = Files.readAllBytes(part);
    Files.delete(part);
    run(options);
    assertArrayEquals(first, Files.readAllBytes(part));
    var table = session.read().parquet(folder.resolve("out/small.train").toString());
    assertEquals(23, table.count());
    GenerateOptions lines = options();
    lines.tokenColumns = true;
    lines.out = folder.resolve("lines").toString();
    run(lines);
    JsonNode row = rows(folder.resolve("lines/small.train/part-00000.jsonl")).get(7);
    var same = table.where("id = 7").first();
    assertEquals(row.get("text").asText(), same.getAs("text"));
    assertEquals(row.get("log_likelihood").asDouble(), same.<Double>getAs("log_likelihood"));
    assertEquals(row.get("tokens").size(), same.getList(same.fieldIndex("tokens")).size());
  }

  private static String fields(JsonNode row) {
    List<String> names = new ArrayList<>();
    row.fieldNames().forEachRemaining(names::add);
    return names.toString();
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
