package scriptorium.job.detect;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.List;
import java.util.Map;

/** What {@code detect} finds, as results.json has it. */
@JsonPropertyOrder({"format_version", "corpus", "code", "groups"})
public record Results(
    @JsonProperty("format_version") int formatVersion,
    Corpus corpus,
    Code code,
    List<Group> groups) {
  static final String FILE = "results.json";
  static final int VERSION = 1;

  /** The family of a group that holds all. */
  public static final String ALL = "all";

  /** The corpus that was read. */
  public record Corpus(
      String name, String path, @JsonProperty("manifest_sha256") String manifestSha256) {}

  /** The program. */
  public record Code(String version, String commit) {}

  /** Human texts of a split, and synthetic ones. */
  public record Rows(long human, long synthetic) {}

  /** Human text against one family, or all. */
  public record Group(String family, Map<String, Rows> rows, List<Detector> detectors) {}

  /**
   * A detector and how it does on the test split.
   *
   * @param threshold of its score, from which (or up to which) a text is called synthetic
   * @param roc points of false and true positives
   */
  public record Detector(
      String detector,
      Map<String, Object> settings,
      double threshold,
      @JsonProperty("higher_is_synthetic") boolean higherIsSynthetic,
      List<Metrics> results,
      List<double[]> roc) {}
}
