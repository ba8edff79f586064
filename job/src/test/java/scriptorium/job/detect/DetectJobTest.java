package scriptorium.job.detect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import scriptorium.job.base.UserException;
import scriptorium.job.config.DetectOptions;
import scriptorium.job.spark.Sessions;
import scriptorium.job.testing.DetectCorpora;
import scriptorium.job.testing.SessionTest;

/** Detectors of corpora whose classes differ, or do not. */
class DetectJobTest extends SessionTest {
  private static final Map<String, Integer> SIZES =
      new TreeMap<>(Map.of("train", 100, "valid", 40, "test", 60));

  private static DetectJob.Result train(Path corpus, Path out) {
    DetectOptions options = new DetectOptions();
    options.corpus = corpus.toString();
    options.out = out.toString();
    return DetectCorpora.train(options, session);
  }

  private ApplyJob.Result apply(Path detectors, Path input, Path out, boolean scored) {
    DetectOptions options = new DetectOptions();
    options.modelIn = detectors.toString();
    options.input = List.of(input.toString());
    options.out = out.toString();
    options.shardRows = 50;
    return DetectCorpora.apply(options, scored ? model : null, session);
  }

  private static List<ObjectNode> rows(boolean scores) {
    List<ObjectNode> rows = new ArrayList<>();
    long seed = 1;
    for (String family : List.of("human", "k40", "t1")) {
      for (Map.Entry<String, Integer> split : SIZES.entrySet()) {
        boolean leans = family.equals("k40");
        List<ObjectNode> some =
            DetectCorpora.texts(split.getKey(), family, split.getValue(), leans, seed++);
        if (scores) {
          DetectCorpora.score(some, leans, seed++);
        }
        rows.addAll(some);
      }
    }
    return rows;
  }

  private static JsonNode results(Path out) throws Exception {
    return DetectCorpora.JSON.readTree(out.resolve("results.json").toFile());
  }

  private static JsonNode detector(JsonNode results, String family, String name) {
    for (JsonNode group : results.get("groups")) {
      for (JsonNode detector : group.get("detectors")) {
        if (group.get("family").asText().equals(family)
            && detector.get("detector").asText().equals(name)) {
          return detector;
        }
      }
    }
    throw new AssertionError("No " + name + " of " + family);
  }

  private static double area(JsonNode results, String family, String name) {
    return detector(results, family, name).get("results").get(0).get("roc_auc").asDouble();
  }

  @Test
  void detectorsLearnWhatThereIsToLearnAndAreAppliedAsTheyWereHeld() throws Exception {
    Path corpus = DetectCorpora.write(folder.resolve("corpus"), "done", rows(true));
    Path out = folder.resolve("out");
    assertNull(train(corpus, out).note());
    JsonNode results = results(out);
    assertEquals(3, results.get("groups").size());
    for (String name : List.of("tfidf_lr", "scores_lr", "mean_log_likelihood", "mean_log_rank")) {
      assertTrue(area(results, "k40", name) > 0.9, name + " " + area(results, "k40", name));
      assertEquals(0.5, area(results, "t1", name), 0.16, name);
    }
    assertFalse(detector(results, "k40", "mean_log_rank").get("higher_is_synthetic").asBoolean());
    JsonNode all = detector(results, "all", "tfidf_lr").get("results");
    assertEquals("family t1", all.get(all.size() - 1).get("bucket").asText());
    assertEquals(60, all.get(all.size() - 1).get("synthetic").asInt());
    String text = Files.readString(out.resolve("results.json"));
    assertFalse(text.contains("NaN") || text.contains("Infinity"), text);
    assertTrue(Files.readAllLines(out.resolve("results.csv")).size() > 30);
    assertTrue(Files.readString(out.resolve("README.md")).contains("likely, not proven"));
    assertThrows(UserException.class, () -> train(corpus, out));

    Path input = folder.resolve("input.jsonl");
    List<String> lines = new ArrayList<>();
    for (int part = 0; part < 4; part++) {
      lines.addAll(Files.readAllLines(corpus.resolve("c.test/part-0000" + part + ".jsonl")));
    }
    lines.add(3, "{\"text\": 7");
    Files.write(input, lines);
    ApplyJob.Result applied = apply(out, input, folder.resolve("applied"), false);
    assertEquals(181, applied.rows());
    assertEquals(1, applied.errors());
    heldAgainst(all.get(0), "tfidf_lr", lines);
    heldAgainst(
        detector(results, "all", "mean_log_rank").get("results").get(0), "mean_log_rank", lines);
    heldAgainst(detector(results, "all", "scores_lr").get("results").get(0), "scores_lr", lines);
  }

  /** The labels of applied rows, in the input's order, give the accuracy of the results. */
  private void heldAgainst(JsonNode bucket, String name, List<String> lines) throws Exception {
    int[] right = new int[2];
    int at = 0;
    for (int shard = 0; shard < 4; shard++) {
      Path file = folder.resolve("applied/detect.detected/part-0000" + shard + ".jsonl");
      for (String line : Files.readAllLines(file)) {
        JsonNode row = DetectCorpora.JSON.readTree(line);
        if (at++ == 3) {
          assertTrue(row.get("error").isTextual());
          assertTrue(row.get("detector_" + name).isNull());
          continue;
        }
        JsonNode input = DetectCorpora.JSON.readTree(lines.get(at - 1));
        assertEquals(input.get("text"), row.get("text"));
        String label = input.get("label").asText();
        // a row without scores has the mean in the results, and no answer here
        String said =
            row.get("label_" + name).isNull() ? "none" : row.get("label_" + name).asText();
        right[label.equals("human") ? 0 : 1] += said.equals(label) ? 1 : 0;
      }
    }
    double accuracy = (right[0] / 60.0 + right[1] / 120.0) / 2;
    double tolerance = name.equals("tfidf_lr") ? 1e-12 : 1 / 60.0 + 1e-12;
    assertEquals(bucket.get("accuracy").asDouble(), accuracy, tolerance, name);
  }

  @Test
  void shuffledLabelsAreLeftToChanceAndTheClusterChangesNothing() throws Exception {
    List<ObjectNode> rows =
        new ArrayList<>(
            rows(false).stream().filter(r -> !r.get("family").asText().equals("t1")).toList());
    Random random = new Random(3);
    for (String split : SIZES.keySet()) {
      List<ObjectNode> some =
          rows.stream().filter(row -> row.get("split").asText().equals(split)).toList();
      List<String> families =
          new ArrayList<>(some.stream().map(row -> row.get("family").asText()).toList());
      Collections.shuffle(families, random);
      for (int i = 0; i < some.size(); i++) {
        String family = families.get(i);
        some.get(i).put("family", family);
        some.get(i).put("label", family.equals("human") ? "human" : "synthetic");
      }
    }
    Path corpus = DetectCorpora.write(folder.resolve("corpus"), "done", rows);
    String note = train(corpus, folder.resolve("two")).note();
    assertNotNull(note);
    assertTrue(note.contains("corpus --model"), note);
    JsonNode results = results(folder.resolve("two"));
    assertEquals(0.5, area(results, "k40", "tfidf_lr"), 0.16);
    assertEquals(1, results.get("groups").size());
    session.stop();
    session = Sessions.start("test", "local[1]");
    train(corpus, folder.resolve("one"));
    for (String file : List.of("results.json", "results.csv", "README.md")) {
      assertEquals(
          Files.readString(folder.resolve("two").resolve(file)),
          Files.readString(folder.resolve("one").resolve(file)));
    }
    Path input = Files.writeString(folder.resolve("a.txt"), "word1 word2\nIt was the sea.\n");
    ApplyJob.Result applied = apply(folder.resolve("one"), input, folder.resolve("said"), true);
    assertEquals(2, applied.rows());
  }

  @Test
  void theBaselineIsThatOfScikitLearn() throws Exception {
    Path resources =
        Path.of(System.getProperty("scriptorium.home"), "job/src/test/resources/detect");
    JsonNode reference = DetectCorpora.JSON.readTree(resources.resolve("reference.json").toFile());
    List<ObjectNode> rows = new ArrayList<>();
    for (String line : Files.readAllLines(resources.resolve("texts.jsonl"))) {
      ObjectNode row = (ObjectNode) DetectCorpora.JSON.readTree(line);
      rows.add(row.put("family", row.get("label").asText().equals("human") ? "human" : "k40"));
    }
    Path out = folder.resolve("out");
    train(DetectCorpora.write(folder.resolve("corpus"), "done", rows), out);
    JsonNode ours = detector(results(out), "k40", "tfidf_lr");
    assertEquals(reference.get("terms").asInt(), ours.get("settings").get("terms").asInt());
    assertEquals(reference.get("C").asDouble(), ours.get("settings").get("C").asDouble());
    double accuracy = ours.get("results").get(0).get("accuracy").asDouble();
    assertEquals(reference.get("test_accuracy").asDouble(), accuracy, 0.01);
    List<String> test = new ArrayList<>();
    rows.stream()
        .filter(row -> row.get("split").asText().equals("test"))
        .forEach(row -> test.add(row.toString()));
    Path input = Files.write(folder.resolve("test.jsonl"), test);
    apply(out, input, folder.resolve("applied"), false);
    int at = 0;
    for (int shard = 0; shard < 4; shard++) {
      Path file = folder.resolve("applied/detect.detected/part-0000" + shard + ".jsonl");
      for (String line : Files.readAllLines(file)) {
        double probability = DetectCorpora.JSON.readTree(line).get("detector_tfidf_lr").asDouble();
        // liblinear stops at a gradient of 1e-4 of that at zero
        assertEquals(reference.get("test_probabilities").get(at++).asDouble(), probability, 2e-3);
      }
    }
    assertEquals(200, at);
  }

  @Test
  void corporaThatAreNoneAreRefusedInOneLine() throws Exception {
    Path out = folder.resolve("out");
    refused("has no manifest.json", folder.resolve("nowhere"), out);
    refused(
        "is not finished",
        DetectCorpora.write(folder.resolve("half"), "running", rows(false)),
        out);
    List<ObjectNode> noTest =
        rows(false).stream().filter(row -> !row.get("split").asText().equals("test")).toList();
    refused("split test", DetectCorpora.write(folder.resolve("noTest"), "done", noTest), out);
    List<ObjectNode> human =
        rows(false).stream().filter(row -> row.get("label").asText().equals("human")).toList();
    refused("no synthetic rows", DetectCorpora.write(folder.resolve("human"), "done", human), out);
    List<ObjectNode> lacking =
        rows(false).stream()
            .filter(
                row ->
                    !(row.get("label").asText().equals("human")
                        && row.get("split").asText().equals("valid")))
            .toList();
    refused(
        "no rows of family human in the split valid",
        DetectCorpora.write(folder.resolve("lacking"), "done", lacking),
        out);
    Path taken = Files.createDirectory(folder.resolve("taken"));
    Files.writeString(taken.resolve("mine.txt"), "mine");
    refused("holds other files", folder.resolve("human"), taken);
    assertFalse(Files.exists(out));
  }

  private static void refused(String expected, Path corpus, Path out) {
    UserException refusal = assertThrows(UserException.class, () -> train(corpus, out));
    assertTrue(refusal.getMessage().contains(expected), refusal.getMessage());
    assertEquals(1, refusal.getMessage().lines().count());
  }
}
