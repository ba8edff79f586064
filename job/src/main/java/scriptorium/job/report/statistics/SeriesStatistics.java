package scriptorium.job.report.statistics;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.function.Supplier;
import scriptorium.job.report.read.ReportRow;

/**
 * What the plots need of the rows of a series: sums and histograms, whose size does not follow the
 * number of rows. Not thread-safe.
 */
public final class SeriesStatistics {
  /** Largest rank of each class but the last. */
  static final int[] RANKS = {1, 10, 100, 1000};

  /** Log-likelihood per token, nats: -20 to 0, which is wider than 1 / 50,257. */
  private final Histogram likelihoods = new Histogram(-20, 0.05, 400);

  /** Length, tokens. */
  private final Histogram lengths = new Histogram(0, 8, 1024);

  /** Fast-DetectGPT's discrepancy, standard deviations. */
  private final Histogram curvatures = new Histogram(-20, 0.1, 400);

  private final Mean meanLikelihood = new Mean();
  private final Mean meanLength = new Mean();
  private final Mean ended = new Mean();
  private final Mean repetition = new Mean();
  private final Mean meanLogRank = new Mean();
  private final Mean meanEntropy = new Mean();
  private final Mean curvature = new Mean();
  private final Mean[] shares = {new Mean(), new Mean(), new Mean()};
  private final long[] ranks = new long[RANKS.length + 1];
  private final WordCounter words = new WordCounter();
  private final DistinctSample distinct = new DistinctSample();
  private final Smallest<ChosenSample> samples;
  private long rows;
  private long errors;
  private long tokens;

  SeriesStatistics(int samples) {
    this.samples = new Smallest<>(samples);
  }

  /** Takes a row; of an error row only that it is one. */
  void add(ReportRow row, Supplier<String> place) {
    if (row.isError()) {
      errors++;
      return;
    }
    rows++;
    long length = row.length();
    if (length >= 0) {
      tokens += length;
      lengths.add(length);
      meanLength.add(length);
    }
    if (row.ended() != null) {
      ended.add(row.ended() ? 1 : 0);
    }
    double likelihood = row.number("log_likelihood") / row.summands();
    if (row.summands() > 0 && Double.isFinite(likelihood)) {
      likelihoods.add(likelihood);
      meanLikelihood.add(row.number("log_likelihood") / row.summands(), row.summands());
    }
    addRanks(row);
    curvature.add(row.number("fast_detect_gpt"));
    curvatures.add(row.number("fast_detect_gpt"));
    addWords(row);
    samples.offer(row.key(), () -> ChosenSample.of(row, place.get()));
  }

  private void addRanks(ReportRow row) {
    JsonNode found = row.array("token_ranks");
    if (found.isArray()) {
      double logs = 0;
      long good = 0;
      for (JsonNode value : found) {
        int rank = value.canConvertToInt() ? value.intValue() : 0;
        if (rank > 0) {
          ranks[rankClass(rank)]++;
          logs += StrictMath.log(rank);
          good++;
        }
      }
      meanLogRank.add(logs / good, good);
      addEntropies(row);
      return;
    }
    long length = row.length();
    meanLogRank.add(row.number("mean_log_rank"), length);
    meanEntropy.add(row.number("mean_entropy"), length);
    for (int i = 0; i < shares.length; i++) {
      double share = row.number("top_" + RANKS[i + 1] + "_share");
      shares[i].add(share >= 0 && share <= 1 ? share : Double.NaN, length);
    }
  }

  private void addEntropies(ReportRow row) {
    for (JsonNode value : row.array("token_entropies")) {
      meanEntropy.add(value.isNumber() ? value.doubleValue() : Double.NaN);
    }
  }

  private void addWords(ReportRow row) {
    long[] found = Words.of(row.text());
    for (long word : found) {
      words.add(word);
    }
    repetition.add(Words.repetition(found));
    distinct.offer(row.key(), found);
  }

  /** The class of a rank: up to 10, 100, 1,000, or more. */
  public static int rankClass(int rank) {
    int at = 0;
    while (at < RANKS.length && rank > RANKS[at]) {
      at++;
    }
    return at;
  }

  /** Adds what another series has gathered. */
  void merge(SeriesStatistics other) {
    rows += other.rows;
    errors += other.errors;
    tokens += other.tokens;
    likelihoods.merge(other.likelihoods);
    lengths.merge(other.lengths);
    curvatures.merge(other.curvatures);
    meanLikelihood.merge(other.meanLikelihood);
    meanLength.merge(other.meanLength);
    ended.merge(other.ended);
    repetition.merge(other.repetition);
    meanLogRank.merge(other.meanLogRank);
    meanEntropy.merge(other.meanEntropy);
    curvature.merge(other.curvature);
    for (int i = 0; i < shares.length; i++) {
      shares[i].merge(other.shares[i]);
    }
    for (int i = 0; i < ranks.length; i++) {
      ranks[i] += other.ranks[i];
    }
    words.merge(other.words);
    distinct.merge(other.distinct);
    samples.merge(other.samples);
  }

  /** Rows without error rows. */
  public long rows() {
    return rows;
  }

  long errors() {
    return errors;
  }

  /** Tokens of the rows. */
  public long tokens() {
    return tokens;
  }

  /** Log-likelihoods per token, nats. */
  public Histogram likelihoods() {
    return likelihoods;
  }

  /** Lengths in tokens. */
  public Histogram lengths() {
    return lengths;
  }

  /** Values of Fast-DetectGPT. */
  public Histogram curvatures() {
    return curvatures;
  }

  /** Mean over all tokens, nats. */
  public double meanLikelihood() {
    return meanLikelihood.value();
  }

  /** Mean length in tokens; NaN for no rows. */
  public double meanLength() {
    return meanLength.value();
  }

  /** Share of the rows that ended, of those that say so; NaN where none does. */
  public double ended() {
    return ended.value();
  }

  /** Mean share of words in repeated runs of four; NaN for no rows. */
  public double repetition() {
    return repetition.value();
  }

  /** Mean ln rank of the tokens; NaN if not known. */
  public double meanLogRank() {
    return meanLogRank.value();
  }

  /** Mean entropy, nats; NaN if not known. */
  public double meanEntropy() {
    return meanEntropy.value();
  }

  /** Mean of Fast-DetectGPT; NaN if not known. */
  public double curvature() {
    return curvature.value();
  }

  /** How often words occur. */
  public WordCounter words() {
    return words;
  }

  /** The rows that distinct-n is computed of. */
  public DistinctSample distinct() {
    return distinct;
  }

  /** The samples that are shown. */
  public Smallest<ChosenSample> samples() {
    return samples;
  }

  /** Whether ranks were counted token by token. */
  public boolean hasRanks() {
    return rankedTokens() > 0;
  }

  /** Whether there is any share of ranks. */
  public boolean hasShares() {
    return hasRanks() || shares[0].weight() > 0;
  }

  private long rankedTokens() {
    long sum = 0;
    for (long count : ranks) {
      sum += count;
    }
    return sum;
  }

  /**
   * Shares of the tokens by class of rank.
   *
   * @param five whether rank 1 is a class of its own: only where ranks were counted
   */
  public double[] rankShares(boolean five) {
    double[] result = new double[five ? 5 : 4];
    if (hasRanks()) {
      for (int i = 0; i < ranks.length; i++) {
        result[five ? i : Math.max(0, i - 1)] += (double) ranks[i] / rankedTokens();
      }
      return result;
    }
    double before = 0;
    for (int i = 0; i < 3; i++) {
      result[i] = shares[i].value() - before;
      before = shares[i].value();
    }
    result[3] = 1 - before;
    return result;
  }
}
