package scriptorium.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import scriptorium.job.config.DetectConfig;
import scriptorium.job.config.DetectOptions;
import scriptorium.job.corpus.CorpusColumns;
import scriptorium.job.detect.DetectApply;
import scriptorium.job.detect.DetectJob;
import scriptorium.job.detect.Metrics;
import scriptorium.job.detect.Results;
import scriptorium.job.io.Manifest;
import scriptorium.job.io.ScoreColumn;
import scriptorium.job.io.ShardReceipt;
import scriptorium.job.io.ShardStore;

/** Detectors on small corpora, against scikit-learn and against chance. */
class DetectJobTest extends SessionTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<ScoreColumn> SCORES =
      List.of(ScoreColumn.LOG_LIKELIHOOD, ScoreColumn.LENGTH, ScoreColumn.MEAN_LOG_RANK);

  /** A row of a corpus: what a detector reads. */
  private record Text(String split, String text, String family, Object[] scores) {}

  private static JsonNode resource(String name) throws Exception {
    try (InputStream in = DetectJobTest.class.getResourceAsStream("/detect/" + name)) {
      return JSON.readTree(in);
    }
  }

  private static List<Text> reference() throws Exception {
    List<Text> texts = new ArrayList<>();
    try (InputStream in = DetectJobTest.class.getResourceAsStream("/detect/tfidf.jsonl")) {
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList()) {
        JsonNode row = JSON.readTree(line);
        boolean human = row.get("label").asText().equals("human");
        texts.add(
            new Text(
                row.get("split").asText(),
                row.get("text").asText(),
                human ? "human" : "k40",
                new Object[0]));
      }
    }
    return texts;
  }

  private Path corpus(String name, List<Text> texts, List<ScoreColumn> scores, String format) {
    Path out = folder.resolve(name);
    ShardStore store = new ShardStore(out.toString(), format, HADOOP);
    List<ShardReceipt> receipts = new ArrayList<>();
    List<Manifest.Split> splits = new ArrayList<>();
    long offset = 0;
    for (String split : List.of("train", "valid", "test")) {
      List<Object[]> rows = new ArrayList<>();
      for (Text text : texts) {
        if (text.split().equals(split)) {
          boolean human = text.family().equals("human");
          Object[] values = new Object[CorpusColumns.of(scores).size()];
          values[0] = (long) rows.size();
          values[1] = split;
          values[2] = text.text();
          values[3] = human ? "human" : "synthetic";
          values[4] = human ? "books" : "small-" + text.family();
          values[5] = (long) rows.size();
          values[6] = text.family();
          System.arraycopy(text.scores(), 0, values, 13, scores.size());
          rows.add(values);
        }
      }
      receipts.add(store.writeRows("corpus." + split, split, 0, CorpusColumns.of(scores), rows, 0));
      splits.add(new Manifest.Split(split, "corpus." + split, offset, rows.size()));
      offset += rows.size();
    }
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("format", format);
    settings.put("shardRows", 100_000);
    settings.put(
        "columns", String.join(",", scores.stream().map(ScoreColumn::columnName).toList()));
    new Manifest(
            1,
            1,
            "corpus",
            "corpus",
            "done",
            "",
            "",
            new Manifest.Code("1", "c"),
            null,
            null,
            null,
            null,
            settings,
            Map.of(),
            splits,
            Manifest.Totals.of(receipts),
            List.of(),
            receipts)
        .write(store);
    return out;
  }

  private Results detect(Path corpus, String out) {
    DetectOptions options = new DetectOptions();
    options.corpus = corpus.toString();
    options.out = folder.resolve(out).toString();
    DetectJob job =
        new DetectJob(DetectConfig.of(options, new DetectOptions()), HADOOP, false, true);
    job.check();
    return job.execute(session);
  }

  private static Results.Detector detector(Results results, String family, String name) {
    return results.groups().stream()
        .filter(group -> group.family().equals(family))
        .flatMap(group -> group.detectors().stream())
        .filter(detector -> detector.detector().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void wordsAreWeighedAsByScikitLearn() throws Exception {
    JsonNode expected = resource("tfidf.json");
    List<Text> texts = reference();
    Results results = detect(corpus("corpus", texts, List.of(), "jsonl"), "out");
    Results.Detector detector = detector(results, "k40", "tfidf_lr");
    assertEquals(expected.get("features").asInt(), detector.settings().get("features"));
    Metrics all = detector.results().getFirst();
    assertEquals(expected.get("accuracy").asDouble(), all.accuracy(), 0.01);
    assertEquals(expected.get("roc_auc").asDouble(), all.rocAuc(), 0.005);
    assertEquals(1, results.groups().size(), "one family needs no group of all");
    assertEquals(
        Map.of("train", 200L, "valid", 50L, "test", 50L),
        results.groups().getFirst().rows().entrySet().stream()
            .collect(
                java.util.stream.Collectors.toMap(
                    Map.Entry::getKey, entry -> entry.getValue().human())));
    Results written = JSON.readValue(folder.resolve("out/results.json").toFile(), Results.class);
    assertEquals(
        detector.results(), detector(written, "k40", "tfidf_lr").results(), "as it was written");
    assertTrue(
        Files.readString(folder.resolve("out/README.md")).contains("| k40 | tfidf_lr | 50 |"));
    assertTrue(
        Files.readAllLines(folder.resolve("out/results.csv")).size()
            == 1 + detector.results().size());

    // the same rows in another format and order of files give the same bytes
    Results again = detect(corpus("corpus2", texts, List.of(), "parquet"), "out2");
    assertEquals(
        JSON.writeValueAsString(results.groups()), JSON.writeValueAsString(again.groups()));

    // what was saved gives the probabilities that were evaluated
    List<String> rows = new ArrayList<>();
    int synthetic = 0;
    int right = 0;
    for (Text text : texts) {
      if (text.split().equals("test")) {
        rows.add(JSON.createObjectNode().put("text", text.text()).put("error", "old").toString());
      }
    }
    rows.add("{\"text\":5}");
    Files.write(folder.resolve("in.jsonl"), rows);
    DetectApply.Result applied = apply("out", "applied", null);
    assertEquals(rows.size(), applied.rows());
    assertEquals(1, applied.errors());
    List<String> lines = Files.readAllLines(folder.resolve("applied/detected/part-00000.jsonl"));
    int at = 0;
    for (Text text : texts) {
      if (text.split().equals("test")) {
        JsonNode row = JSON.readTree(lines.get(at++));
        assertEquals(text.text(), row.get("text").asText());
        assertEquals("old", row.get("error").asText());
        boolean called = row.get("label_tfidf_lr").asText().equals("synthetic");
        assertEquals(called, row.get("detector_tfidf_lr").asDouble() >= 0.5);
        synthetic += called ? 1 : 0;
        right += called != text.family().equals("human") ? 1 : 0;
      }
    }
    assertEquals(all.accuracy(), right / 100.0, 1e-12);
    assertEquals((long) synthetic, applied.synthetic().get("tfidf_lr"));
    ObjectNode bad = (ObjectNode) JSON.readTree(lines.getLast());
    assertTrue(bad.get("detector_tfidf_lr").isNull());
    assertTrue(bad.get("error").asText().contains("no text"));
    assertTrue(
        assertThrows(UserException.class, () -> detect(folder.resolve("corpus"), "out"))
            .getMessage()
            .contains("--overwrite"));
    assertTrue(
        assertThrows(UserException.class, () -> apply("out", "applied2", "t1"))
            .getMessage()
            .contains("give one of k40"));
  }

  private DetectApply.Result apply(String trained, String out, String family) {
    DetectOptions options = new DetectOptions();
    options.modelIn = folder.resolve(trained).toString();
    options.input = List.of(folder.resolve("in.jsonl").toString());
    options.family = family;
    options.out = folder.resolve(out).toString();
    DetectApply job =
        new DetectApply(DetectConfig.of(options, new DetectOptions()), null, HADOOP, false);
    job.check();
    return job.execute(session);
  }

  @Test
  void scoresAreJudgedByTheirOwnDirectionAndChanceIsChance() throws Exception {
    Random random = new Random(11);
    List<Text> texts = new ArrayList<>();
    for (int i = 0; i < 900; i++) {
      String family = List.of("human", "k40", "t1").get(i % 3);
      double shift = family.equals("human") ? 0 : family.equals("k40") ? 3 : 0.5;
      int length = 50 + random.nextInt(100);
      Object[] scores = {
        length * (-4 + shift + random.nextGaussian()), length, 2 - shift + random.nextGaussian()
      };
      StringBuilder text = new StringBuilder();
      for (int k = 0; k < length; k++) {
        text.append(" w").append(random.nextInt(60)); // the same for all
      }
      String split = i < 600 ? "train" : i < 750 ? "valid" : "test";
      texts.add(new Text(split, text.toString(), family, scores));
    }
    Results results = detect(corpus("corpus", texts, SCORES, "jsonl"), "out");
    assertEquals(
        List.of("k40", "t1", "all"), results.groups().stream().map(Results.Group::family).toList());
    Results.Detector mean = detector(results, "k40", "mean_log_likelihood");
    Results.Detector rank = detector(results, "k40", "mean_log_rank");
    assertTrue(mean.higherIsSynthetic());
    assertTrue(!rank.higherIsSynthetic());
    for (Results.Detector detector : List.of(mean, rank)) {
      Metrics all = detector.results().getFirst();
      assertTrue(all.rocAuc() > 0.95, detector.detector() + " " + all);
      assertTrue(all.accuracy() > 0.85, detector.detector() + " " + all);
      assertTrue(all.accuracyLow() < all.accuracy() && all.accuracy() < all.accuracyHigh());
    }
    Metrics both = detector(results, "k40", "scores_lr").results().getFirst();
    assertTrue(both.rocAuc() > mean.results().getFirst().rocAuc() - 0.01, both.toString());
    double easy = both.rocAuc();
    double hard = detector(results, "t1", "scores_lr").results().getFirst().rocAuc();
    assertTrue(easy > hard + 0.1, easy + " " + hard);
    Metrics chance = detector(results, "k40", "tfidf_lr").results().getFirst();
    assertTrue(chance.rocAuc() > 0.35 && chance.rocAuc() < 0.65, chance.toString());
    List<Metrics> wide = detector(results, "all", "scores_lr").results();
    Metrics family =
        wide.stream().filter(one -> one.bucket().equals("family k40")).findFirst().orElseThrow();
    assertEquals(50, family.human());
    assertEquals(50, family.synthetic());
    assertNotNull(family.rocAuc());
    assertEquals(
        wide.getFirst().human(),
        wide.stream()
            .filter(one -> one.bucket().startsWith("length "))
            .mapToLong(Metrics::human)
            .sum());
  }

  @Test
  void corporaThatAreNoneAreRefused() throws Exception {
    refuse(folder.resolve("none"), "has no manifest.json");
    List<Text> texts = reference();
    refuse(
        corpus(
            "human",
            texts.stream().filter(text -> text.family().equals("human")).toList(),
            List.of(),
            "jsonl"),
        "no synthetic text in the split train");
    Path corpus = corpus("unfinished", texts, List.of(), "jsonl");
    Manifest manifest = DataSets.manifest(corpus);
    manifest
        .with(manifest.shards(), List.of(), "running", null)
        .write(new ShardStore(corpus.toString(), "jsonl", HADOOP));
    refuse(corpus, "is not finished");
    DataSets.generate(DataSets.samples(folder.resolve("samples"), "jsonl"), model, session);
    refuse(folder.resolve("samples"), "is a data set of generate");
    Path full = Files.createDirectories(folder.resolve("out"));
    Files.writeString(full.resolve("mine"), "x");
    refuse(corpus("good", texts, List.of(), "jsonl"), "holds mine: give an empty folder");
    DetectOptions options = new DetectOptions();
    options.modelIn = folder.resolve("samples").toString();
    options.input = List.of(folder.resolve("samples").toString());
    options.out = folder.resolve("applied").toString();
    DetectApply job =
        new DetectApply(DetectConfig.of(options, new DetectOptions()), null, HADOOP, false);
    assertTrue(
        assertThrows(UserException.class, job::check).getMessage().contains("no results.json"));
  }

  private void refuse(Path corpus, String expected) {
    String message = assertThrows(UserException.class, () -> detect(corpus, "out")).getMessage();
    assertTrue(message.contains(expected), message);
    assertEquals(1, message.lines().count());
  }
}
