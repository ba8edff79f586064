package scriptorium.job.row;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BiFunction;
import scriptorium.engine.TextScore;

/**
 * Columns that scoring adds to a row, in the order in which they are written. Values are null for a
 * text without tokens where it has none.
 */
public enum ScoreColumn {
  LOG_LIKELIHOOD(
      "double",
      "sum of ln p of the text's tokens under the model itself; nats",
      false,
      (score, bytes) -> score.logLikelihood()),
  LENGTH("int", "tokens scored", false, (score, bytes) -> score.length()),
  BITS_PER_BYTE(
      "double",
      "-log_likelihood / ln 2 / bytes of the text in UTF-8",
      false,
      (score, bytes) -> bytes == 0 ? null : score.bitsPerByte(bytes)),
  PERPLEXITY(
      "double",
      "exp(-log_likelihood / length)",
      false,
      (score, bytes) -> some(score, score.perplexity())),
  MEAN_RANK(
      "double",
      "mean of the tokens' ranks, 1 the likeliest",
      true,
      (score, bytes) -> some(score, score.meanRank())),
  MEAN_LOG_RANK(
      "double", "mean of ln rank", true, (score, bytes) -> some(score, score.meanLogRank())),
  MEAN_ENTROPY(
      "double",
      "mean entropy of the model's distribution at each token; nats",
      true,
      (score, bytes) -> some(score, score.meanEntropy())),
  FAST_DETECT_GPT(
      "double",
      "analytic discrepancy of Fast-DetectGPT (Bao et al. 2024)",
      true,
      (score, bytes) -> some(score, score.fastDetectGpt())),
  TOP_10_SHARE(
      "double",
      "share of tokens among the 10 likeliest (GLTR)",
      true,
      (score, bytes) -> some(score, score.topShare(10))),
  TOP_100_SHARE(
      "double",
      "share of tokens among the 100 likeliest (GLTR)",
      true,
      (score, bytes) -> some(score, score.topShare(100))),
  TOP_1000_SHARE(
      "double",
      "share of tokens among the 1,000 likeliest (GLTR)",
      true,
      (score, bytes) -> some(score, score.topShare(1000))),
  BINOCULARS(
      "double",
      "mean -ln p over the mean cross-entropy of the observer's distributions to the model's (Hans et al. 2024)",
      false,
      (score, bytes) -> some(score, score.binoculars())),
  TOKENS("array of int", "the text's tokens", false, (score, bytes) -> score.tokens()),
  TOKEN_LOG_LIKELIHOODS(
      "array of double", "ln p of each; nats", false, (score, bytes) -> score.logLikelihoods()),
  TOKEN_RANKS(
      "array of int", "1 + tokens with a larger logit", true, (score, bytes) -> score.ranks()),
  TOKEN_ENTROPIES(
      "array of double",
      "entropy of the model's distribution at each; nats",
      true,
      (score, bytes) -> score.entropies()),
  CONTEXT(
      "array of int",
      "tokens that each was conditioned on, the leading end-of-text token counted",
      false,
      (score, bytes) -> score.contexts());

  private final String type;
  private final String meaning;
  private final boolean details;
  private final BiFunction<TextScore, Long, Object> value;

  ScoreColumn(
      String type, String meaning, boolean details, BiFunction<TextScore, Long, Object> value) {
    this.type = type;
    this.meaning = meaning;
    this.details = details;
    this.value = value;
  }

  private static Double some(TextScore score, double value) {
    return score.length() > 0 && Double.isFinite(value) ? (Double) value : null;
  }

  /** The column of a name such as mean_rank. */
  public static Optional<ScoreColumn> of(String name) {
    return Arrays.stream(values()).filter(column -> column.columnName().equals(name)).findFirst();
  }

  /** Name in a row. */
  public String columnName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Type, for the card. */
  public String type() {
    return type;
  }

  /** Meaning, for the card. */
  public String meaning() {
    return meaning;
  }

  /** Whether a text that has been scored can have none. */
  boolean mayBeNull() {
    return type.equals("double") && this != LOG_LIKELIHOOD;
  }

  /** Whether it needs ranks, entropies or variances. */
  public boolean needsDetails() {
    return details;
  }

  /** Its value for a text of so many bytes: a number, an array of int or double, or null. */
  public Object value(TextScore score, long bytes) {
    return value.apply(score, bytes);
  }
}
