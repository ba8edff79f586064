package scriptorium.engine.generation;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import scriptorium.engine.sampling.SamplingConfig;
import scriptorium.engine.text.Given;

/**
 * How rows are drawn.
 *
 * @param sampling the distribution that tokens are drawn from
 * @param maxNewTokens most tokens drawn a row, the end token included; 0 for as many as the context
 *     holds
 * @param stops texts that end a row as soon as the decoded new tokens contain one
 * @param bestOf candidates drawn a row, of which the likeliest under the model itself is kept; the
 *     first of equals
 * @param bestOfBy what is compared of candidates
 * @param seed key of the random streams
 * @param tokenDetails whether {@link Sample#tokenRanks} and {@link Sample#tokenEntropies} are
 *     computed
 */
public record GenerationConfig(
    SamplingConfig sampling,
    int maxNewTokens,
    List<String> stops,
    int bestOf,
    BestOfBy bestOfBy,
    long seed,
    boolean tokenDetails)
    implements Serializable {
  /** Candidates of a row at most: each takes the time of a row. */
  private static final int MOST_CANDIDATES = 1000;

  /** What candidates are compared by. */
  public enum BestOfBy {
    /** The log-likelihood of the sample. */
    SUM,
    /** The log-likelihood divided by the tokens drawn. */
    MEAN
  }

  /**
   * Checks the settings.
   *
   * @throws IllegalArgumentException for a negative length, a least length above the greatest, a
   *     stop string that is empty, null or no valid Unicode, other than 1 to 1,000 candidates, or a
   *     setting that is null
   */
  public GenerationConfig {
    Given.notNull(sampling, "Sampling is", "SamplingConfig.PLAIN for the model's own");
    Given.notNull(bestOfBy, "What candidates are compared by is", "SUM or MEAN");
    stops = copied(stops);
    if (maxNewTokens < 0) {
      throw new IllegalArgumentException(
          "Max new tokens " + maxNewTokens + " is negative: leave it out for the whole context");
    }
    if (maxNewTokens > 0 && sampling.minNewTokens() > maxNewTokens) {
      throw new IllegalArgumentException(
          "Min new tokens "
              + sampling.minNewTokens()
              + " is more than the max new tokens "
              + maxNewTokens
              + ": give at most as many");
    }
    for (int i = 0; i < stops.size(); i++) {
      String stop = stops.get(i);
      if (stop.isEmpty() || !StandardCharsets.UTF_8.newEncoder().canEncode(stop)) {
        throw new IllegalArgumentException(
            "Stop string "
                + (i + 1)
                + " is empty or no valid Unicode: give text of at least one character");
      }
    }
    if (bestOf < 1 || bestOf > MOST_CANDIDATES) {
      throw new IllegalArgumentException(
          "Best-of "
              + bestOf
              + " is not in 1.."
              + MOST_CANDIDATES
              + ": give 1 for one sample a row");
    }
  }

  /** A list that its caller cannot change after the check. */
  private static List<String> copied(List<String> stops) {
    List<String> copy =
        new ArrayList<>(Given.notNull(stops, "Stop strings are", "an empty list for none"));
    for (int i = 0; i < copy.size(); i++) {
      Given.notNull(copy.get(i), "Stop string " + (i + 1) + " is", "text, or leave it out");
    }
    return List.copyOf(copy);
  }

  /**
   * Rows of which nothing is on but temperature, top-k and top-p.
   *
   * @throws IllegalArgumentException as {@link SamplingConfig} and the canonical constructor do
   */
  public GenerationConfig(
      double temperature,
      int topK,
      double topPLow,
      double topPHigh,
      int maxNewTokens,
      long seed,
      boolean tokenDetails) {
    this(
        SamplingConfig.PLAIN
            .withTemperature(temperature)
            .withTopK(topK)
            .withTopP(topPLow, topPHigh),
        maxNewTokens,
        List.of(),
        1,
        BestOfBy.SUM,
        seed,
        tokenDetails);
  }

  /** These settings with another distribution. */
  public GenerationConfig withSampling(SamplingConfig value) {
    return new GenerationConfig(value, maxNewTokens, stops, bestOf, bestOfBy, seed, tokenDetails);
  }

  /** These settings with another maximum length. */
  public GenerationConfig withMaxNewTokens(int value) {
    return new GenerationConfig(sampling, value, stops, bestOf, bestOfBy, seed, tokenDetails);
  }

  /** These settings with other stop strings. */
  public GenerationConfig withStops(List<String> value) {
    return new GenerationConfig(
        sampling, maxNewTokens, value, bestOf, bestOfBy, seed, tokenDetails);
  }

  /** These settings with another choice of candidates. */
  public GenerationConfig withBestOf(int value, BestOfBy by) {
    return new GenerationConfig(sampling, maxNewTokens, stops, value, by, seed, tokenDetails);
  }
}
