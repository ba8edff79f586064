package scriptorium.engine.generation;

import java.util.function.Consumer;
import scriptorium.engine.model.CachedSequence;
import scriptorium.engine.sampling.LogitsRow;
import scriptorium.engine.sampling.Sampler;

/** A given sequence whose tokens are scored under the model itself. */
final class ScoringFlight extends Flight {
  private final TokenWindow window;
  private final double[] logLikelihoods;
  private final int[] ranks;
  private final double[] entropies;
  private final double[] variances;
  private final double[] crossEntropies;
  private final Consumer<Score> scores;
  private final Consumer<RowFailure> failures;

  ScoringFlight(
      Source source,
      CachedSequence cached,
      CachedSequence observed,
      int reservedPages,
      TokenWindow window,
      boolean tokenDetails,
      Consumer<Score> scores,
      Consumer<RowFailure> failures) {
    super(source, cached, observed, reservedPages, window.tokens(), window.tokens().length);
    this.window = window;
    this.scores = scores;
    this.failures = failures;
    int count = known - window.given();
    logLikelihoods = new double[count];
    ranks = tokenDetails ? new int[count] : null;
    entropies = tokenDetails ? new double[count] : null;
    variances = tokenDetails ? new double[count] : null;
    crossEntropies = observed == null ? null : new double[count];
  }

  @Override
  int sharable() {
    return window.given() - 1;
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
    if (failure() != null) {
      RowFailure failure = new RowFailure(window.id(), failure());
      source.finished(() -> failures.accept(failure));
      return;
    }
    double sum = 0;
    for (double logLikelihood : logLikelihoods) {
      sum += logLikelihood;
    }
    Score score =
        new Score(window.id(), sum, logLikelihoods, ranks, entropies, variances, crossEntropies);
    source.finished(() -> scores.accept(score));
  }
}
