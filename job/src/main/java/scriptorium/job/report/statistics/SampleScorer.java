package scriptorium.job.report.statistics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import scriptorium.engine.Engine;
import scriptorium.engine.EngineOptions;
import scriptorium.engine.Model;
import scriptorium.engine.ModelFolder;
import scriptorium.engine.Scorer;
import scriptorium.engine.ScoringConfig;
import scriptorium.engine.ScoringText;
import scriptorium.engine.TextScore;
import scriptorium.engine.tokenizer.BytePairTokenizer;
import scriptorium.job.base.UserException;
import scriptorium.job.report.read.TokenScores;

/** Scores the samples whose rows have no token columns, as far as they are shown. Stateless. */
public final class SampleScorer {
  private static final int SLOTS = 16;

  private SampleScorer() {}

  /** The samples, those without tokens with their scores under a model. */
  public static List<List<ChosenSample>> score(ModelFolder folder, List<List<ChosenSample>> samples)
      throws InterruptedException {
    List<ScoringText> texts = new ArrayList<>();
    BytePairTokenizer tokenizer = folder.tokenizer();
    for (ChosenSample sample : samples.stream().flatMap(List::stream).toList()) {
      if (sample.tokens() == null) {
        int[] tokens = tokenizer.encode(sample.text());
        texts.add(
            new ScoringText(
                texts.size(),
                tokenizer.encode(sample.prompt()),
                Arrays.copyOf(tokens, Math.min(tokens.length, ChosenSample.TOKENS))));
      }
    }
    if (texts.isEmpty()) {
      return samples;
    }
    TextScore[] scores = new TextScore[texts.size()];
    try (Model model = Model.load(folder);
        Engine engine = new Engine(model, new EngineOptions(0, SLOTS, 0, 0))) {
      new Scorer(engine, new ScoringConfig(0, true))
          .score(
              texts.iterator(),
              score -> scores[(int) score.id()] = score,
              failure -> {}, // shown without scores
              tokens -> {});
    } catch (IllegalArgumentException e) {
      throw new UserException(e.getMessage(), e);
    }
    List<List<ChosenSample>> scored = new ArrayList<>();
    int next = 0;
    for (List<ChosenSample> series : samples) {
      List<ChosenSample> row = new ArrayList<>();
      for (ChosenSample sample : series) {
        if (sample.tokens() == null) {
          row.add(with(sample, scores[next]));
          next++;
        } else {
          row.add(sample);
        }
      }
      scored.add(row);
    }
    return scored;
  }

  private static ChosenSample with(ChosenSample sample, TextScore score) {
    if (score == null || score.length() == 0) {
      return sample;
    }
    boolean all =
        sample.text().length() == sample.textLength() && score.length() < ChosenSample.TOKENS;
    int count = all ? score.length() : (int) Math.max(score.length() + 1, sample.length());
    return sample.with(
        new TokenScores(
            score.tokens(), score.logLikelihoods(), score.ranks(), score.entropies(), count));
  }
}
