package scriptorium.job.detect;

import java.io.Serializable;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import scriptorium.job.detect.fit.LogisticFit;

/**
 * A trained detector but for the stages of MLlib that one of texts has besides: what its JSON file
 * holds.
 *
 * @param detector its name
 * @param settings what was chosen
 * @param threshold from which on a score means synthetic
 * @param higherIsSynthetic whether at or above it, else at or below it
 * @param inputs of the score: none where texts are looked at; for one input, the score is it; for
 *     several, the probability of a logistic regression
 * @param bias of the regression
 */
record Detector(
    String detector,
    Map<String, Object> settings,
    double threshold,
    boolean higherIsSynthetic,
    List<Input> inputs,
    double bias)
    implements Serializable {
  static final String TFIDF = "tfidf_lr";
  static final String SCORES = "scores_lr";

  /**
   * A number of a row that is looked at.
   *
   * @param missing what stands for one that a row does not have
   * @param mean and {@code deviation}: what it is standardised by
   * @param weight of the standardised number
   */
  record Input(String name, double missing, double mean, double deviation, double weight)
      implements Serializable {
    /** Of {@link Scores}. */
    int place() {
      return Scores.valueOf(name.toUpperCase(Locale.ROOT)).ordinal();
    }
  }

  /** Whether nothing is missing that a file may have lacked. */
  boolean isComplete() {
    return detector != null
        && inputs != null
        && inputs.stream()
            .allMatch(
                input ->
                    input != null
                        && input.name() != null
                        && Stream.of(Scores.values())
                            .anyMatch(score -> score.detector().equals(input.name())));
  }

  boolean isSynthetic(double score) {
    return higherIsSynthetic ? score >= threshold : score <= threshold;
  }

  /** The score from the numbers of a row, by the place of {@link Scores}, NaN for none. */
  double score(double[] numbers) {
    if (inputs.size() == 1) {
      return value(inputs.getFirst(), numbers);
    }
    double margin = bias;
    for (Input input : inputs) {
      margin += input.weight() * standard(input, numbers);
    }
    return LogisticFit.probability(margin);
  }

  private static double value(Input input, double[] numbers) {
    double number = numbers[input.place()];
    return Double.isNaN(number) ? input.missing() : number;
  }

  static double standard(Input input, double[] numbers) {
    return (value(input, numbers) - input.mean()) / input.deviation();
  }
}
