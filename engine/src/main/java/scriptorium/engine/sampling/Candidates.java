package scriptorium.engine.sampling;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import scriptorium.engine.kernel.Kernels;

/**
 * Tokens that are kept, in ascending id, with their logits, their weights and the sums of these up
 * to each token, added in this order in double. Tokens are gathered with their logits and weighed;
 * {@link #take} or one of the cuts then makes the weights those of the tokens kept.
 */
final class Candidates {
  /** Of distances: some hundred tokens of the whole vocabulary fall into one. */
  private static final int BUCKETS = 1024;

  private static final int BUCKETS_A_NAT = 32;

  /** Bits of a weight that are not told apart by its step: 32 steps to a power of two. */
  private static final int STEP_BITS = 18;

  /** Steps of weights from 0 to 1. */
  private static final int STEPS = (Float.floatToRawIntBits(1f) >>> STEP_BITS) + 1;

  /** So few are sorted as they are. */
  private static final int FEW = 96;

  /** Where more than this part is kept, all are moved without a branch instead of searched for. */
  private static final int MANY = 4;

  /** More than the relative rounding error of two additions in double. */
  private static final double ADDITION_ERROR = 0x1p-51;

  private final Kernels kernels;

  /** Weights of what has been gathered. */
  private final MemorySegment gathered;

  private final int[] tokens;
  private final float[] logits;
  private final float[] weights;
  private final double[] sums;
  private final float[] scratch;
  private final int[] places;
  private final long[] order;
  private final double[] bucketWeights = new double[BUCKETS];
  private final double[] steps = new double[STEPS];
  private int size;

  /**
   * Room for so many tokens.
   *
   * @param gathered (capacity) f32 of scratch
   */
  Candidates(Kernels kernels, int capacity, MemorySegment gathered) {
    this.kernels = kernels;
    this.gathered = gathered;
    tokens = new int[capacity];
    logits = new float[capacity];
    weights = new float[capacity];
    sums = new double[capacity];
    scratch = new float[capacity];
    places = new int[capacity];
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

  /** Gathers the tokens from..to of a row whose logits are at least the bound. */
  void addAtLeast(LogitsRow row, int from, int to, float bound) {
    int end =
        kernels.indicesWithin(
            row.logits().logits(),
            row.logits().offset(),
            from,
            to,
            bound,
            Float.POSITIVE_INFINITY,
            tokens,
            size);
    for (; size < end; size++) {
      logits[size] = row.logit(tokens[size]);
    }
  }

  /** Gathers and weighs all tokens of a row. */
  void setAll(LogitsRow row, float divisor, float shift) {
    size = row.vocabSize();
    for (int token = 0; token < size; token++) {
      tokens[token] = token;
    }
    MemorySegment.copy(
        row.logits().logits(),
        ValueLayout.JAVA_FLOAT,
        row.logits().offset() * Float.BYTES,
        logits,
        0,
        size);
    kernels.exp(row.logits().logits(), row.logits().offset(), size, divisor, shift, gathered, 0);
  }

  /** Weighs what has been gathered: exp(logit / divisor - shift). */
  void weigh(float divisor, float shift) {
    MemorySegment.copy(logits, 0, gathered, ValueLayout.JAVA_FLOAT, 0, size);
    kernels.exp(gathered, 0, size, divisor, shift, gathered, 0);
  }

  /** Keeps all that has been gathered and weighed; a cut or {@link #addUp} is next. */
  void take() {
    MemorySegment.copy(gathered, ValueLayout.JAVA_FLOAT, 0, weights, 0, size);
  }

  /** Adds the weights of the tokens kept up, in ascending id. */
  void addUp() {
    double sum = 0;
    for (int i = 0; i < size; i++) {
      sum += weights[i];
      sums[i] = sum;
    }
  }

  /** Sum of the weights of the tokens kept, which are at least one. */
  double total() {
    return sums[size - 1];
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

  /**
   * Adds the gathered weights up in steps by their leading bits, for {@link #keepTopP}, and returns
   * their sum. Added in another order, it would be another by rounding: see {@link #looseness}.
   */
  double fillSteps() {
    Arrays.fill(steps, 0);
    for (int i = 0; i < size; i++) {
      float weight = gathered.getAtIndex(ValueLayout.JAVA_FLOAT, i);
      steps[Float.floatToRawIntBits(weight) >>> STEP_BITS] += weight;
    }
    double even = 0;
    double odd = 0;
    for (int step = 0; step < STEPS - 1; step += 2) {
      even += steps[step];
      odd += steps[step + 1];
    }
    return even + odd + steps[STEPS - 1];
  }

  /** Bound of the relative difference of two sums of so many weights in different orders. */
  static double looseness(int count) {
    return count * ADDITION_ERROR;
  }

  /**
   * Keeps the likeliest of what has been gathered, in descending weight and ascending id, until
   * their weight, added in this order, reaches p of the whole. They are not sorted, but the step
   * that crosses. Sums in another order, and a whole that is known to within an error, may leave
   * open which token crosses: nothing is changed then. Wants the steps filled.
   *
   * @param error bound of the relative error of {@code whole}
   * @param floor weight that no token that has not been gathered exceeds
   * @return whether it is certain which tokens are kept
   */
  boolean keepTopP(double p, double whole, double error, float floor) {
    double target = p * whole;
    double slack = target * error;
    double above = 0;
    int count;
    if (size <= FEW) {
      count = order(0, Float.POSITIVE_INFINITY);
    } else {
      slack += target * looseness(size);
      int step = STEPS - 1;
      while (step > 0 && above + steps[step] < target) {
        above += steps[step];
        step--;
      }
      count = order(leastOf(step), leastOf(step + 1));
    }
    double cumulative = above;
    double before = above;
    int reached = 0;
    while (reached < count && cumulative < target) {
      before = cumulative;
      cumulative += weight(order[reached]);
      reached++;
    }
    if (reached == 0 || before >= target - slack || cumulative < target + slack) {
      return false;
    }
    long last = order[reached - 1];
    if (weight(last) <= floor) {
      return false;
    }
    keepUpTo(last);
    return true;
  }

  /** The same by the plain definition: all are sorted and added up. */
  void keepTopPSorted(double p, double whole) {
    int count = order(0, Float.POSITIVE_INFINITY);
    double cumulative = 0;
    int reached = 0;
    while (reached < count && cumulative < p * whole) {
      cumulative += weight(order[reached]);
      reached++;
    }
    keepUpTo(order[reached - 1]);
  }

  private static float leastOf(int step) {
    return Float.intBitsToFloat(step << STEP_BITS);
  }

  /**
   * Sorts the places of weights in low..high in descending weight, then ascending, and returns how
   * many there are. Positive floats order as their bits.
   */
  private int order(float low, float high) {
    int count = kernels.indicesWithin(gathered, 0, 0, size, low, high, places, 0);
    for (int i = 0; i < count; i++) {
      order[i] = (long) ~gathered.getAtIndex(ValueLayout.JAVA_INT, places[i]) << 32 | places[i];
    }
    Arrays.sort(order, 0, count);
    return count;
  }

  private static float weight(long ordered) {
    return Float.intBitsToFloat(~(int) (ordered >>> 32));
  }

  /** Keeps what is not behind an element of {@code order}. */
  private void keepUpTo(long last) {
    float least = weight(last);
    int lastPlace = (int) last;
    if (kernels.countGreater(gathered, 0, size, least) > size / MANY) {
      int bits = Float.floatToRawIntBits(least);
      int kept = moveAtLeast(0, lastPlace + 1, 0, bits);
      size = moveAtLeast(lastPlace + 1, size, kept, bits + 1);
    } else {
      int end = Float.floatToRawIntBits(least);
      int count =
          kernels.indicesWithin(
              gathered, 0, 0, lastPlace + 1, least, Float.POSITIVE_INFINITY, places, 0);
      count =
          kernels.indicesWithin(
              gathered,
              0,
              lastPlace + 1,
              size,
              Float.intBitsToFloat(end + 1),
              Float.POSITIVE_INFINITY,
              places,
              count);
      for (int i = 0; i < count; i++) {
        int place = places[i];
        tokens[i] = tokens[place];
        logits[i] = logits[place];
        weights[i] = gathered.getAtIndex(ValueLayout.JAVA_FLOAT, place);
      }
      size = count;
    }
    addUp();
  }

  /**
   * Moves those of the places from..to whose weight has at least these bits to the places from
   * {@code kept} on; without a branch, as which are kept is anyone's guess.
   */
  private int moveAtLeast(int from, int to, int kept, int bits) {
    int next = kept;
    for (int i = from; i < to; i++) {
      int weight = gathered.getAtIndex(ValueLayout.JAVA_INT, i);
      tokens[next] = tokens[i];
      logits[next] = logits[i];
      weights[next] = Float.intBitsToFloat(weight);
      next += bits - 1 - weight >>> 31;
    }
    return next;
  }

  /** What the settings cut beside top-k and top-p, in their order. */
  void cutFurther(SamplingConfig config, float divisor, float shift) {
    if (config.minP() > 0) {
      keepMinP(config.minP());
    }
    if (config.typicalP() < 1) {
      keepTypical(config.typicalP(), divisor, shift);
    }
  }

  /** Keeps those of at least a share of the likeliest one's weight, which is 1. */
  void keepMinP(double share) {
    int next = 0;
    for (int i = 0; i < size; i++) {
      if (weights[i] >= share) {
        tokens[next] = tokens[i];
        logits[next] = logits[i];
        weights[next] = weights[i];
        next++;
      }
    }
    size = next;
    addUp();
  }

  /**
   * Keeps the locally typical: those whose ln p is nearest to its mean, minus the entropy, until
   * their weight reaches a mass of the whole. The distance is in float; all that are as near as the
   * one that crosses the mass stay.
   */
  void keepTypical(double mass, float divisor, float shift) {
    double whole = 0;
    double mean = 0;
    for (int i = 0; i < size; i++) {
      scratch[i] = logits[i] / divisor - shift;
      whole += weights[i];
      // What has no weight may lie infinitely deep.
      mean += weights[i] > 0 ? weights[i] * (double) scratch[i] : 0;
    }
    mean /= whole;
    Arrays.fill(bucketWeights, 0);
    for (int i = 0; i < size; i++) {
      scratch[i] = (float) Math.abs(scratch[i] - mean);
      bucketWeights[bucket(scratch[i])] += weights[i];
    }
    float furthest = crossing(mass * whole);
    int next = 0;
    for (int i = 0; i < size; i++) {
      float weight = weights[i];
      float distance = scratch[i];
      tokens[next] = tokens[i];
      logits[next] = logits[i];
      weights[next] = weight;
      next += distance <= furthest && weight > 0 ? 1 : 0;
    }
    size = next;
    addUp();
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
    float from = (float) crossing / BUCKETS_A_NAT;
    float to =
        crossing == BUCKETS - 1 ? Float.POSITIVE_INFINITY : (float) (crossing + 1) / BUCKETS_A_NAT;
    int count = 0;
    for (int i = 0; i < size; i++) {
      float distance = scratch[i];
      if (distance >= from && distance < to && weights[i] > 0) {
        order[count] = (long) Float.floatToRawIntBits(distance) << 32 | i;
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

  /** The first whose sum exceeds a target; the last with a weight where none does. */
  int draw(double target) {
    int low = 0;
    int high = size;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (sums[middle] > target) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    if (low == size) {
      low--;
      while (low > 0 && weights[low] == 0) {
        low--;
      }
    }
    return low;
  }
}
