package scriptorium.engine.sampling;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import scriptorium.engine.kernel.Kernels;
import scriptorium.engine.kernel.ScalarKernels;
import scriptorium.engine.memory.OffHeap;

/**
 * Draws one token from a row of logits, in the order of OpenAI's sampler: logits / temperature;
 * top-k, which keeps every logit that is at least the k-th largest; top-p on what is left, in
 * descending probability and ascending id, the token that crosses p stays (Holtzman et al. 2020).
 * The token is the first whose cumulative weight, in ascending id order and double precision,
 * exceeds u times the total; weights are exp(x - largest x) in float. Where every token is kept,
 * weights are first added up chunk by chunk. Belongs to one worker; allocates nothing in the steady
 * state.
 */
public final class Sampler {
  private final Kernels kernels;
  private final MemorySegment weights;
  private final Candidates kept;
  private double logProbability;

  /** A sampler for a vocabulary; its scratch of one row lives in {@code offHeap}. */
  public Sampler(Kernels kernels, int vocabSize, OffHeap offHeap) {
    this.kernels = kernels;
    weights = offHeap.floats(vocabSize);
    kept = new Candidates(vocabSize);
  }

  /**
   * Draws a token.
   *
   * @param temperature divides the logits; 0 for the arg max, lowest id first
   * @param topK 0 to keep every token
   * @param topP 1 to keep every token
   * @param uniform in [0, 1)
   */
  public int sample(LogitsRow row, double temperature, int topK, double topP, double uniform) {
    if (temperature == 0) {
      logProbability = 0;
      return argMax(row);
    }
    float divisor = (float) temperature;
    float shift = row.max() / divisor;
    if (topK > 0 && topK < row.vocabSize()) {
      keepTopK(row, topK);
      kept.weigh(row, divisor, shift);
      if (topP < 1) {
        kept.keepTopP(topP, kept.total());
      }
      return fromKept(uniform);
    }
    if (topP < 1) {
      keepTopP(row, divisor, shift, topP);
      return fromKept(uniform);
    }
    return fromAll(row, divisor, shift, uniform);
  }

  /** ln p of the token last drawn, under the distribution it was drawn from; nats. */
  public double logProbability() {
    return logProbability;
  }

  private static int argMax(LogitsRow row) {
    int chunk = 0;
    while (row.chunkMax(chunk) < row.max()) {
      chunk++;
    }
    int token = chunk * LogitsRow.CHUNK;
    while (row.logit(token) < row.max()) {
      token++;
    }
    return token;
  }

  private int fromKept(double uniform) {
    int index = kept.draw(uniform * kept.total());
    logProbability = StrictMath.log(kept.weight(index) / kept.total());
    return kept.token(index);
  }

  /**
   * The k-th largest of the chunks' maxima is no larger than the k-th largest logit: chunks below
   * it need no look.
   */
  private void keepTopK(LogitsRow row, int k) {
    float bound = Float.NEGATIVE_INFINITY;
    if (row.chunkCount() >= k) {
      kept.clear();
      for (int chunk = 0; chunk < row.chunkCount(); chunk++) {
        kept.add(chunk, row.chunkMax(chunk));
      }
      bound = kept.kthLargest(k);
    }
    kept.clear();
    for (int chunk = 0; chunk < row.chunkCount(); chunk++) {
      if (row.chunkMax(chunk) >= bound) {
        keepAtLeast(row, chunk, bound);
      }
    }
    kept.dropBelow(kept.kthLargest(k));
  }

  private void keepAtLeast(LogitsRow row, int chunk, float bound) {
    int first = chunk * LogitsRow.CHUNK;
    int end = first + row.chunkSize(chunk);
    for (int token = first; token < end; token++) {
      float logit = row.logit(token);
      if (logit >= bound) {
        kept.add(token, logit);
      }
    }
  }

  /**
   * Top-p over the whole vocabulary without sorting it: logits at least a bound are gathered, and
   * the bound is lowered until their weight reaches p of the total.
   */
  private void keepTopP(LogitsRow row, float divisor, float shift, double topP) {
    kernels.exp(row.logits(), row.offset(), row.vocabSize(), divisor, shift, weights, 0);
    double total = 0;
    for (int token = 0; token < row.vocabSize(); token++) {
      total += weights.getAtIndex(ValueLayout.JAVA_FLOAT, token);
    }
    for (float depth = 2; ; depth *= 1.5f) {
      float bound = row.max() - depth * divisor;
      kept.clear();
      for (int chunk = 0; chunk < row.chunkCount(); chunk++) {
        if (row.chunkMax(chunk) >= bound) {
          keepAtLeast(row, chunk, bound);
        }
      }
      kept.weigh(row, divisor, shift);
      if (kept.size() == row.vocabSize() || kept.total() >= topP * total * (1 + 1e-9)) {
        kept.keepTopP(topP, total);
        return;
      }
    }
  }

  private int fromAll(LogitsRow row, float divisor, float shift, double uniform) {
    double total = 0;
    for (int chunk = 0; chunk < row.chunkCount(); chunk++) {
      total += chunkWeight(row, chunk, divisor, shift);
    }
    double target = uniform * total;
    double before = 0;
    int chunk = 0;
    double weight = chunkWeight(row, 0, divisor, shift);
    while (chunk < row.chunkCount() - 1 && before + weight <= target) {
      before += weight;
      chunk++;
      weight = chunkWeight(row, chunk, divisor, shift);
    }
    int token = inChunk(row, chunk, divisor, shift, target - before);
    logProbability = (double) (row.logit(token) / divisor - shift) - StrictMath.log(total);
    return token;
  }

  /** Sum of a chunk's weights; at temperature 1 the model's summary has it already. */
  private double chunkWeight(LogitsRow row, int chunk, float divisor, float shift) {
    if (divisor == 1) {
      return row.chunkSum(chunk) * (double) ScalarKernels.exp(row.chunkMax(chunk) - row.max());
    }
    long at = row.offset() + (long) chunk * LogitsRow.CHUNK;
    return kernels.sumExp(row.logits(), at, row.chunkSize(chunk), divisor, shift);
  }

  private int inChunk(LogitsRow row, int chunk, float divisor, float shift, double target) {
    int first = chunk * LogitsRow.CHUNK;
    int size = row.chunkSize(chunk);
    kernels.exp(row.logits(), row.offset() + first, size, divisor, shift, weights, 0);
    double cumulative = 0;
    int last = 0;
    for (int i = 0; i < size; i++) {
      float weight = weights.getAtIndex(ValueLayout.JAVA_FLOAT, i);
      cumulative += weight;
      if (weight > 0) {
        last = i;
        if (cumulative > target) {
          break;
        }
      }
    }
    return first + last;
  }

  /** Tokens that are kept, in ascending id unless said otherwise, with their logits and weights. */
  private static final class Candidates {
    private final int[] tokens;
    private final float[] logits;
    private final double[] weights;
    private final float[] scratch;
    private final long[] order;
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

    void weigh(LogitsRow row, float divisor, float shift) {
      total = 0;
      for (int i = 0; i < size; i++) {
        weights[i] = ScalarKernels.exp(logits[i] / divisor - shift);
        total += weights[i];
      }
    }

    /** Keeps the likeliest until their weight reaches p of the whole. */
    void keepTopP(double p, double whole) {
      for (int i = 0; i < size; i++) {
        int bits =
            Float.floatToRawIntBits((float) weights[i]); // positive floats order as their bits
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
}
