package scriptorium.engine.sampling;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import scriptorium.engine.kernel.Kernels;
import scriptorium.engine.kernel.ScalarKernels;
import scriptorium.engine.memory.OffHeap;

/**
 * Draws one token from a row of logits, in the order of OpenAI's sampler: logits / temperature;
 * top-k, which keeps every logit that is at least the k-th largest (Fan et al. 2018); top-p on what
 * is left, in descending probability and ascending id, the token that crosses p stays (Holtzman et
 * al. 2020). Then, where they are on, min-p, which keeps what has at least a share of the likeliest
 * token's probability (Nguyen et al. 2025), and typical-p (Meister et al. 2023). The token is the
 * first whose cumulative weight, in ascending id order and double precision, exceeds u times the
 * total; weights are exp(x - largest x) in float. Where every token is kept, weights are first
 * added up chunk by chunk. Belongs to one worker; allocates nothing in the steady state.
 */
public final class Sampler {
  private final Kernels kernels;
  private final MemorySegment weights;
  private final Candidates kept;
  private final AdjustedLogits adjusted;
  private double logProbability;

  /** A sampler for a vocabulary; its scratch of two rows lives in {@code offHeap}. */
  public Sampler(Kernels kernels, int vocabSize, OffHeap offHeap) {
    this.kernels = kernels;
    weights = offHeap.floats(vocabSize);
    kept = new Candidates(vocabSize);
    adjusted = new AdjustedLogits(kernels, vocabSize, offHeap);
  }

  /** Bytes off the heap that the constructor takes. */
  public static long bytes(int vocabSize) {
    return (long) vocabSize * Float.BYTES + AdjustedLogits.bytes(vocabSize);
  }

  /**
   * Draws a token.
   *
   * @param topP the row's own, which may have been drawn between those of the settings
   * @param uniform in [0, 1)
   * @throws NonFiniteException where the largest logit divided by the temperature overflows f32
   */
  public int sample(LogitsRow row, SamplingConfig config, double topP, double uniform) {
    if (config.temperature() == 0) {
      return certain(argMax(row));
    }
    float divisor = (float) config.temperature();
    float shift = shift(row, divisor);
    boolean someK = config.topK() > 0 && config.topK() < row.vocabSize();
    if (someK) {
      keepTopK(row, config.topK());
      kept.weigh(divisor, shift);
      if (topP < 1) {
        kept.keepTopP(topP, kept.total());
      }
    } else if (topP < 1) {
      keepTopP(row, divisor, shift, topP);
    } else if (config.minP() > 0) {
      keepNearMax(row, divisor, shift, config.minP());
    } else if (config.typicalP() < 1) {
      keepAll(row, divisor, shift);
    } else {
      return fromAll(row, divisor, shift, uniform);
    }
    if (config.minP() > 0) {
      kept.keepMinP(config.minP());
    }
    if (config.typicalP() < 1) {
      kept.keepTypical(config.typicalP(), divisor, shift);
    }
    return fromKept(uniform);
  }

  /** Takes a token that nothing was left beside. */
  public int certain(int token) {
    logProbability = 0;
    return token;
  }

  /** A place for logits that are changed before the draw. */
  public AdjustedLogits adjusted() {
    return adjusted;
  }

  /** ln p of the token last drawn, under the distribution it was drawn from; nats. */
  public double logProbability() {
    return logProbability;
  }

  /**
   * What is subtracted from the divided logits. Where it is finite, the largest logit's weight is
   * exactly 1, that of logits whose quotient overflows is 0, and every total is finite and at least
   * 1.
   */
  private static float shift(LogitsRow row, float divisor) {
    float shift = row.max() / divisor;
    if (!Float.isFinite(shift)) {
      throw new NonFiniteException(
          "Logit "
              + row.max()
              + " overflows f32 when divided by temperature "
              + divisor
              + ": give a higher one, or 0 for the likeliest token");
    }
    return shift;
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
    keepAtLeast(row, bound);
    kept.dropBelow(kept.kthLargest(k));
  }

  /** Gathers the logits that are at least the bound. */
  private void keepAtLeast(LogitsRow row, float bound) {
    kept.clear();
    for (int chunk = 0; chunk < row.chunkCount(); chunk++) {
      if (row.chunkMax(chunk) >= bound) {
        keepAtLeast(row, chunk, bound);
      }
    }
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
      keepAtLeast(row, bound);
      kept.weigh(divisor, shift);
      if (kept.size() == row.vocabSize() || kept.total() >= topP * total * (1 + 1e-9)) {
        kept.keepTopP(topP, total);
        return;
      }
    }
  }

  /** What min-p may keep of the whole vocabulary: rounding decides nothing here. */
  private void keepNearMax(LogitsRow row, float divisor, float shift, double minP) {
    double depth = 0.01 - StrictMath.log(minP) + 4 * Math.ulp(shift);
    float bound = (float) (row.max() - depth * divisor);
    keepAtLeast(row, bound);
    kept.weigh(divisor, shift);
  }

  private void keepAll(LogitsRow row, float divisor, float shift) {
    kernels.exp(row.logits(), row.offset(), row.vocabSize(), divisor, shift, weights, 0);
    kept.set(row.logits(), row.offset(), weights, row.vocabSize());
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
    while (weight == 0) { // the target was rounded up to the total
      chunk--;
      weight = chunkWeight(row, chunk, divisor, shift);
      before = 0;
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
}
