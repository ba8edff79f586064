package scriptorium.job.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import scriptorium.job.testing.DataSets;
import scriptorium.job.testing.Launcher;
import scriptorium.job.testing.PythonEnvironment;

/**
 * What the commands write is read by other people's programs with the same values, types and nulls,
 * and the public detectors of gpt-2-output-dataset run on the released layout unchanged.
 */
@Tag("python")
class InteroperationIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String RELEASED = "small-117M-k40";

  /** Columns of the texts that are scored, in the words of cards. */
  private static final Map<String, String> INPUT =
      Map.of(
          "text", "string",
          "n", "long",
          "f", "double",
          "list", "array of long",
          "words", "array of string",
          "digits", "string",
          "flag", "boolean");

  private static final List<String> TEXTS =
      List.of(
          "{'text':'It was the best of"
              + " times.','n':9007199254740993,'f':1e300,'list':[1,2],'words':['a','b'],'digits':'0012','flag':true,'nothing':null}",
          "{'text':'Maß, 日本語, \\u2028 𝒜 \\\"quoted\\\" \\\\ \\r"
              + "\\n"
              + " <b>&amp;</b>','n':-5,'f':0.1,'list':[],'words':[],'digits':'7','flag':false,'nothing':null}",
          "{'text':null,'n':3,'f':-0.0,'list':[9007199254740993],'words':[''],'digits':'','flag':true,'nothing':null}",
          "{'text':'','n':0,'f':-1.5e-300,'list':[0],'words':['\\u0000'],'digits':'1e5','flag':null,'nothing':null}");

  @TempDir static Path folder;
  private static ArrayNode sets;
  private static PythonEnvironment python;

  @BeforeAll
  static void writeDataSets() throws Exception {
    python = PythonEnvironment.open();
    sets = JSON.createArrayNode();
    String samples =
        "generate --name s --split train=23,valid=7 --max-new-tokens 12 --shard-rows 10 ";
    run(samples + "--token-columns --out SAMPLES");
    add("SAMPLES", Map.of());
    run(samples + "--token-columns --format parquet --out PARQUET");
    add("PARQUET", Map.of());
    Files.write(
        folder.resolve("PROMPTS"),
        lines(
            "{'text':'The sea, «ruhig»'}",
            "no JSON",
            "{'text':5}",
            "{'text':'I said \\\"no\\\"'}"));
    String prompted =
        "generate --prompts PROMPTS.jsonl --samples-per-prompt 2 --max-new-tokens 6 --top-p"
            + " 0.8..1.0 ";
    Files.move(folder.resolve("PROMPTS"), folder.resolve("PROMPTS.jsonl"));
    run(prompted + "--out PROMPTED");
    add("PROMPTED", Map.of());
    run(prompted + "--token-columns --format parquet --out PROMPTED_PARQUET");
    add("PROMPTED_PARQUET", Map.of());
    Files.write(folder.resolve("TEXTS.jsonl"), lines(TEXTS.toArray(String[]::new)));
    String scored =
        "score --input TEXTS.jsonl --columns"
            + " all,tokens,token_log_likelihoods,token_ranks,token_entropies,context ";
    run(scored + "--out SCORED");
    add("SCORED", INPUT);
    run(scored + "--format parquet --out SCORED_PARQUET");
    add("SCORED_PARQUET", INPUT);
    run(
        "generate --name "
            + RELEASED
            + " --top-k 40 --split train=60,valid=20,test=20 --max-new-tokens 40 --schema openai"
            + " --merge --out RELEASED");
    add("RELEASED", Map.of());
    Path merged = folder.resolve("RELEASED").resolve(RELEASED + ".train.jsonl");
    add("MERGED", List.of(merged.toString()), Files.readAllLines(merged));
    List<String> books =
        Files.readAllLines(Launcher.HOME.resolve("datasets/human/books.test.jsonl"));
    List<String> passages = new ArrayList<>();
    for (String book : books.subList(0, 150)) {
      String text = JSON.readTree(book).path("text").asText();
      passages.add(JSON.createObjectNode().put("text", text.substring(0, 200)).toString());
    }
    Files.write(folder.resolve("HUMAN.jsonl"), passages);
    String corpus = "corpus --human HUMAN.jsonl --synthetic RELEASED ";
    run(corpus + "--model books-8M --released --out CORPUS");
    add("CORPUS", Map.of());
    run(corpus + "--format parquet --out CORPUS_PARQUET");
    add("CORPUS_PARQUET", Map.of());
    run("detect --corpus CORPUS --out DETECTORS");
    run("detect --model-in DETECTORS --input HUMAN.jsonl --model books-8M --out APPLIED");
    Path applied = folder.resolve("APPLIED/detect.detected/part-00000.jsonl");
    add("APPLIED", List.of(applied.toString()), Files.readAllLines(applied));
    JSON.writeValue(folder.resolve("sets.json").toFile(), sets);
  }

  private static List<String> lines(String... rows) {
    return List.of(rows).stream().map(row -> row.replace('\'', '"')).toList();
  }

  private static void run(String command) throws Exception {
    Launcher.Ended ended = new Launcher(folder).run(Map.of(), command.split(" +"));
    assertEquals(0, ended.status(), command + "\n" + ended.output());
  }

  /** Adds a data set, its rows as the job reads them, and the types that its card has. */
  private static void add(String name, Map<String, String> input) throws Exception {
    Path out = folder.resolve(name);
    List<String> files =
        DataSets.manifest(out).shards().stream().map(shard -> out + "/" + shard.file()).toList();
    List<String> rows = DataSets.rows(out).stream().map(ObjectNode::toString).toList();
    ObjectNode set = add(name, files, rows);
    String card = Files.readString(out.resolve("README.md"));
    set.put("card", card.contains("\nconfigs:\n"));
    ObjectNode types = set.putObject("types");
    input.forEach(types::put);
    Matcher column =
        Pattern.compile("(?m)^\\| ([a-z0-9_]+) \\| ([a-z ]+) \\| .* \\|$").matcher(card);
    while (column.find()) {
      if (column.group(2).matches("(array of )?(long|int|double|boolean|string)")) {
        types.put(column.group(1), column.group(2));
      }
    }
    for (String row : rows) {
      for (Map.Entry<String, JsonNode> value : JSON.readTree(row).properties()) {
        assertTrue(value.getValue().isNull() || types.has(value.getKey()), value + " of " + name);
      }
    }
  }

  private static ObjectNode add(String name, List<String> files, List<String> rows)
      throws Exception {
    Path truth = Files.write(folder.resolve(name + ".truth"), rows);
    ObjectNode set = sets.addObject().put("name", name).put("truth", truth.toString());
    set.put("folder", folder.resolve(name).toString()).put("card", false).putObject("types");
    set.put("format", files.getFirst().endsWith(".parquet") ? "parquet" : "jsonl");
    set.set("files", JSON.valueToTree(files));
    return set;
  }

  @ParameterizedTest
  @ValueSource(strings = {"pandas", "pyarrow", "duckdb", "datasets", "spark"})
  void everyValueIsRead(String reader) throws Exception {
    String output =
        python.run(
            Map.of("HF_DATASETS_CACHE", folder.resolve("cache").toString()),
            PythonEnvironment.SCRIPTS.resolve("read_data_sets.py").toString(),
            reader,
            folder.resolve("sets.json").toString());
    for (JsonNode set : sets) {
      String name = set.path("name").asText();
      int rows = Files.readAllLines(Path.of(set.path("truth").asText())).size();
      assertTrue(
          output.contains("\n" + name + ": " + rows + " rows\n")
              || output.startsWith(name + ": " + rows + " rows\n"),
          output);
    }
  }

  /** The lines of Python in job/docs/formats.md, one after the other; each block reads all rows. */
  @Test
  void theGuidesLinesRun() throws Exception {
    String guide = Files.readString(Launcher.HOME.resolve("job/docs/formats.md"));
    List<String> blocks =
        Pattern.compile("```python\n(.*?)```", Pattern.DOTALL)
            .matcher(guide)
            .results()
            .map(block -> block.group(1))
            .toList();
    assertEquals(5, blocks.size());
    StringBuilder script = new StringBuilder("import os\nos.chdir(");
    script.append(JSON.writeValueAsString(folder.toString())).append(")\n");
    for (String block : blocks) {
      script.append("rows = table = None\n").append(block);
      script.append("read = rows if rows is not None else table\n");
      script.append("if read is not None:\n");
      script.append("    many = len if hasattr(type(read), '__len__') else type(read).count\n");
      script.append("    print(many(read), 'rows read')\n");
    }
    Path file = Files.writeString(folder.resolve("guide.py"), script);
    String output = python.run(Map.of(), file.toString());
    assertEquals(4, output.split("(?m)^23 rows read$", -1).length - 1, output);
    assertEquals(2, output.split("nats_per_token", -1).length - 1, output);
  }

  /** The data sets have what readers stumble over. */
  @Test
  void theRowsHaveErrorsNullsAndArrays() throws Exception {
    List<ObjectNode> prompted = DataSets.rows(folder.resolve("PROMPTED"));
    assertEquals(8, prompted.size());
    assertEquals(4, prompted.stream().filter(row -> row.path("error").isTextual()).count());
    List<ObjectNode> scored = DataSets.rows(folder.resolve("SCORED_PARQUET"));
    assertTrue(scored.get(2).path("error").isTextual(), scored.get(2).toString());
    assertTrue(scored.get(0).path("token_ranks").size() > 4, scored.get(0).toString());
    assertEquals(
        DataSets.rows(folder.resolve("SAMPLES")).toString(),
        DataSets.rows(folder.resolve("PARQUET")).toString());
  }

  /** baseline.py of gpt-2-output-dataset has the accuracy of tfidf_lr on the same texts. */
  @Test
  void theReleasedBaselineRunsUnchanged() throws Exception {
    Path log = Files.createDirectories(folder.resolve("baseline"));
    JsonNode group = group(RELEASED);
    python.run(
        Map.of(),
        PythonEnvironment.SCRIPTS.resolve("gpt-2-output-dataset/baseline.py").toString(),
        folder.resolve("CORPUS").toString(),
        log.toString(),
        "--source=" + RELEASED,
        "--n_train=" + count(group, "train"),
        "--n_valid=" + count(group, "valid"));
    JsonNode theirs = JSON.readTree(log.resolve(RELEASED + ".json").toFile());
    JsonNode ours =
        StreamSupport.stream(group.path("detectors").spliterator(), false)
            .filter(detector -> detector.path("detector").asText().equals("tfidf_lr"))
            .findFirst()
            .orElseThrow();
    assertEquals(
        theirs.path("test_accuracy").asDouble(),
        100 * ours.path("results").path(0).path("accuracy").asDouble(),
        1);
  }

  private static JsonNode group(String source) throws Exception {
    JsonNode groups = JSON.readTree(folder.resolve("DETECTORS/results.json").toFile());
    assertEquals(1, groups.path("groups").size(), source);
    return groups.path("groups").path(0);
  }

  private static int count(JsonNode group, String split) {
    JsonNode rows = group.path("rows").path(split);
    return rows.path("human").asInt() + rows.path("synthetic").asInt();
  }

  /** The reader of the RoBERTa detector finds the corpus' texts. */
  @Test
  void theDetectorsCorpusReadsTheReleasedLayout() throws Exception {
    Path texts = folder.resolve("released.json");
    python.run(
        Map.of(),
        PythonEnvironment.SCRIPTS.resolve("read_released.py").toString(),
        folder.resolve("CORPUS").toString(),
        texts.toString(),
        "webtext",
        RELEASED);
    JsonNode read = JSON.readTree(texts.toFile());
    List<ObjectNode> rows = DataSets.rows(folder.resolve("CORPUS"));
    for (String split : List.of("train", "valid", "test")) {
      for (String label : List.of("human", "synthetic")) {
        List<String> ours =
            rows.stream()
                .filter(row -> row.path("split").asText().equals(split))
                .filter(row -> row.path("label").asText().equals(label))
                .map(row -> row.path("text").asText())
                .toList();
        assertTrue(!ours.isEmpty());
        String name = label.equals("human") ? "webtext" : RELEASED;
        assertEquals(JSON.valueToTree(ours), read.path(name).path(split), name + "." + split);
      }
    }
  }
}
