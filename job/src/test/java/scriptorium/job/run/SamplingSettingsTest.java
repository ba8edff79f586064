package scriptorium.job.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static scriptorium.job.testing.Messages.assertOneLine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import scriptorium.engine.Model;
import scriptorium.engine.tokenizer.BytePairTokenizer;
import scriptorium.job.base.UserException;
import scriptorium.job.config.GenerateOptions;
import scriptorium.job.config.JobConfig;
import scriptorium.job.input.PromptReader;
import scriptorium.job.input.PromptTable;
import scriptorium.job.row.SamplingSetting;
import scriptorium.job.testing.DataSets;
import scriptorium.job.testing.SessionTest;
import scriptorium.job.verify.RowProof;

/** Whole runs with the settings beside temperature, top-k and top-p, and those of prompts. */
class SamplingSettingsTest extends SessionTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> OWN =
      List.of(
          "{\"text\": \"It was a dark\"}",
          "{\"text\": \"It was a dark\", \"temperature\": 0.5, \"top_k\": null}",
          "{\"text\": \"The sea\", \"top_k\": 3.0, \"min_p\": 0.2}",
          "{\"text\": \"The sea\", \"max_new_tokens\": 5, \"repetition_penalty\": 1.5}",
          "{\"text\": \"She said\", \"stop\": [\".\", \",\"], \"top_p\": 0.8}",
          "{\"text\": \"She said\", \"stop\": \"e\", \"typical_p\": 0.7, \"no_repeat_ngram\": 2}",
          "{\"text\": \"She said\", \"min_new_tokens\": 9}");
  private static final List<String> COLUMNS =
      List.of(
          "stop",
          "temperature",
          "top_k",
          "top_p",
          "min_p",
          "typical_p",
          "repetition_penalty",
          "no_repeat_ngram",
          "min_new_tokens",
          "max_new_tokens");

  private Path out() {
    return folder.resolve("out");
  }

  private GenerateOptions mixed(String format) {
    GenerateOptions options = DataSets.samples(out(), format);
    options.set(SamplingSetting.TOP_P, "0.8..1.0");
    options.set(SamplingSetting.MIN_P, 0.01);
    options.set(SamplingSetting.TYPICAL_P, 0.95);
    options.set(SamplingSetting.REPETITION_PENALTY, 1.2);
    options.set(SamplingSetting.NO_REPEAT_NGRAM, 3);
    options.set(SamplingSetting.MIN_NEW_TOKENS, 2);
    options.set(SamplingSetting.STOP, List.of(", ", "e\"x|", "the"));
    options.set(SamplingSetting.BEST_OF, 2);
    options.set(SamplingSetting.BEST_OF_BY, "mean");
    options.tokenColumns = true;
    return options;
  }

  private GenerateOptions prompted(List<String> lines) throws IOException {
    Path prompts = folder.resolve("prompts.jsonl");
    Files.write(prompts, lines);
    GenerateOptions options = DataSets.samples(out(), "jsonl");
    options.split = null;
    options.prompts = prompts.toString();
    options.samplesPerPrompt = 2;
    options.promptSettings = COLUMNS;
    return options;
  }

  private void generate(GenerateOptions options) {
    DataSets.generate(options, model, session);
  }

  private static List<ObjectNode> rows(Path out) throws IOException {
    List<ObjectNode> rows = new ArrayList<>();
    for (int shard = 0; Files.exists(shard(out, shard)); shard++) {
      for (String line : Files.readAllLines(shard(out, shard))) {
        rows.add((ObjectNode) JSON.readTree(line));
      }
    }
    return rows;
  }

  private static Path shard(Path out, int shard) {
    return out.resolve("set.train/part-0000" + shard + ".jsonl");
  }

  @ParameterizedTest
  @ValueSource(strings = {"jsonl", "parquet"})
  void aRunOfAllSettingsIsContinuedAndProven(String format) throws Exception {
    generate(mixed(format));
    Path lost = out().resolve("set.train/part-00001." + format);
    byte[] before = Files.readAllBytes(lost);
    Files.delete(lost);
    GenerateOptions again = mixed(format);
    again.slots = 3;
    again.threads = 1;
    generate(again);
    assertTrue(Arrays.equals(before, Files.readAllBytes(lost)));
    assertEquals(List.of(), DataSets.verify(out()).execute(session));
    assertEquals(List.of(), DataSets.verify(out()).regenerate(model, 1000, 1));
    assertEquals(
        new RowProof(List.of(), 30, 0), DataSets.verify(out()).rescore(model, null, 1000, 1));
  }

  @Test
  void aForgedStopIsFound() throws Exception {
    GenerateOptions options = mixed("jsonl");
    options.set(SamplingSetting.STOP, List.of("e", "a"));
    generate(options);
    String file = "set.train/part-00000.jsonl";
    int row = 0;
    while (rows(out()).get(row).get("stopped_by").isNull()) {
      row++;
    }
    DataSets.forgeLine(
        out(),
        file,
        row,
        line -> line.replaceFirst("\"stopped_by\":\"[ae]\"", "\"stopped_by\":\"x\""));
    List<?> defects = DataSets.verify(out()).rescore(model, null, 1000, 1).defects();
    assertEquals(1, defects.size(), defects.toString());
    assertTrue(defects.toString().contains(" in the column stopped_by, "), defects.toString());
  }

  @Test
  void anOtherSettingIsRefusedByName() {
    generate(mixed("jsonl"));
    GenerateOptions other = mixed("jsonl");
    other.set(SamplingSetting.STOP, List.of(", e\"x|", "the"));
    String message = assertThrows(UserException.class, () -> generate(other)).getMessage();
    assertTrue(message.contains("stop: [, , e\"x|, the] there, [, e\"x|, the] here"), message);
    other.set(SamplingSetting.STOP, mixed("jsonl").value(SamplingSetting.STOP));
    other.set(SamplingSetting.MIN_P, 0.0);
    message = assertThrows(UserException.class, () -> generate(other)).getMessage();
    assertTrue(message.contains("minP: 0.01 there, null here"), message);
    GenerateOptions plain = DataSets.samples(folder.resolve("plain"), "jsonl");
    plain.split = "train=1";
    generate(plain);
    assertEquals(
        List.of(
            "temperature",
            "topK",
            "topPLow",
            "topPHigh",
            "maxNewTokens",
            "seed",
            "samplesPerPrompt",
            "textColumn",
            "schema",
            "tokenColumns",
            "format",
            "shardRows"),
        List.copyOf(DataSets.manifest(folder.resolve("plain")).settings().keySet()));
    plain.set(SamplingSetting.BEST_OF, 3);
    message = assertThrows(UserException.class, () -> generate(plain)).getMessage();
    assertTrue(message.contains("bestOf: nothing there, 3 here"), message);
  }

  @Test
  void aStopStringEndsTheTextAndTheTokensTellTheRest() throws Exception {
    List<String> stops = List.of(", ", "e\"x|", "the");
    GenerateOptions options = mixed("jsonl");
    options.set(SamplingSetting.STOP, stops);
    options.set(SamplingSetting.BEST_OF, null);
    options.set(SamplingSetting.BEST_OF_BY, null);
    generate(options);
    int stopped = 0;
    try (Model loaded = Model.load(model)) {
      BytePairTokenizer tokenizer = loaded.tokenizer();
      for (JsonNode row : rows(out())) {
        int[] tokens = JSON.convertValue(row.get("tokens"), int[].class);
        String whole = tokenizer.decode(tokens, 0, row.get("length").asInt());
        String text = row.get("text").asText();
        String stop = row.get("stopped_by").textValue();
        if (stop == null) {
          assertEquals(whole, text);
          assertTrue(stops.stream().noneMatch(whole::contains));
        } else {
          stopped++;
          assertEquals(whole.indexOf(stop), text.length());
          assertTrue(whole.startsWith(text + stop));
          assertFalse(row.get("ended").asBoolean());
          String before = tokenizer.decode(tokens, 0, tokens.length - 1);
          assertTrue(stops.stream().noneMatch(before::contains));
        }
      }
    }
    assertTrue(stopped > 5, stopped + " stopped");
    String card = Files.readString(out().resolve("README.md"));
    assertTrue(card.contains("| stop | [\", \",\"e\\\"x\\|\",\"the\"] |"), card);
    assertTrue(card.contains("| stopped_by | string |"), card);
  }

  /** Each row, without the columns of settings, is that of a run with these settings for all. */
  @Test
  void rowsOfPromptsWithSettingsEqualThoseOfARunWithThem() throws Exception {
    GenerateOptions options = prompted(OWN);
    generate(options);
    List<ObjectNode> own = rows(out());
    assertEquals(14, own.size());
    assertEquals(List.of(), DataSets.verify(out()).execute(session));
    assertEquals(List.of(), DataSets.verify(out()).regenerate(model, 1000, 1));
    for (int prompt = 0; prompt < OWN.size(); prompt++) {
      GenerateOptions general = prompted(OWN);
      general.promptSettings = null;
      general.out = folder.resolve("general" + prompt).toString();
      set(general, JSON.readTree(OWN.get(prompt)));
      generate(general);
      List<ObjectNode> rows = rows(Path.of(general.out));
      for (int row = 2 * prompt; row < 2 * prompt + 2; row++) {
        ObjectNode expected = rows.get(row);
        ObjectNode found = own.get(row).deepCopy();
        found.remove(COLUMNS);
        expected.remove(COLUMNS);
        if (!expected.has("stopped_by")) {
          assertTrue(found.get("stopped_by").isNull());
          found.remove("stopped_by");
        }
        assertEquals(expected.toString(), found.toString());
      }
    }
    assertEquals(
        "[id, ended, length, text, log_likelihood, sampling_log_likelihood, prompt, prompt_id, sample, top_p,"
            + " temperature, top_k, min_p, typical_p, repetition_penalty, no_repeat_ngram, min_new_tokens,"
            + " max_new_tokens, stop, stopped_by, model, synthetic, error]",
        names(own.getFirst()));
    assertEquals(0.5, own.get(2).get("temperature").asDouble());
    assertEquals(40, own.get(2).get("top_k").asInt());
    assertEquals(3, own.get(5).get("top_k").asInt());
    assertEquals("[\".\",\",\"]", own.get(8).get("stop").toString());
    assertEquals("[]", own.get(0).get("stop").toString());
  }

  private static void set(GenerateOptions options, JsonNode own) {
    for (var setting : own.properties()) {
      JsonNode value = setting.getValue();
      if (value.isNull()) {
        continue;
      }
      switch (setting.getKey()) {
        case "temperature" -> options.set(SamplingSetting.TEMPERATURE, value.doubleValue());
        case "top_k" -> options.set(SamplingSetting.TOP_K, value.intValue());
        case "top_p" -> options.set(SamplingSetting.TOP_P, value.toString());
        case "min_p" -> options.set(SamplingSetting.MIN_P, value.doubleValue());
        case "typical_p" -> options.set(SamplingSetting.TYPICAL_P, value.doubleValue());
        case "repetition_penalty" ->
            options.set(SamplingSetting.REPETITION_PENALTY, value.doubleValue());
        case "no_repeat_ngram" -> options.set(SamplingSetting.NO_REPEAT_NGRAM, value.intValue());
        case "min_new_tokens" -> options.set(SamplingSetting.MIN_NEW_TOKENS, value.intValue());
        case "max_new_tokens" -> options.set(SamplingSetting.MAX_NEW_TOKENS, value.intValue());
        case "stop" ->
            options.set(
                SamplingSetting.STOP,
                value.isTextual()
                    ? List.of(value.textValue())
                    : List.of(JSON.convertValue(value, String[].class)));
        default -> assertEquals("text", setting.getKey());
      }
    }
  }

  private static String names(ObjectNode row) {
    List<String> names = new ArrayList<>();
    row.fieldNames().forEachRemaining(names::add);
    return names.toString();
  }

  @Test
  void parquetRowsOfPromptsWithSettingsAreProven() throws Exception {
    GenerateOptions options = prompted(OWN);
    options.format = "parquet";
    options.tokenColumns = true;
    generate(options);
    assertEquals(List.of(), DataSets.verify(out()).execute(session));
    assertEquals(List.of(), DataSets.verify(out()).regenerate(model, 1000, 1));
    assertEquals(
        new RowProof(List.of(), 14, 0), DataSets.verify(out()).rescore(model, null, 1000, 1));
  }

  @Test
  void theReleasedSchemaStaysAsItIs() throws Exception {
    GenerateOptions options = prompted(OWN);
    options.schema = "openai";
    options.set(SamplingSetting.STOP, List.of("the"));
    generate(options);
    assertEquals("[id, ended, length, text]", names(rows(out()).getFirst()));
    assertEquals(List.of(), DataSets.verify(out()).regenerate(model, 1000, 1));
  }

  @Test
  void wrongSettingsOfAPromptMakeAnErrorRow() throws Exception {
    List<String> wrong =
        List.of(
            "\"temperature\": -1|Temperature -1.0 is not in 0..1000",
            "\"temperature\": \"1\"|temperature is a text, no number",
            "\"temperature\": 1e999|Temperature Infinity",
            "\"temperature\": 1e-300|Temperature 1.0E-300 is below",
            "\"temperature\": 1e-40|Temperature 1.0E-40 is below",
            "\"top_k\": 40.5|top_k is 40.5, no whole number of 0..2147483647",
            "\"top_k\": 99999999999999999999|top_k is 99999999999999999999, no whole number of 0..",
            "\"max_new_tokens\": "
                + "9".repeat(90)
                + "|max_new_tokens is "
                + "9".repeat(40)
                + "..., no",
            "\"no_repeat_ngram\": true|no_repeat_ngram is a boolean, no whole number of 0..",
            "\"top_k\": 3000000000|top_k is 3000000000, no whole number",
            "\"top_k\": -1|Top-k -1 is negative",
            "\"top_p\": 0|Top-p 0.0 is not within (0, 1]",
            "\"top_p\": [1]|top_p is an array",
            "\"min_p\": 1.5|Min-p 1.5 is not in 0..1",
            "\"typical_p\": 0|Typical-p 0.0 is not within (0, 1]",
            "\"repetition_penalty\": 0|Repetition penalty 0.0",
            "\"no_repeat_ngram\": -2|No-repeat n-gram -2",
            "\"min_new_tokens\": 13|Min new tokens 13 is more than the max new tokens 12",
            "\"max_new_tokens\": 4, \"min_new_tokens\": 5|Min new tokens 5 is more",
            "\"max_new_tokens\": -4|Max new tokens -4",
            "\"stop\": \"\"|Stop string 1 is empty",
            "\"stop\": [\"a\", \"\\ud800\"]|Stop string 2 is empty or no valid",
            "\"stop\": [\"a\", 1]|stop[1] is 1, no string",
            "\"stop\": {}|stop is an object");
    List<String> lines = new ArrayList<>(OWN);
    wrong.forEach(
        line -> lines.add("{\"text\": \"a\\n\\ud83d\\ude00\", " + line.split("\\|")[0] + "}"));
    GenerateOptions options = prompted(lines);
    JobConfig config = JobConfig.of(options, new GenerateOptions());
    PromptTable table = PromptReader.read(options.prompts, "text", config.rowSettings(), HADOOP);
    assertEquals(wrong.size(), table.errorCount());
    for (int i = 0; i < wrong.size(); i++) {
      String error = table.text(OWN.size() + i);
      assertTrue(
          error.startsWith("line " + (OWN.size() + i + 1) + ": " + wrong.get(i).split("\\|")[1]),
          error);
      assertOneLine(error);
      assertEquals("a\n\ud83d\ude00", table.prompt(OWN.size() + i));
    }
    assertEquals("It was a dark", table.prompt(0));
    options.samplesPerPrompt = 1;
    generate(options);
    JsonNode row = rows(out()).get(OWN.size());
    assertTrue(row.get("error").asText().contains("Temperature -1.0"), row.toString());
    assertTrue(row.get("temperature").isNull());
    assertEquals("a\n\ud83d\ude00", row.get("prompt").asText());
    assertEquals(List.of(), DataSets.verify(out()).execute(session));
    assertEquals(List.of(), DataSets.verify(out()).regenerate(model, 1000, 1));
  }

  @Test
  void settingsThatNoPromptHasAreRefused() throws Exception {
    refused(
        "has the column min_p in no row", prompted(List.of("{\"text\": \"a\"}")), List.of("min_p"));
    refused("Prompt setting top_q: give some of", prompted(OWN), List.of("top_q"));
    GenerateOptions unprompted = mixed("jsonl");
    refused("Prompt settings top_k: give --prompts", unprompted, List.of("top_k"));
    GenerateOptions lines = prompted(OWN);
    lines.prompts = Files.writeString(folder.resolve("a.txt"), "a\n").toString();
    refused("is plain text, which has no columns", lines, List.of("top_k"));
  }

  private void refused(String expected, GenerateOptions options, List<String> settings) {
    options.promptSettings = settings;
    String message =
        assertThrows(
                RuntimeException.class,
                () -> {
                  JobConfig config = JobConfig.of(options, new GenerateOptions());
                  PromptReader.read(config.prompts(), "text", config.rowSettings(), HADOOP);
                })
            .getMessage();
    assertTrue(message.contains(expected), message);
    assertOneLine(message);
  }

  @Test
  void aManifestWithSettingsOfNoRunIsRefusedInOneLine() throws Exception {
    generate(mixed("jsonl"));
    Path file = out().resolve("manifest.json");
    String good = Files.readString(file);
    for (String change :
        List.of(
            "\"minP\" : 0.01=\"minP\" : 7",
            "\"minP\" : 0.01=\"minP\" : \"x\"",
            "\"bestOf\" : 2=\"bestOf\" : -2",
            "\"bestOfBy\" : \"mean\"=\"bestOfBy\" : \"median\"",
            "\"the\"=\"\"",
            "\"the\"=7",
            "\"noRepeatNgram\" : 3=\"promptSettings\" : [ \"top_k\" ]")) {
      String[] parts = change.split("=");
      String bad = good.replace(parts[0], parts[1]);
      assertFalse(bad.equals(good), change);
      Files.writeString(file, bad);
      assertOneLine(
          assertThrows(UserException.class, () -> DataSets.verify(out()).regenerate(model, 3, 1))
              .getMessage());
    }
  }
}
