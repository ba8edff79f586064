package scriptorium.job.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import scriptorium.engine.ModelFolder;
import scriptorium.job.base.Console;
import scriptorium.job.base.UserException;
import scriptorium.job.config.CorpusConfig;
import scriptorium.job.config.CorpusOptions;
import scriptorium.job.config.GenerateOptions;
import scriptorium.job.row.SamplingSetting;
import scriptorium.job.testing.DataSets;
import scriptorium.job.testing.SessionTest;

/** Corpora of planted duplicates, prompts and groups. */
class CorpusJobTest extends SessionTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private final Random random = new Random(7);
  private int refused;

  private CorpusOptions options() {
    CorpusOptions options = new CorpusOptions();
    options.human = List.of(folder.resolve("human.jsonl").toString());
    options.synthetic = List.of(folder.resolve("small-124M-k40.train.jsonl").toString());
    options.out = folder.resolve("corpus").toString();
    options.shardRows = 50;
    return options;
  }

  private static CorpusJob.Result run(CorpusOptions options) {
    return run(options, null);
  }

  private static CorpusJob.Result run(CorpusOptions options, ModelFolder scorer) {
    CorpusJob job =
        new CorpusJob(
            CorpusConfig.of(options, new CorpusOptions()), scorer, HADOOP, false, Console.SILENT);
    job.check();
    return job.execute(session);
  }

  private String text(int words) {
    StringBuilder text = new StringBuilder("It was");
    for (int i = 0; i < words; i++) {
      text.append(' ').append("word").append(random.nextInt(3000));
    }
    return text.append('.').toString();
  }

  private static ObjectNode row(String text) {
    return JSON.createObjectNode().put("text", text);
  }

  private Path write(String name, List<ObjectNode> rows) throws IOException {
    return Files.write(folder.resolve(name), rows.stream().map(ObjectNode::toString).toList());
  }

  private List<ObjectNode> texts(int count) {
    List<ObjectNode> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      rows.add(row(text(40 + i % 60)));
    }
    return rows;
  }

  /** All rows of a corpus by their split. */
  private static Map<String, List<JsonNode>> rows(String out) throws IOException {
    Map<String, List<JsonNode>> splits = new TreeMap<>();
    for (String split : List.of("train", "valid", "test")) {
      List<JsonNode> rows = new ArrayList<>();
      try (Stream<Path> shards = Files.list(Path.of(out, "corpus." + split))) {
        for (Path shard : shards.sorted().toList()) {
          for (String line : Files.readAllLines(shard)) {
            rows.add(JSON.readTree(line));
          }
        }
      }
      splits.put(split, rows);
    }
    return splits;
  }

  private static List<JsonNode> all(String out) throws IOException {
    return rows(out).values().stream().flatMap(List::stream).toList();
  }

  private static Map<String, Long> count(List<JsonNode> rows, String column) {
    return rows.stream()
        .collect(Collectors.groupingBy(row -> row.get(column).asText(), Collectors.counting()));
  }

  private static void assertOneSplitEach(
      Map<String, List<JsonNode>> splits, Function<JsonNode, String> key) {
    Map<String, String> seen = new HashMap<>();
    splits.forEach(
        (split, rows) ->
            rows.forEach(
                row -> {
                  String before = seen.putIfAbsent(key.apply(row), split);
                  assertTrue(before == null || before.equals(split), key.apply(row));
                }));
  }

  @Test
  void everySideGivesAsManyRowsInEachSplit() throws Exception {
    write("human.jsonl", texts(400));
    write("small-124M-k40.train.jsonl", texts(300));
    CorpusOptions options = options();
    CorpusJob.Result result = run(options);
    Map<String, List<JsonNode>> splits = rows(options.out);
    long kept = 0;
    for (Map.Entry<String, List<JsonNode>> split : splits.entrySet()) {
      Map<String, Long> labels = count(split.getValue(), "label");
      assertEquals(labels.get("human"), labels.get("synthetic"), split.getKey());
      for (int i = 0; i < split.getValue().size(); i++) {
        assertEquals(i, split.getValue().get(i).get("id").asInt());
        assertEquals(split.getKey(), split.getValue().get(i).get("split").asText());
      }
      kept += split.getValue().size();
    }
    assertTrue(kept > 450, kept + " kept");
    double share = (double) splits.get("train").size() / kept;
    assertTrue(share > 0.72 && share < 0.88, "train " + share);
    JsonNode synthetic =
        all(options.out).stream()
            .filter(row -> row.get("label").asText().equals("synthetic"))
            .findFirst()
            .orElseThrow();
    assertEquals("k40", synthetic.get("family").asText());
    assertEquals("124M", synthetic.get("model").asText());
    assertEquals(40, synthetic.get("top_k").asInt());
    assertEquals("small-124M-k40", synthetic.get("source").asText());
    List<String> labels =
        splits.get("train").stream().map(row -> row.get("label").asText()).toList();
    assertTrue(labels.subList(0, 40).containsAll(Set.of("human", "synthetic")), "not shuffled");
    assertEquals(kept, result.manifest().totals().rows());
    assertEquals(List.of(), DataSets.verify(Path.of(options.out)).execute(session));
    assertFalse(run(options).fresh());
    options.seed = 1L;
    assertTrue(
        assertThrows(UserException.class, () -> run(options)).getMessage().contains("seed: 0"));
  }

  @Test
  void plantedDuplicatesGoAndThePlaceOfNoneIsInTwoSplits() throws Exception {
    List<ObjectNode> human = texts(200);
    List<ObjectNode> synthetic = texts(200);
    Set<String> copies = new HashSet<>();
    for (int i = 0; i < 60; i++) {
      String original = human.get(i).get("text").asText();
      switch (i % 3) {
        case 0 -> human.add(row("  " + original.replace(" ", "\n "))); // equal but for white space
        case 1 -> synthetic.add(row(original)); // equal, of the other side
        default -> { // nearly equal
          String copy = original.replaceFirst("word[0-9]+\\.$", "altogether.");
          synthetic.add(row(copy));
          copies.add(copy);
        }
      }
    }
    write("human.jsonl", human);
    write("small-124M-k40.train.jsonl", synthetic);
    CorpusOptions options = options();
    options.split = "train=0.5,valid=0.25,test=0.25";
    CorpusJob.Result result = run(options);
    CorpusJob.SourceCounts first = result.counts().getFirst();
    CorpusJob.SourceCounts second = result.counts().getLast();
    assertEquals(20, first.equal());
    assertEquals(0, first.nearlyEqual());
    assertEquals(20, second.equal(), "a human text stays");
    assertEquals(20, second.nearlyEqual());
    Set<String> kept =
        all(options.out).stream().map(row -> row.get("text").asText()).collect(Collectors.toSet());
    copies.forEach(copy -> assertFalse(kept.contains(copy)));
    assertOneSplitEach(
        rows(options.out), row -> String.join(" ", row.get("text").asText().strip().split("\\s+")));
  }

  @Test
  void promptsAndGroupsStayInOneSplit() throws Exception {
    List<ObjectNode> human = texts(300);
    List<ObjectNode> synthetic = texts(300);
    for (int i = 0; i < 300; i++) {
      human.get(i).put("book", "book " + i % 50);
      synthetic.get(i).put("prompt", "prompt " + i % 60);
    }
    for (int i = 0; i < 60; i++) {
      human.add(row(text(70)).put("book", "other " + i).put("prompt", "prompt " + i));
    }
    write("human.jsonl", human);
    write("small-124M-k40.train.jsonl", synthetic);
    CorpusOptions options = options();
    options.groupColumn = "book";
    run(options);
    Map<String, List<JsonNode>> splits = rows(options.out);
    assertOneSplitEach(
        splits,
        row -> row.get("prompt").isNull() ? row.get("text").asText() : row.get("prompt").asText());
    Map<String, String> books = new HashMap<>();
    human.stream()
        .filter(row -> !row.has("prompt"))
        .forEach(row -> books.put(row.get("text").asText(), row.get("book").asText()));
    assertOneSplitEach(splits, row -> books.getOrDefault(row.get("text").asText(), "" + row));
  }

  @Test
  void lengthsAreMatchedWhereWished() throws Exception {
    List<ObjectNode> human = new ArrayList<>();
    List<ObjectNode> synthetic = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      human.add(row(text(20 + i % 100)));
      synthetic.add(row(text(60 + i % 100)));
    }
    write("human.jsonl", human);
    write("small-124M-k40.train.jsonl", synthetic);
    CorpusOptions options = options();
    options.matchLengths = true;
    options.rows = 100L;
    run(options);
    List<JsonNode> rows = all(options.out);
    Map<String, Long> labels = count(rows, "label");
    assertEquals(labels.get("human"), labels.get("synthetic"));
    assertTrue(rows.size() <= 200 && rows.size() > 150, rows.size() + " rows");
    for (int step = 0; step < 60; step++) {
      int at = step;
      Map<String, Long> here =
          count(
              rows.stream()
                  .filter(
                      row ->
                          (int)
                                  Math.floor(
                                      4 * Math.log(row.get("text").asText().length()) / Math.log(2))
                              == at)
                  .toList(),
              "label");
      assertEquals(here.get("human"), here.get("synthetic"), "step " + step);
    }
  }

  @Test
  @Tag("slow")
  void samplesAreTakenFromTheirDataSetAndScored() throws Exception {
    GenerateOptions samples = DataSets.samples(folder.resolve("samples"), "parquet");
    samples.split = "train=40,valid=20";
    samples.set(SamplingSetting.TOP_P, "0.8..1.0");
    samples.set(SamplingSetting.TOP_K, null);
    DataSets.generate(samples, model, session);
    List<ObjectNode> human = texts(80);
    human.add(JSON.createObjectNode().put("text", 7));
    human.add(row(" \n"));
    write("human.jsonl", human);
    for (String format : List.of("jsonl", "parquet")) {
      CorpusOptions options = options();
      options.synthetic = List.of(samples.out);
      options.split = "train=0.6,valid=0.2,test=0.2";
      options.out = folder.resolve("corpus-" + format).toString();
      options.format = format;
      options.released = true;
      CorpusJob.Result result = run(options, model);
      assertEquals(2, result.counts().getFirst().unusable());
      assertEquals(60, result.counts().getLast().rows());
      assertEquals("nucleus", result.counts().getLast().family());
      assertEquals(List.of(), DataSets.verify(Path.of(options.out)).execute(session));
      assertTrue(result.manifest().totals().tokens() > 0);
      List<String> released = Files.readAllLines(Path.of(options.out, "webtext.train.jsonl"));
      assertEquals(
          result.manifest().splits().getFirst().rows(),
          released.size() + Files.readAllLines(Path.of(options.out, "set.train.jsonl")).size());
      assertTrue(
          released.getFirst().matches("\\{\"id\":[0-9]+,\"ended\":true,\"length\":[0-9]+,.*"),
          released.getFirst());
    }
    List<JsonNode> rows = all(folder.resolve("corpus-jsonl").toString());
    JsonNode row =
        rows.stream()
            .filter(one -> one.get("label").asText().equals("synthetic"))
            .findFirst()
            .orElseThrow();
    assertEquals("books-8M", row.get("model").asText());
    assertTrue(row.get("top_p").asDouble() >= 0.8 && row.get("top_p").asDouble() <= 1);
    for (String column : List.of("log_likelihood", "mean_log_rank", "fast_detect_gpt")) {
      assertTrue(row.get(column).isNumber(), column);
      assertNotNull(rows.getFirst().get(column));
    }
    assertTrue(
        assertThrows(
                UserException.class,
                () -> DataSets.verify(folder.resolve("corpus-jsonl")).requireModel())
            .getMessage()
            .contains("is a corpus"));
  }

  @Test
  @Tag("slow")
  void scoredDataSetsBringTheirScores() throws Exception {
    GenerateOptions samples = DataSets.samples(folder.resolve("samples"), "jsonl");
    samples.split = "train=60";
    DataSets.generate(samples, model, session);
    var scored = DataSets.scores(folder.resolve("samples"), folder.resolve("scored"), "jsonl");
    DataSets.score(scored, model, null, session);
    write("human.jsonl", texts(60));
    var human = DataSets.scores(folder.resolve("human.jsonl"), folder.resolve("human"), "jsonl");
    human.name = "people";
    DataSets.score(human, model, null, session);
    CorpusOptions options = options();
    options.human = List.of(human.out);
    options.synthetic = List.of(scored.out);
    options.split = "train=0.5,test=0.5";
    CorpusJob.Result result = run(options);
    assertEquals("people", result.counts().getFirst().source());
    assertEquals("k40", result.counts().getLast().family());
    assertEquals(
        "log_likelihood,length,bits_per_byte,perplexity",
        result.manifest().settings().get("columns"));
    Map<String, Double> expected = new HashMap<>();
    try (Stream<Path> shards = Files.list(Path.of(scored.out, "set.scored"))) {
      for (Path shard : shards.toList()) {
        for (String line : Files.readAllLines(shard)) {
          JsonNode row = JSON.readTree(line);
          expected.put(row.get("text").asText(), row.get("scored_log_likelihood").asDouble());
        }
      }
    }
    int synthetic = 0;
    try (Stream<Path> shards = Files.list(Path.of(options.out, "corpus.train"))) {
      for (Path shard : shards.toList()) {
        for (String line : Files.readAllLines(shard)) {
          JsonNode row = JSON.readTree(line);
          if (row.get("label").asText().equals("synthetic")) {
            assertEquals(
                expected.get(row.get("text").asText()), row.get("log_likelihood").asDouble());
            synthetic++;
          }
        }
      }
    }
    assertTrue(synthetic > 10);
  }

  @Test
  void sourcesThatAreNoneAreRefused() throws Exception {
    write("human.jsonl", texts(20));
    write("small-124M-k40.train.jsonl", texts(20));
    refuse(options -> options.human = null, "--human");
    refuse(options -> options.synthetic = List.of(), "--synthetic");
    refuse(options -> options.human = List.of(folder + "/none.jsonl"), "does not exist");
    refuse(options -> options.textColumn = "body", "no column body");
    refuse(options -> options.split = "train=0.5", "sum is 1");
    refuse(options -> options.split = "train=0.5,train=0.5", "each name once");
    refuse(options -> options.nearDuplicates = 1.5, "similarity above 0.3");
    refuse(options -> options.rows = 0L, "at least 1");
    write("empty.jsonl", List.of());
    refuse(options -> options.human = List.of(folder + "/empty.jsonl"), "has no texts");
    write("bad.jsonl", List.of(row("one"), JSON.createObjectNode().put("text", 1)));
    refuse(
        options -> {
          options.human = List.of(folder + "/bad.jsonl");
          options.onBadRow = "fail";
        },
        "bad rows (row 1: column text is a number, no text)");
    Path mine = Files.createDirectories(folder.resolve("corpus" + refused));
    Files.writeString(mine.resolve("mine.txt"), "x");
    refuse(options -> {}, "holds other files (mine.txt)");
  }

  private void refuse(java.util.function.Consumer<CorpusOptions> change, String expected) {
    CorpusOptions options = options();
    options.out = folder.resolve("corpus" + refused++).toString();
    change.accept(options);
    String message = assertThrows(UserException.class, () -> run(options)).getMessage();
    assertTrue(message.contains(expected), message);
    assertEquals(1, message.lines().count());
  }
}
