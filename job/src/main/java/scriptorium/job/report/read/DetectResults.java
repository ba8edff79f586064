package scriptorium.job.report.read;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import scriptorium.job.base.Texts;
import scriptorium.job.base.UserException;

/**
 * The results of {@code detect}, of which no more is taken than a page can show. Immutable.
 *
 * @param folder where they stand
 * @param corpus its name, path and hash, in words
 * @param dropped groups, detectors and results beyond the limits
 */
public record DetectResults(
    String folder, String corpus, String code, List<Group> groups, int dropped) {
  private static final int GROUPS = 24;
  private static final int DETECTORS = 16;
  private static final int RESULTS = 60;
  private static final int POINTS = 200;

  /** The detectors of one family of samples. */
  public record Group(String family, String rows, List<Detector> detectors) {}

  /** A detector: its settings in words, its results, its ROC curve as false and true positives. */
  public record Detector(
      String name,
      String settings,
      List<Result> results,
      double[] falsePositives,
      double[] truePositives) {}

  /** The results on the rows of a bucket; NaN if a result is missing. */
  public record Result(
      String bucket,
      long human,
      long synthetic,
      double accuracy,
      double low,
      double high,
      double rocAuc,
      double truePositivesAtOnePercent) {}

  /**
   * Results from their file.
   *
   * @throws UserException where it is another program's
   */
  static DetectResults of(JsonNode json, String file) {
    if (json == null
        || json.path("format_version").asInt(0) != 1
        || !json.path("groups").isArray()) {
      throw new UserException(
          "Results "
              + file
              + " have the format version "
              + (json == null ? "none" : json.path("format_version"))
              + " or no groups: this program reads version 1 of what detect writes");
    }
    int dropped = Math.max(0, json.path("groups").size() - GROUPS);
    List<Group> groups = new ArrayList<>();
    for (JsonNode group : first(json.path("groups"), GROUPS)) {
      List<Detector> detectors = new ArrayList<>();
      dropped += Math.max(0, group.path("detectors").size() - DETECTORS);
      for (JsonNode detector : first(group.path("detectors"), DETECTORS)) {
        dropped += Math.max(0, detector.path("results").size() - RESULTS);
        detectors.add(detector(detector));
      }
      groups.add(
          new Group(
              word(group.path("family"), 80), rows(group.path("rows")), List.copyOf(detectors)));
    }
    JsonNode corpus = json.path("corpus");
    return new DetectResults(
        file.substring(0, Math.max(0, file.lastIndexOf('/'))),
        word(corpus.path("name"), 80)
            + ", manifest SHA-256 "
            + word(corpus.path("manifest_sha256"), 64),
        code(json.path("code")),
        List.copyOf(groups),
        dropped);
  }

  private static String code(JsonNode code) {
    return word(code.path("version"), 100) + " (" + word(code.path("commit"), 100) + ")";
  }

  private static List<JsonNode> first(JsonNode array, int limit) {
    List<JsonNode> first = new ArrayList<>();
    for (int i = 0; i < Math.min(limit, array.size()); i++) {
      first.add(array.path(i));
    }
    return first;
  }

  private static Detector detector(JsonNode json) {
    List<Result> results = new ArrayList<>();
    for (JsonNode result : first(json.path("results"), RESULTS)) {
      results.add(
          new Result(
              word(result.path("bucket"), 80),
              result.path("human").asLong(),
              result.path("synthetic").asLong(),
              share(result, "accuracy"),
              share(result, "accuracy_low"),
              share(result, "accuracy_high"),
              share(result, "roc_auc"),
              share(result, "tpr_at_1_percent_fpr")));
    }
    String settings = word(json.path("settings"), 300);
    JsonNode threshold = json.path("threshold");
    String name = word(json.path("detector"), 80);
    JsonNode roc = json.path("roc");
    int step = Math.max(1, (roc.size() + POINTS - 2) / Math.max(1, POINTS - 1));
    List<double[]> points = new ArrayList<>();
    for (int i = 0; i < roc.size(); i += step) {
      addPoint(points, roc.path(i));
      if (i < roc.size() - 1 && i + step >= roc.size()) {
        addPoint(points, roc.path(roc.size() - 1));
      }
    }
    return new Detector(
        name,
        settings + (threshold.isNumber() ? ", threshold " + threshold : ""),
        List.copyOf(results),
        points.stream().mapToDouble(point -> point[0]).toArray(),
        points.stream().mapToDouble(point -> point[1]).toArray());
  }

  private static void addPoint(List<double[]> points, JsonNode point) {
    double x = point.path(0).asDouble(Double.NaN);
    double y = point.path(1).asDouble(Double.NaN);
    if (x >= 0 && x <= 1 && y >= 0 && y <= 1) {
      points.add(new double[] {x, y});
    }
  }

  private static double share(JsonNode result, String key) {
    double value = result.path(key).asDouble(Double.NaN);
    return value >= 0 && value <= 1 ? value : Double.NaN;
  }

  private static String rows(JsonNode splits) {
    List<String> words = new ArrayList<>();
    for (var split : splits.properties()) {
      if (words.size() < 8) {
        words.add(
            Texts.head(split.getKey(), 40)
                + " "
                + Figures.count(split.getValue().path("human").asLong())
                + " human and "
                + Figures.count(split.getValue().path("synthetic").asLong())
                + " synthetic");
      }
    }
    return String.join(", ", words);
  }

  private static String word(JsonNode value, int limit) {
    if (value.isMissingNode() || value.isNull()) {
      return "";
    }
    return Texts.head(value.isTextual() ? value.textValue() : value.toString(), limit);
  }
}
