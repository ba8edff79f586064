package scriptorium.engine.sampling;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import scriptorium.engine.kernel.ChunkedLogits;
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
  /**
   * How many nats below the largest quotient the search for the token that crosses p begins: so
   * many, and so many for each nat of -ln(1 - p); and how far it goes, and in which steps. In rows
   * of books-8M the token lies 4.8 nats deep for p = 0.8, 6.6 for 0.9, 8.5 for 0.96 and 11 for
   * 0.99, one nat more or less in most.
   */
  private static final double LEAST_DEPTH = 3;

  private static final double DEPTH_A_NAT = 1.9;
  private static final double DEPTH_STEP = 2.5;
  private static final double LARGEST_DEPTH = 16;

  /** Where more than this part of the vocabulary would be gathered, all of it is. */
  private static final int MANY = 4;

  /** How far below the largest logit the k-th largest is looked for. */
  private static final float MOST_DEPTH = 100;

  /** Bound of the relative error of sums of 256 in f32: 19 additions for each summand at most. */
  private static final double SUMS_ERROR = 20 * 0x1p-24;

  /**
   * The same where the chunk's largest logit has been taken out of each sum: besides, three
   * roundings of arguments of exp down to -16, 2^-21 each, and of three of its results, 2^-23. What
   * lies deeper weighs too little to count.
   */
  private static final double CHUNKS_ERROR = 0x1p-18;

  /** exp in f32 is within an ulp: smaller arguments may give results larger by two. */
  private static final float EXP_SLOPE = 1 + 0x1p-20f;

  private final Kernels kernels;
  private final MemorySegment weights;
  private final MemorySegment chunkWeights;
  private final Candidates kept;
  private final AdjustedLogits adjusted;
  private double logProbability;

  /** A sampler for a vocabulary; its scratch of two rows lives in {@code offHeap}. */
  public Sampler(Kernels kernels, int vocabSize, OffHeap offHeap) {
    this.kernels = kernels;
    weights = offHeap.floats(vocabSize);
    chunkWeights = offHeap.floats(ChunkedLogits.CHUNK);
    kept = new Candidates(kernels, vocabSize, weights);
    adjusted = new AdjustedLogits(kernels, vocabSize, offHeap);
  }

  /** Bytes off the heap that the constructor takes. */
  public static long bytes(int vocabSize) {
    return (vocabSize + (long) ChunkedLogits.CHUNK) * Float.BYTES + AdjustedLogits.bytes(vocabSize);
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
        keepTopPOfGathered(topP);
      } else {
        kept.take();
        kept.addUp();
      }
    } else if (topP < 1) {
      keepTopP(row, divisor, shift, topP);
    } else if (config.minP() > 0) {
      keepNearMax(row, divisor, shift, config.minP());
    } else if (config.cutsFurther()) {
      kept.setAll(row, divisor, shift);
      kept.take();
    } else {
      return fromAll(row, divisor, shift, uniform);
    }
    kept.cutFurther(config, divisor, shift);
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
    int token = chunk * ChunkedLogits.CHUNK;
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
    } else {
      bound = boundOf(row, k);
    }
    keepAtLeast(row, bound);
    kept.dropBelow(kept.kthLargest(k));
  }

  /** A bound that at least k logits exceed. */
  private float boundOf(LogitsRow row, int k) {
    for (float depth = 1; depth < MOST_DEPTH; depth *= 2) {
      float bound = row.max() - depth;
      if (row.countGreater(bound) >= k) {
        return bound;
      }
    }
    return Float.NEGATIVE_INFINITY;
  }

  /** Gathers the logits that are at least the bound, from runs of chunks that have such. */
  private void keepAtLeast(LogitsRow row, float bound) {
    kept.clear();
    int chunk = 0;
    while (chunk < row.chunkCount()) {
      int first = chunk;
      while (chunk < row.chunkCount() && row.chunkMax(chunk) >= bound) {
        chunk++;
      }
      if (chunk > first) {
        int end = Math.min(row.vocabSize(), chunk * ChunkedLogits.CHUNK);
        kept.addAtLeast(row, first * ChunkedLogits.CHUNK, end, bound);
      }
      chunk++;
    }
  }

  /**
   * Top-p over the whole vocabulary. Logits at least a bound are gathered, and the bound is lowered
   * until their weight reaches p of the total, which the chunks' sums tell to within an error.
   * Where that leaves open which token crosses, the total is computed better; where many tokens are
   * kept, all are gathered.
   */
  private void keepTopP(LogitsRow row, float divisor, float shift, double topP) {
    double total = 0;
    for (int chunk = 0; chunk < row.chunkCount(); chunk++) {
      total += chunkWeight(row, chunk, divisor, shift);
    }
    double error = divisor == 1 ? CHUNKS_ERROR : SUMS_ERROR;
    double first = LEAST_DEPTH - DEPTH_A_NAT * StrictMath.log(1 - topP);
    for (double depth = first; depth <= LARGEST_DEPTH; depth += DEPTH_STEP) {
      float bound = (float) (row.max() - depth * divisor);
      if (row.countGreater(bound) > row.vocabSize() / MANY) {
        break;
      }
      keepAtLeast(row, bound);
      kept.weigh(divisor, shift);
      if (kept.fillSteps() > topP * total * (1 + 2 * error)) {
        float floor = ScalarKernels.exp(bound / divisor - shift) * EXP_SLOPE;
        if (kept.keepTopP(topP, total, error, floor)
            || kept.keepTopP(
                topP,
                looseTotal(row, divisor, shift),
                Candidates.looseness(row.vocabSize()),
                floor)) {
          return;
        }
        break;
      }
    }
    kept.setAll(row, divisor, shift);
    keepTopPOfGathered(topP);
  }

  /** Sum of all weights in an order of its own. */
  private double looseTotal(LogitsRow row, float divisor, float shift) {
    double a = 0;
    double b = 0;
    double c = 0;
    double d = 0;
    for (int chunk = 0; chunk < row.chunkCount(); chunk++) {
      int size = row.logits().size(chunk);
      long at = row.logits().at(chunk);
      kernels.exp(row.logits().logits(), at, size, divisor, shift, chunkWeights, 0);
      int i = 0;
      for (; i <= size - 4; i += 4) {
        a += chunkWeights.getAtIndex(ValueLayout.JAVA_FLOAT, i);
        b += chunkWeights.getAtIndex(ValueLayout.JAVA_FLOAT, i + 1);
        c += chunkWeights.getAtIndex(ValueLayout.JAVA_FLOAT, i + 2);
        d += chunkWeights.getAtIndex(ValueLayout.JAVA_FLOAT, i + 3);
      }
      for (; i < size; i++) {
        a += chunkWeights.getAtIndex(ValueLayout.JAVA_FLOAT, i);
      }
    }
    return a + b + (c + d);
  }

  /** Top-p of what has been gathered, which is all there is. */
  private void keepTopPOfGathered(double topP) {
    double loose = kept.fillSteps();
    if (!kept.keepTopP(topP, loose, Candidates.looseness(kept.size()), 0)) {
      kept.take();
      kept.addUp();
      kept.keepTopPSorted(topP, kept.total());
    }
  }

  /** What min-p may keep of the whole vocabulary: rounding decides nothing here. */
  private void keepNearMax(LogitsRow row, float divisor, float shift, double minP) {
    double depth = 0.01 - StrictMath.log(minP) + 4 * Math.ulp(shift);
    float bound = (float) (row.max() - depth * divisor);
    keepAtLeast(row, bound);
    kept.weigh(divisor, shift);
    kept.take();
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
    long at = row.logits().at(chunk);
    return kernels.sumExp(row.logits().logits(), at, row.logits().size(chunk), divisor, shift);
  }

  private int inChunk(LogitsRow row, int chunk, float divisor, float shift, double target) {
    int first = chunk * ChunkedLogits.CHUNK;
    int size = row.logits().size(chunk);
    kernels.exp(
        row.logits().logits(), row.logits().offset() + first, size, divisor, shift, weights, 0);
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
