package scriptorium.job.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import scriptorium.engine.Engine;
import scriptorium.engine.EngineOptions;
import scriptorium.engine.Model;
import scriptorium.engine.ModelFolder;
import scriptorium.engine.Scorer;
import scriptorium.engine.ScoringConfig;
import scriptorium.engine.TextScore;
import scriptorium.job.base.Console;
import scriptorium.job.config.ScoreConfig;
import scriptorium.job.config.ScoreOptions;
import scriptorium.job.testing.SessionTest;

/** Texts, and runs of score on them under the embedded model. */
abstract class ScoreRuns extends SessionTest {
  static final ObjectMapper JSON = new ObjectMapper();

  private static Path home() {
    return Path.of(System.getProperty("scriptorium.home"));
  }

  ScoreOptions options(Path... inputs) {
    ScoreOptions options = new ScoreOptions();
    options.model = model.path().toString();
    options.input = Arrays.stream(inputs).map(Path::toString).toList();
    options.name = "texts";
    options.out = folder.resolve("out").toString();
    options.shardRows = 10;
    return options;
  }

  static ShardedRun.Result run(ScoreOptions options) {
    return run(options, null);
  }

  static ShardedRun.Result run(ScoreOptions options, ModelFolder observer) {
    ShardedRun job =
        new ShardedRun(
            new ScoreWork(ScoreConfig.of(options, new ScoreOptions()), model, observer, HADOOP),
            HADOOP,
            false,
            Console.SILENT);
    job.check();
    return job.execute(session);
  }

  /** All rows in the order of the shards. */
  List<JsonNode> rows() throws IOException {
    List<JsonNode> rows = new ArrayList<>();
    try (Stream<Path> shards = Files.list(folder.resolve("out/texts.scored"))) {
      for (Path shard : shards.sorted().toList()) {
        for (String line : Files.readAllLines(shard)) {
          rows.add(JSON.readTree(line));
        }
      }
    }
    return rows;
  }

  static List<String> books(int count) throws IOException {
    try (Stream<String> lines = Files.lines(home().resolve("datasets/human/books.test.jsonl"))) {
      List<String> texts = new ArrayList<>();
      for (String line : lines.limit(count).toList()) {
        String text = JSON.readTree(line).get("text").asText();
        texts.add(text.substring(0, Math.min(text.length(), 40 + 37 * (texts.size() % 11))));
      }
      return texts;
    }
  }

  static String jsonl(List<String> texts) {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < texts.size(); i++) {
      ObjectNode row = JSON.createObjectNode().put("key", "k" + i);
      row.put("text", texts.get(i)).put("n", i).putArray("list").add(1.50).add("a");
      lines.append(row).append('\n');
    }
    return lines.toString();
  }

  static List<TextScore> expected(List<String> texts) throws Exception {
    try (Model loaded = Model.load(model);
        Engine engine = new Engine(loaded, new EngineOptions(1, 5, 0, 0))) {
      return new Scorer(engine, new ScoringConfig(0, true)).score(texts);
    }
  }

  Map<String, String> files() throws IOException {
    Map<String, String> contents = new TreeMap<>();
    Path out = folder.resolve("out");
    try (Stream<Path> all = Files.walk(out)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        contents.put(out.relativize(file).toString(), Files.readString(file));
      }
    }
    return contents;
  }
}
