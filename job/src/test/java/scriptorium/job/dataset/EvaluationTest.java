package scriptorium.job.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scriptorium.engine.Engine;
import scriptorium.engine.EngineOptions;
import scriptorium.engine.Model;
import scriptorium.engine.ModelFolder;
import scriptorium.job.base.Console;

/** Standard evaluations against the float64 reference, on the begin of their data. */
class EvaluationTest {
  private static final Path HOME = Path.of(System.getProperty("scriptorium.home"));
  private static JsonNode expected;
  private static Model model;
  private static Engine engine;
  @TempDir Path folder;

  @BeforeAll
  static void start() throws Exception {
    expected =
        new ObjectMapper()
            .readTree(HOME.resolve("engine/src/test/resources/golden/evals.json").toFile());
    try (ModelFolder opened = ModelFolder.open(HOME.resolve("datasets/books-8M"))) {
      model = Model.load(opened);
    }
    engine = new Engine(model, EngineOptions.DEFAULT);
  }

  @AfterAll
  static void stop() {
    engine.close();
    model.close();
  }

  @Test
  void lambadaEqualsTheReference() throws Exception {
    List<String> lines =
        Files.readAllLines(HOME.resolve("datasets").resolve(Evaluation.LAMBADA.file()));
    Path file = Files.write(folder.resolve("some.jsonl"), lines.subList(0, 200));
    Map<String, Double> figures = Evaluation.LAMBADA.run(engine, file, 0, Console.SILENT);
    JsonNode wanted = expected.get("lambada");
    assertEquals(200, figures.get("passages"));
    assertEquals(wanted.get("accuracy").asDouble(), figures.get("accuracy"));
    assertEquals(wanted.get("last_token_accuracy").asDouble(), figures.get("last_token_accuracy"));
    double perplexity = wanted.get("perplexity").asDouble();
    assertEquals(perplexity, figures.get("perplexity"), 1e-5 * perplexity);
  }

  @Test
  void wikiText2EqualsTheReference() throws Exception {
    String raw =
        Files.readString(HOME.resolve("datasets").resolve(Evaluation.WIKITEXT2.file()))
            .replace("\r\n", "\n");
    String cut = raw.substring(0, raw.lastIndexOf('\n', 59_999) + 1);
    JsonNode wanted = expected.get("wikitext2");
    byte[] text = Detokenizers.wikiText(cut).getBytes(StandardCharsets.UTF_8);
    assertEquals(
        wanted.get("detokenized_sha256").asText(),
        HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text)));
    Map<String, Double> figures =
        Evaluation.WIKITEXT2.run(
            engine, Files.writeString(folder.resolve("raw"), cut), 512, Console.SILENT);
    assertEquals(wanted.get("tokens").asDouble(), figures.get("tokens"));
    assertEquals(wanted.get("words").asDouble(), figures.get("words"));
    for (String name : List.of("token_perplexity", "word_perplexity")) {
      double value = wanted.get(name).asDouble();
      assertEquals(value, figures.get(name), 1e-5 * value);
    }
  }
}
