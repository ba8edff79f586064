package scriptorium.engine.sampling;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import scriptorium.engine.kernel.ChunkedLogits;
import scriptorium.engine.kernel.Kernels;
import scriptorium.engine.kernel.ScalarKernels;
import scriptorium.engine.memory.OffHeap;

/**
 * One row of logits with the summaries of its chunks; set anew for every row. The probabilities are
 * those of the model itself: temperature 1, nothing truncated. Belongs to one worker.
 */
public final class LogitsRow {
  private final Kernels kernels;
  private final int vocabSize;
  private final MemorySegment moments;

  /**
   * Of each chunk, the largest logit and the sum: a copy, as loops over a segment that moves from
   * row to row are compiled, found wrong and compiled again without end.
   */
  private final float[] summaries;

  private ChunkedLogits logits;
  private float max;
  private double logSumExp;
  private double total;
  private double weighted;
  private double squares;
  private double sum;
  private MemorySegment observed;
  private long observedOffset;
  private double observedSum;

  /** A view for a vocabulary; its small scratch lives in {@code offHeap}. */
  public LogitsRow(Kernels kernels, int vocabSize, OffHeap offHeap) {
    this.kernels = kernels;
    this.vocabSize = vocabSize;
    moments = offHeap.floats(Kernels.LANES);
    summaries = new float[ChunkedLogits.summaryFloats(vocabSize)];
  }

  /** Bytes off the heap that a view takes. */
  public static long bytes() {
    return (long) Kernels.LANES * Float.BYTES;
  }

  /**
   * Points the view at a row.
   *
   * @throws NonFiniteException where a logit is NaN or plus infinity, or no logit is finite. Minus
   *     infinity is a ban here; {@link #checkFinite} refuses it.
   */
  public void set(ChunkedLogits row) {
    logits = row;
    total = 0;
    MemorySegment.copy(
        row.summaries(),
        ValueLayout.JAVA_FLOAT,
        row.summariesOffset() * Float.BYTES,
        summaries,
        0,
        summaries.length);
    max = chunkMax(0);
    for (int chunk = 1; chunk < chunkCount(); chunk++) {
      max = Math.max(max, chunkMax(chunk));
    }
    observed = null;
    sum = 0;
    for (int chunk = 0; chunk < chunkCount(); chunk++) {
      sum += chunkSum(chunk) * (double) ScalarKernels.exp(chunkMax(chunk) - max);
    }
    logSumExp = max + StrictMath.log(sum);
    if (!Double.isFinite(logSumExp)) {
      throw notFinite();
    }
  }

  /**
   * Refuses logits of minus infinity, which a model computes only where f32 overflows.
   *
   * @throws NonFiniteException where there is one
   */
  public void checkFinite() {
    if (countGreater(Float.NEGATIVE_INFINITY) < vocabSize) {
      throw notFinite();
    }
  }

  private static NonFiniteException notFinite() {
    return new NonFiniteException(
        "Logits are not finite: the weights overflow f32 or hold NaN; check the model");
  }

  /** Number of token ids. */
  public int vocabSize() {
    return vocabSize;
  }

  int chunkCount() {
    return summaries.length / 2;
  }

  /** The largest logit of a chunk. */
  float chunkMax(int chunk) {
    return summaries[2 * chunk];
  }

  /** The sum of exp(logit - largest) of a chunk. */
  float chunkSum(int chunk) {
    return summaries[2 * chunk + 1];
  }

  /** The row, with the summaries of its chunks. */
  ChunkedLogits logits() {
    return logits;
  }

  /** The logit of a token. */
  public float logit(int token) {
    return logits.logit(token);
  }

  /** The largest logit. */
  public float max() {
    return max;
  }

  /** ln of the sum of exp over all logits: chunk sums added in double, ascending. */
  public double logSumExp() {
    return logSumExp;
  }

  /** ln p of a token, nats. */
  public double logProbability(int token) {
    return logit(token) - logSumExp;
  }

  /** 1 + number of tokens with a larger logit. */
  public int rank(int token) {
    return 1 + countGreater(logit(token));
  }

  /** How many logits are greater than a value. */
  int countGreater(float value) {
    return kernels.countGreater(logits.logits(), logits.offset(), vocabSize, value);
  }

  /**
   * Entropy of the distribution, nats.
   *
   * @throws NonFiniteException where it is not finite in f32
   */
  public double entropy() {
    sumMoments();
    return NonFiniteException.finite(StrictMath.log(total) - weighted / total, "Entropy");
  }

  /**
   * Variance of ln p of a token drawn from the distribution, nats squared.
   *
   * @throws NonFiniteException where it is not finite in f32
   */
  public double variance() {
    sumMoments();
    double mean = weighted / total;
    return NonFiniteException.finite(
        Math.max(0, squares / total - mean * mean), "Variance of ln p");
  }

  /**
   * Writes exp(logit - largest) of every token, the distribution times what is returned.
   *
   * @param to (vocabSize) f32 from {@code toOffset} floats on
   */
  public double numerators(MemorySegment to, long toOffset) {
    kernels.exp(logits.logits(), logits.offset(), vocabSize, 1, max, to, toOffset);
    return sum;
  }

  /** Sets beside this row what {@link #numerators} gave of another model's row. */
  public void observe(MemorySegment numerators, long numeratorsOffset, double numeratorsSum) {
    observed = numerators;
    observedOffset = numeratorsOffset;
    observedSum = numeratorsSum;
  }

  /** Whether another model's row stands beside this one. */
  public boolean isObserved() {
    return observed != null;
  }

  /**
   * Cross-entropy of the other model's distribution to this one's, nats.
   *
   * @throws NonFiniteException where it is not finite in f32
   */
  public double crossEntropy() {
    double dot = 0;
    for (int chunk = 0; chunk < chunkCount(); chunk++) {
      dot +=
          kernels.shiftedDot(
              observed,
              observedOffset + (long) chunk * ChunkedLogits.CHUNK,
              logits.logits(),
              logits.at(chunk),
              logits.size(chunk),
              max);
    }
    return NonFiniteException.finite(logSumExp - max - dot / observedSum, "Cross-entropy");
  }

  /** Sums of e, e * y and e * y^2 over y = logit - largest, e = exp(y); once a row. */
  private void sumMoments() {
    if (total > 0) {
      return;
    }
    weighted = 0;
    squares = 0;
    for (int chunk = 0; chunk < chunkCount(); chunk++) {
      kernels.moments(logits.logits(), logits.at(chunk), logits.size(chunk), max, moments, 0);
      total += moments.getAtIndex(ValueLayout.JAVA_FLOAT, 0);
      weighted += moments.getAtIndex(ValueLayout.JAVA_FLOAT, 1);
      squares += moments.getAtIndex(ValueLayout.JAVA_FLOAT, 2);
    }
  }
}
