package scriptorium.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How far a model's scores are from those of make_scores.py. Discrepancy is Fast-DetectGPT's; its
 * error counts for texts of at least 10 tokens.
 */
record ScoreComparison(
    int tokens,
    double largestError,
    double meanError,
    double largestSumErrorPerHundredTokens,
    int otherRanks,
    int largestRankError,
    double largestEntropyError,
    double largestVarianceError,
    double largestDiscrepancyError) {
  private static final ObjectMapper JSON = new ObjectMapper();

  static ScoreComparison of(Model model, JsonNode golden) throws InterruptedException {
    List<ScoringText> texts = new ArrayList<>();
    for (JsonNode text : golden.get("texts")) {
      texts.add(
          new ScoringText(
              texts.size(), new int[0], JSON.convertValue(text.get("tokens"), int[].class)));
    }
    TextScore[] scores = new TextScore[texts.size()];
    try (Engine engine = new Engine(model, new EngineOptions(2, 64, 0, 256))) {
      new Scorer(engine, new ScoringConfig(0, true))
          .score(texts.iterator(), score -> scores[(int) score.id()] = score);
    }
    int tokens = 0;
    int ranks = 0;
    int rankError = 0;
    double error = 0;
    double sum = 0;
    double sumError = 0;
    double entropyError = 0;
    double varianceError = 0;
    double discrepancyError = 0;
    for (int i = 0; i < scores.length; i++) {
      TextScore score = scores[i];
      TextScore expected = expected(texts.get(i), golden.get("texts").get(i));
      for (int t = 0; t < score.length(); t++) {
        double one = Math.abs(score.logLikelihoods()[t] - expected.logLikelihoods()[t]);
        error = Math.max(error, one);
        sum += one;
        int difference = Math.abs(score.ranks()[t] - expected.ranks()[t]);
        ranks += difference == 0 ? 0 : 1;
        rankError = Math.max(rankError, difference);
        entropyError =
            Math.max(entropyError, Math.abs(score.entropies()[t] - expected.entropies()[t]));
        varianceError =
            Math.max(varianceError, Math.abs(score.variances()[t] - expected.variances()[t]));
      }
      tokens += score.length();
      double sumDifference = Math.abs(score.logLikelihood() - expected.logLikelihood());
      sumError = Math.max(sumError, 100 * sumDifference / Math.max(100, score.length()));
      if (score.length() >= 10) {
        discrepancyError =
            Math.max(discrepancyError, Math.abs(score.fastDetectGpt() - expected.fastDetectGpt()));
      }
    }
    return new ScoreComparison(
        tokens,
        error,
        sum / tokens,
        sumError,
        ranks,
        rankError,
        entropyError,
        varianceError,
        discrepancyError);
  }

  private static TextScore expected(ScoringText text, JsonNode values) {
    return new TextScore(
        text.id(),
        text.tokens(),
        JSON.convertValue(values.get("log_likelihoods"), double[].class),
        null,
        JSON.convertValue(values.get("ranks"), int[].class),
        JSON.convertValue(values.get("entropies"), double[].class),
        JSON.convertValue(values.get("variances"), double[].class),
        null);
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%d tokens against float64: log-likelihood max %.1e mean %.1e, sums max %.1e per 100 tokens,"
            + " %d other ranks (by %d at most), entropy max %.1e, variance max %.1e, discrepancy max %.1e",
        tokens,
        largestError,
        meanError,
        largestSumErrorPerHundredTokens,
        otherRanks,
        largestRankError,
        largestEntropyError,
        largestVarianceError,
        largestDiscrepancyError);
  }
}
