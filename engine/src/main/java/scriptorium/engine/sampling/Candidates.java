package scriptorium.engine.sampling;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import scriptorium.engine.kernel.ScalarKernels;

/** Tokens that are kept, in ascending id unless said otherwise, with their logits and weights. */
final class Candidates {
  /** Of distances: some hundred tokens of the whole vocabulary fall into one. */
  private static final int BUCKETS = 1024;

  private static final int BUCKETS_A_NAT = 32;

  private final int[] tokens;
  private final float[] logits;
  private final double[] weights;
  private final float[] scratch;
  private final long[] order;
  private final double[] bucketWeights = new double[BUCKETS];
  private int size;
  private double total;

  Candidates(int capacity) {
    tokens = new int[capacity];
    logits = new float[capacity];
    weights = new double[capacity];
    scratch = new float[capacity];
    order = new long[capacity];
  }

  void clear() {
    size = 0;
  }

  int size() {
    return size;
  }

  void add(int token, float logit) {
    tokens[size] = token;
    logits[size] = logit;
    size++;
  }

  double total() {
    return total;
  }

  double weight(int index) {
    return weights[index];
  }

  int token(int index) {
    return tokens[index];
  }

  float kthLargest(int k) {
    System.arraycopy(logits, 0, scratch, 0, size);
    return QuickSelect.kthLargest(scratch, size, k);
  }

  void dropBelow(float bound) {
    int to = 0;
    for (int i = 0; i < size; i++) {
      if (logits[i] >= bound) {
        tokens[to] = tokens[i];
        logits[to] = logits[i];
        to++;
      }
    }
    size = to;
  }

  /** Takes all tokens of a row with their weights. */
  void set(MemorySegment row, long offset, MemorySegment rowWeights, int count) {
    total = 0;
    for (int token = 0; token < count; token++) {
      tokens[token] = token;
      logits[token] = row.getAtIndex(ValueLayout.JAVA_FLOAT, offset + token);
      weights[token] = rowWeights.getAtIndex(ValueLayout.JAVA_FLOAT, token);
      total += weights[token];
    }
    size = count;
  }

  void weigh(float divisor, float shift) {
    total = 0;
    for (int i = 0; i < size; i++) {
      weights[i] = ScalarKernels.exp(logits[i] / divisor - shift);
      total += weights[i];
    }
  }

  /** Keeps the likeliest until their weight reaches p of the whole. */
  void keepTopP(double p, double whole) {
    for (int i = 0; i < size; i++) {
      int bits = Float.floatToRawIntBits((float) weights[i]); // positive floats order as their bits
      order[i] = (long) ~bits << 32 | i;
    }
    Arrays.sort(order, 0, size);
    double cumulative = 0;
    int count = 0;
    while (count < size && cumulative < p * whole) {
      cumulative += weights[(int) order[count]];
      count++;
    }
    for (int i = 0; i < count; i++) {
      order[i] &= 0xFFFFFFFFL;
    }
    Arrays.sort(order, 0, count);
    keep(count);
  }

  /** Keeps those at the places in {@code order}, which ascend. */
  private void keep(int count) {
    total = 0;
    for (int i = 0; i < count; i++) {
      int from = (int) order[i];
      tokens[i] = tokens[from];
      logits[i] = logits[from];
      weights[i] = weights[from];
      total += weights[i];
    }
    size = count;
  }

  /** Keeps those of at least a share of the likeliest one's weight, which is 1. */
  void keepMinP(double share) {
    int count = 0;
    for (int i = 0; i < size; i++) {
      if (weights[i] >= share) {
        order[count] = i;
        count++;
      }
    }
    keep(count);
  }

  /**
   * Keeps the locally typical: those whose ln p is nearest to its mean, minus the entropy, until
   * their weight reaches a mass of the whole. The distance is in float; all that are as near as the
   * one that crosses the mass stay.
   */
  void keepTypical(double mass, float divisor, float shift) {
    double mean = 0;
    for (int i = 0; i < size; i++) {
      scratch[i] = logits[i] / divisor - shift;
      if (weights[i] > 0) {
        mean += weights[i] * scratch[i];
      }
    }
    mean /= total;
    Arrays.fill(bucketWeights, 0);
    for (int i = 0; i < size; i++) {
      scratch[i] = (float) Math.abs(scratch[i] - mean);
      bucketWeights[bucket(scratch[i])] += weights[i];
    }
    float furthest = crossing(mass * total);
    int count = 0;
    for (int i = 0; i < size; i++) {
      if (scratch[i] <= furthest && weights[i] > 0) {
        order[count] = i;
        count++;
      }
    }
    keep(count);
  }

  private static int bucket(float distance) {
    return (int) Math.min(distance * BUCKETS_A_NAT, BUCKETS - 1);
  }

  /**
   * The distance in {@code scratch} up to which the weight reaches a target. Only the bucket that
   * crosses it is sorted; the weight of those before is added up bucket by bucket.
   */
  private float crossing(double target) {
    double cumulative = 0;
    int crossing = 0;
    for (int bucket = 0; bucket < BUCKETS && cumulative < target; bucket++) {
      if (bucketWeights[bucket] > 0) {
        crossing = bucket;
        cumulative += bucketWeights[bucket];
      }
    }
    cumulative = 0;
    for (int bucket = 0; bucket < crossing; bucket++) {
      cumulative += bucketWeights[bucket];
    }
    int count = 0;
    for (int i = 0; i < size; i++) {
      if (weights[i] > 0 && bucket(scratch[i]) == crossing) {
        order[count] = (long) Float.floatToRawIntBits(scratch[i]) << 32 | i;
        count++;
      }
    }
    Arrays.sort(order, 0, count);
    int reached = 0;
    while (reached < count && cumulative < target) {
      cumulative += weights[(int) order[reached]];
      reached++;
    }
    return scratch[(int) order[reached - 1]];
  }

  int draw(double target) {
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
    return last;
  }
}
