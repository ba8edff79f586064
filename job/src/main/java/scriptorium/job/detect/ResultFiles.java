package scriptorium.job.detect;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import scriptorium.job.base.BuildInfo;
import scriptorium.job.base.DataSetFiles;
import scriptorium.job.store.OutputStore;

/** Writes what came out: results.json, results.csv and the card README.md. */
final class ResultFiles {
  private static final int FORMAT_VERSION = 1;
  static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
          .disable(com.fasterxml.jackson.core.JsonGenerator.Feature.AUTO_CLOSE_TARGET)
          .build();

  private final Corpus corpus;
  private final List<Group> groups;

  ResultFiles(Corpus corpus, List<Group> groups) {
    this.corpus = corpus;
    this.groups = groups;
  }

  void write(OutputStore store) {
    ObjectNode results = json();
    store.write(DetectJob.RESULTS, out -> JSON.writeValue(out, results));
    byte[] table = csv().getBytes(StandardCharsets.UTF_8);
    store.write("results.csv", out -> out.write(table));
    byte[] card = card().getBytes(StandardCharsets.UTF_8);
    store.write(DataSetFiles.CARD, out -> out.write(card));
  }

  private ObjectNode json() {
    ObjectNode root = JSON.createObjectNode().put("format_version", FORMAT_VERSION);
    root.putObject("corpus")
        .put("name", corpus.manifest().name())
        .put("path", corpus.path())
        .put("manifest_sha256", corpus.manifestSha256());
    root.putObject("code").put("version", BuildInfo.version()).put("commit", BuildInfo.commit());
    ArrayNode list = root.putArray("groups");
    for (Group group : groups) {
      ObjectNode one = list.addObject().put("family", group.family());
      ObjectNode rows = one.putObject("rows");
      for (int i = 0; i < Corpus.SPLITS.size(); i++) {
        rows.putObject(Corpus.SPLITS.get(i))
            .put("human", group.rows().get(i)[0])
            .put("synthetic", group.rows().get(i)[1]);
      }
      ArrayNode detectors = one.putArray("detectors");
      group.detectors().forEach(results -> detector(detectors.addObject(), results));
    }
    return root;
  }

  private static void detector(ObjectNode node, Results results) {
    Detector detector = results.detector();
    node.put("detector", detector.detector());
    node.set("settings", JSON.valueToTree(detector.settings()));
    node.put("threshold", detector.threshold())
        .put("higher_is_synthetic", detector.higherIsSynthetic());
    ArrayNode buckets = node.putArray("results");
    for (Results.Bucket bucket : results.buckets()) {
      buckets
          .addObject()
          .put("bucket", bucket.name())
          .put("human", bucket.human())
          .put("synthetic", bucket.synthetic())
          .put("accuracy", bucket.accuracy().value())
          .put("accuracy_low", bucket.accuracy().low())
          .put("accuracy_high", bucket.accuracy().high())
          .put("roc_auc", bucket.area())
          .put("tpr_at_1_percent_fpr", bucket.truePositivesAtOnePercent());
    }
    ArrayNode roc = node.putArray("roc");
    results.roc().forEach(point -> roc.addArray().add(point[0]).add(point[1]));
  }

  private String csv() {
    StringBuilder csv =
        new StringBuilder(
            "family,detector,bucket,human,synthetic,accuracy,accuracy_low,accuracy_high,roc_auc,tpr_at_1_percent_fpr\n");
    for (Group group : groups) {
      for (Results results : group.detectors()) {
        for (Results.Bucket bucket : results.buckets()) {
          csv.append(group.family())
              .append(',')
              .append(results.detector().detector())
              .append(',')
              .append(bucket.name())
              .append(',')
              .append(bucket.human())
              .append(',')
              .append(bucket.synthetic());
          for (Double number : numbers(bucket)) {
            csv.append(',').append(number == null ? "" : number);
          }
          csv.append('\n');
        }
      }
    }
    return csv.toString();
  }

  private static Double[] numbers(Results.Bucket bucket) {
    return new Double[] {
      bucket.accuracy().value(),
      bucket.accuracy().low(),
      bucket.accuracy().high(),
      bucket.area(),
      bucket.truePositivesAtOnePercent()
    };
  }

  private String card() {
    StringBuilder card = new StringBuilder(4096);
    card.append("# Detectors of synthetic text, trained on ")
        .append(corpus.manifest().name())
        .append("\n")
        .append(
            "Each was trained on the training rows of human texts and of one sampling family (`all`: of all families), chosen on\n"
                + "the validation rows and held against the test rows. Made with Scriptorium ")
        .append(BuildInfo.version())
        .append(" (")
        .append(BuildInfo.commit())
        .append(
            ").\n\n## Test rows\n| family | detector | human | synthetic | accuracy (95 % interval) | ROC AUC | true positives at 1 % false ones |\n"
                + "|---|---|---|---|---|---|---|\n");
    for (Group group : groups) {
      for (Results results : group.detectors()) {
        Results.Bucket all = results.buckets().getFirst();
        card.append("| ")
            .append(group.family())
            .append(" | ")
            .append(results.detector().detector())
            .append(" | ")
            .append(all.human())
            .append(" | ")
            .append(all.synthetic())
            .append(" | ")
            .append(interval(all.accuracy()))
            .append(" | ")
            .append(fraction(all.area()))
            .append(" | ")
            .append(percent(all.truePositivesAtOnePercent()))
            .append(" |\n");
      }
    }
    return card.append(EXPLANATION).toString();
  }

  static String interval(Accuracy accuracy) {
    return percent(accuracy.value())
        + " ("
        + percent(accuracy.low())
        + " to "
        + percent(accuracy.high())
        + ")";
  }

  static String percent(Double share) {
    return share == null ? "-" : String.format(Locale.ROOT, "%.2f %%", 100 * share);
  }

  static String fraction(Double number) {
    return number == null ? "-" : String.format(Locale.ROOT, "%.4f", number);
  }

  private static final String EXPLANATION =
      """

      Accuracy is the mean of the shares of human and of synthetic texts that are told right, the plain accuracy where there are
      as many of each; its interval joins Wilson's intervals of both shares (Newcombe 1998; Zou and Donner 2008). In the ROC AUC
      ties count half. `results.csv` has the same by length of the text in characters and, for `all`, by family; `results.json`
      has the points of the curves too.

      ## Detectors
      - `tfidf_lr`: logistic regression of TF-IDF weighted words and pairs of words, with the settings of the public baseline of
        gpt-2-output-dataset: C from 1/64 to 64 by the accuracy of validation, fitted to the training rows alone.
      - those named as a score: the score of the text under the language model alone; direction and threshold from the training
        and validation rows. `mean_log_likelihood` is log_likelihood / length.
      - `scores_lr`: logistic regression of those scores.

      `models/FAMILY/DETECTOR/detector.json` has the threshold and weights; `tfidf_lr` has a pipeline of Spark MLlib besides.
      Apply them by `scriptorium detect --model-in`.

      ## Caveats
      - A detector says likely, not proven: never take its word as the evidence against a person.
      - The figures hold for texts as those of the corpus: other models, sampling, subjects, lengths or languages, and edited
        texts, are told apart worse.
      - Thresholds suit as many human as synthetic texts. Where synthetic ones are rare, most alarms are false ones.
      """;
}
