package scriptorium.engine.generation;

import java.util.function.Consumer;
import scriptorium.engine.model.CachedSequence;
import scriptorium.engine.sampling.LogitsRow;
import scriptorium.engine.sampling.Sampler;

/** A given sequence of which every token is scored under the model itself. */
final class ScoringFlight extends Flight {
  private final TokenText text;
  private final double[] logLikelihoods;
  private final int[] ranks;
  private final double[] entropies;
  private final Consumer<Score> scores;

  ScoringFlight(
      Source source,
      CachedSequence cached,
      int reservedPages,
      TokenText text,
      int endOfText,
      boolean tokenDetails,
      Consumer<Score> scores) {
    super(source, cached, reservedPages, start(text, endOfText), text.tokens().length + 1);
    this.text = text;
    this.scores = scores;
    int count = text.tokens().length;
    logLikelihoods = new double[count];
    ranks = tokenDetails ? new int[count] : null;
    entropies = tokenDetails ? new double[count] : null;
  }

  private static int[] start(TokenText text, int endOfText) {
    int[] tokens = new int[1 + text.tokens().length];
    tokens[0] = endOfText;
    System.arraycopy(text.tokens(), 0, tokens, 1, text.tokens().length);
    return tokens;
  }

  @Override
  int waiting() {
    return known - 1 - cached.length(); // nothing follows the last token
  }

  @Override
  boolean wants(int position) {
    return true;
  }

  @Override
  void accept(int position, LogitsRow row, Sampler sampler) {
    int token = tokens[position + 1];
    logLikelihoods[position] = row.logProbability(token);
    if (ranks != null) {
      ranks[position] = row.rank(token);
      entropies[position] = row.entropy();
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
    Score score = new Score(text.id(), sum, logLikelihoods, ranks, entropies);
    source.finished(() -> scores.accept(score));
  }
}
