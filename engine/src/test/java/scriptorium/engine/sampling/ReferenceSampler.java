package scriptorium.engine.sampling;

import java.util.Arrays;
import scriptorium.engine.kernel.ScalarKernels;

/**
 * The distributions that {@link Sampler} cuts, by their plain definition: every token is weighed
 * and sorted, and sums are taken in the order that the contract says. Slow; the bits of tokens and
 * log-probabilities are what the sampler must give.
 */
final class ReferenceSampler {
  private static final int DISTANCE_BUCKETS = 1024;
  private static final int BUCKETS_A_NAT = 32;

  private int[] tokens;
  private float[] logits;
  private double[] weights;
  private int size;
  private double total;
  private double logProbability;

  /** Draws a token; at least one of top-k, top-p, min-p and typical-p must be on. */
  int sample(float[] row, SamplingConfig config, double topP, double uniform) {
    float divisor = (float) config.temperature();
    float max = Float.NEGATIVE_INFINITY;
    for (float logit : row) {
      max = Math.max(max, logit);
    }
    float shift = max / divisor;
    size = row.length;
    tokens = new int[size];
    logits = row.clone();
    weights = new double[size];
    for (int i = 0; i < size; i++) {
      tokens[i] = i;
      weights[i] = ScalarKernels.exp(logits[i] / divisor - shift);
    }
    if (config.topK() > 0 && config.topK() < row.length) {
      float[] sorted = row.clone();
      Arrays.sort(sorted);
      float bound = sorted[sorted.length - config.topK()];
      keep(i -> logits[i] >= bound);
    } else {
      keep(i -> true);
    }
    if (topP < 1) {
      cutTopP(topP);
    }
    if (config.minP() > 0) {
      keep(i -> weights[i] >= config.minP());
    }
    if (config.typicalP() < 1) {
      cutTypical(config.typicalP(), divisor, shift);
    }
    return draw(uniform * total);
  }

  double logProbability() {
    return logProbability;
  }

  int kept() {
    return size;
  }

  private interface Chosen {
    boolean is(int place);
  }

  private void keep(Chosen chosen) {
    total = 0;
    int to = 0;
    for (int i = 0; i < size; i++) {
      if (chosen.is(i)) {
        tokens[to] = tokens[i];
        logits[to] = logits[i];
        weights[to] = weights[i];
        total += weights[to];
        to++;
      }
    }
    size = to;
  }

  private void cutTopP(double p) {
    long[] order = new long[size];
    for (int i = 0; i < size; i++) {
      order[i] = (long) ~Float.floatToRawIntBits((float) weights[i]) << 32 | i;
    }
    Arrays.sort(order);
    boolean[] chosen = new boolean[size];
    double cumulative = 0;
    for (int i = 0; i < size && cumulative < p * total; i++) {
      chosen[(int) order[i]] = true;
      cumulative += weights[(int) order[i]];
    }
    keep(i -> chosen[i]);
  }

  private void cutTypical(double mass, float divisor, float shift) {
    double mean = 0;
    for (int i = 0; i < size; i++) {
      mean += weights[i] > 0 ? weights[i] * (logits[i] / divisor - shift) : 0;
    }
    mean /= total;
    float[] distances = new float[size];
    double[] buckets = new double[DISTANCE_BUCKETS];
    for (int i = 0; i < size; i++) {
      distances[i] = (float) Math.abs(logits[i] / divisor - shift - mean);
      buckets[bucket(distances[i])] += weights[i];
    }
    double target = mass * total;
    double cumulative = 0;
    int crossing = 0;
    for (int bucket = 0; bucket < buckets.length && cumulative < target; bucket++) {
      if (buckets[bucket] > 0) {
        crossing = bucket;
        cumulative += buckets[bucket];
      }
    }
    cumulative = 0;
    for (int bucket = 0; bucket < crossing; bucket++) {
      cumulative += buckets[bucket];
    }
    long[] order = new long[size];
    int count = 0;
    for (int i = 0; i < size; i++) {
      if (weights[i] > 0 && bucket(distances[i]) == crossing) {
        order[count] = (long) Float.floatToRawIntBits(distances[i]) << 32 | i;
        count++;
      }
    }
    Arrays.sort(order, 0, count);
    int reached = 0;
    while (reached < count && cumulative < target) {
      cumulative += weights[(int) order[reached]];
      reached++;
    }
    float furthest = distances[(int) order[reached - 1]];
    boolean[] chosen = new boolean[size];
    for (int i = 0; i < size; i++) {
      chosen[i] = distances[i] <= furthest && weights[i] > 0;
    }
    keep(i -> chosen[i]);
  }

  private static int bucket(float distance) {
    return (int) Math.min(distance * BUCKETS_A_NAT, DISTANCE_BUCKETS - 1);
  }

  private int draw(double target) {
    double cumulative = 0;
    int last = 0;
    for (int i = 0; i < size; i++) {
      cumulative += weights[i];
      if (weights[i] > 0) {
        last = i;
        if (cumulative > target) {
          break;
        }
      }
    }
    logProbability = StrictMath.log(weights[last] / total);
    return tokens[last];
  }
}
