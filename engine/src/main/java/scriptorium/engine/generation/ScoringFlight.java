package scriptorium.engine.generation;

import java.util.Arrays;
import java.util.function.Consumer;
import scriptorium.engine.model.CachedSequence;
import scriptorium.engine.sampling.LogitsRow;
import scriptorium.engine.sampling.Sampler;

/**
 * A given sequence whose tokens are scored under the model itself. One that begins like another one
 * in flight waits until that one's beginning is in the cache, and copies it.
 */
final class ScoringFlight extends Flight {
  /** Tokens that must be shared: fewer are computed as fast as they are copied. */
  private static final int LEAST_SHARED = 8;

  private final TokenWindow window;
  private final double[] logLikelihoods;
  private final int[] ranks;
  private final double[] entropies;
  private final double[] variances;
  private final double[] crossEntropies;
  private final Consumer<Score> scores;
  private ScoringFlight beginsLike;
  private int shared;

  ScoringFlight(
      Source source,
      CachedSequence cached,
      CachedSequence observed,
      int reservedPages,
      TokenWindow window,
      boolean tokenDetails,
      Consumer<Score> scores) {
    super(source, cached, observed, reservedPages, window.tokens(), window.tokens().length);
    this.window = window;
    this.scores = scores;
    int count = known - window.given();
    logLikelihoods = new double[count];
    ranks = tokenDetails ? new int[count] : null;
    entropies = tokenDetails ? new double[count] : null;
    variances = tokenDetails ? new double[count] : null;
    crossEntropies = observed == null ? null : new double[count];
  }

  /** Shares the beginning of another flight, where it is long enough; tells whether it does. */
  boolean share(ScoringFlight other) {
    int different = Arrays.mismatch(tokens, other.tokens);
    int equal = different < 0 ? known : different;
    shared = Math.min(Math.min(equal, other.known - 1), window.given() - 1);
    if (shared >= LEAST_SHARED) {
      beginsLike = other;
    }
    return beginsLike != null;
  }

  @Override
  boolean ready() {
    if (beginsLike != null && beginsLike.cached.length() >= shared) {
      cached.copyFrom(beginsLike.cached, shared);
      if (observed != null) {
        observed.copyFrom(beginsLike.observed, shared);
      }
      beginsLike = null;
    }
    return beginsLike == null;
  }

  @Override
  boolean generates() {
    return false;
  }

  @Override
  long id() {
    return window.id();
  }

  @Override
  int tokensDone() {
    return logLikelihoods.length;
  }

  @Override
  int waiting() {
    // Nothing follows the last token, and without tokens to score there is nothing to compute.
    return logLikelihoods.length == 0 ? 0 : known - 1 - cached.length();
  }

  @Override
  boolean wants(int position) {
    return position >= window.given() - 1;
  }

  @Override
  void accept(int position, LogitsRow row, Sampler sampler) {
    int token = tokens[position + 1];
    int index = position + 1 - window.given();
    logLikelihoods[index] = row.logProbability(token);
    if (ranks != null) {
      ranks[index] = row.rank(token);
      entropies[index] = row.entropy();
      variances[index] = row.variance();
    }
    if (crossEntropies != null) {
      crossEntropies[index] = row.crossEntropy();
    }
  }

  @Override
  boolean advance() {
    return waiting() == 0;
  }

  @Override
  void deliver() {
    double sum = 0;
    for (double logLikelihood : logLikelihoods) {
      sum += logLikelihood;
    }
    Score score =
        new Score(window.id(), sum, logLikelihoods, ranks, entropies, variances, crossEntropies);
    source.finished(() -> scores.accept(score));
  }
}
