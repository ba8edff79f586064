package scriptorium.job.report.read;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import scriptorium.job.base.Texts;
import scriptorium.job.store.Manifest;

/**
 * What a report takes of a row that may hold anything: a value of another kind than its column's
 * counts as not there.
 *
 * @param columns the row
 * @param data the data set that it is of
 * @param key the hash that chooses among rows
 */
public record ReportRow(ObjectNode columns, RecordedDataSet data, long key) {
  private static final String PREFIX = "scored_";
  private static final int PREFIXES = 8;

  /** The name that a column of scores has in this row: where the input had one, a longer one. */
  private String name(String column) {
    String name = column;
    if (data.command() == Manifest.Command.SCORE) {
      for (int i = 0; i < PREFIXES && columns.has(PREFIX + name); i++) {
        name = PREFIX + name;
      }
    }
    return name;
  }

  private JsonNode value(String column) {
    return columns.path(name(column));
  }

  /** The text; empty where the row has none. */
  public String text() {
    return columns.path(data.textColumn()).asText("");
  }

  /** What the text continues; empty for nothing. */
  public String prompt() {
    String column = data.promptColumn();
    JsonNode prompt = column == null ? null : columns.get(column);
    return prompt != null && prompt.isTextual() ? prompt.textValue() : "";
  }

  /** The stop string that the text was cut before; empty for none. */
  public String stoppedBy() {
    return columns.path("stopped_by").asText("");
  }

  /** Whether it is the row of a text that could not be generated or scored, or no row at all. */
  public boolean isError() {
    if (data.command() == Manifest.Command.GENERATE
        && length() == 0
        && Boolean.FALSE.equals(ended())) {
      return true; // of a schema without a column for it
    }
    JsonNode error = value("error");
    return columns.isEmpty()
        || error.isTextual()
        || !columns.has(data.textColumn()) && length() < 0;
  }

  /** A finite number; NaN if the value is another one or missing. */
  public double number(String column) {
    JsonNode value = value(column);
    double number = value.isNumber() ? value.doubleValue() : Double.NaN;
    return Double.isFinite(number) ? number : Double.NaN;
  }

  /** A text of a column as it stands in the input, or null. */
  String word(String column) {
    JsonNode value = columns.path(column);
    return value.isTextual() ? Texts.head(value.textValue(), 80) : null;
  }

  /** Tokens of the text; -1 where unknown. */
  public long length() {
    JsonNode value = value("length");
    return value.isIntegralNumber() && value.canConvertToInt() && value.intValue() >= 0
        ? value.intValue()
        : -1;
  }

  /** Whether the text ended by the end token; null where it is not said. */
  public Boolean ended() {
    JsonNode value = columns.path("ended");
    return value.isBoolean() ? (Boolean) value.booleanValue() : null;
  }

  /** Tokens that the log-likelihood is the sum of: those drawn have the end token among them. */
  public long summands() {
    boolean drawn = data.command() == Manifest.Command.GENERATE && Boolean.TRUE.equals(ended());
    return length() + (drawn ? 1 : 0);
  }

  /** An array of a token column; empty if the row has none. */
  public JsonNode array(String column) {
    return value(column);
  }

  /** The token arrays; null where the row has none that agree. */
  public TokenScores tokens(int limit) {
    JsonNode tokens = value("tokens");
    JsonNode likelihoods = value("token_log_likelihoods");
    JsonNode ranks = value("token_ranks");
    JsonNode entropies = value("token_entropies");
    int count = tokens.size();
    if (count == 0
        || !isArray(tokens, count)
        || !isArray(likelihoods, count)
        || !isArray(ranks, count)) {
      return null;
    }
    int shown = Math.min(limit, count);
    TokenScores scores =
        new TokenScores(
            new int[shown], new double[shown], new int[shown], new double[shown], count);
    for (int i = 0; i < shown; i++) {
      if (!tokens.get(i).canConvertToInt() || !ranks.get(i).canConvertToInt()) {
        return null;
      }
      scores.tokens()[i] = tokens.get(i).intValue();
      scores.logLikelihoods()[i] = likelihoods.get(i).asDouble(Double.NaN);
      scores.ranks()[i] = ranks.get(i).intValue();
      scores.entropies()[i] = entropies.path(i).asDouble(Double.NaN);
    }
    return scores;
  }

  private static boolean isArray(JsonNode value, int size) {
    return value.isArray() && value.size() == size;
  }

  /** Who wrote it: what the row says, then what the user says of the data set. */
  public Origin origin() {
    String label = word("label");
    JsonNode synthetic = columns.path("synthetic");
    if (data.command() == Manifest.Command.GENERATE
        || "synthetic".equals(label)
        || synthetic.isBoolean() && synthetic.booleanValue()) {
      return Origin.SYNTHETIC;
    }
    return data.human() || "human".equals(label) || synthetic.isBoolean()
        ? Origin.HUMAN
        : Origin.UNSTATED;
  }

  /** The series that it belongs to. */
  public SeriesKey series() {
    Origin origin = origin();
    if (origin == Origin.HUMAN) {
      return SeriesKey.HUMAN;
    }
    if (data.command() == Manifest.Command.GENERATE) {
      return new SeriesKey(origin, data.family(), data.model(), data.source());
    }
    String family = word("family");
    String model =
        columns.has(name("model")) && !name("model").equals("model") ? word("model") : null;
    if (data.command() == Manifest.Command.CORPUS) {
      model = word("model");
    }
    return new SeriesKey(
        origin,
        family == null ? data.name() : family,
        model == null ? "" : model,
        family == null ? data.source() : "");
  }
}
