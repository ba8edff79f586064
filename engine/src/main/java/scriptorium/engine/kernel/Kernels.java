package scriptorium.engine.kernel;

import java.lang.foreign.MemorySegment;

/**
 * The arithmetic of the engine on native memory. Every implementation gives the same bits for the
 * same input: {@link ScalarKernels} is the reference twin, the {@code Panama*} classes the Vector
 * API at 128, 256 or 512 bits.
 *
 * <p>Offsets and strides are counted in floats, little endian, from the start of the segment.
 * Segments are native. Arguments are checked once at entry ({@link IndexOutOfBoundsException});
 * nothing outside the stated ranges is read or written. Implementations hold no state and may be
 * called from any thread.
 *
 * <p>Order of arithmetic, the same everywhere: a matrix product accumulates each output over k in
 * ascending order with fused multiply-add; every other sum goes through {@value #LANES} virtual
 * lanes (element i of the range into lane i mod 16, ascending) and then the tree of {@link
 * ScalarKernels#tree}; maxima are exact in any order. exp is {@link ScalarKernels#exp}.
 */
public interface Kernels {
  /** Columns of a weight panel, and lanes of a reduction. */
  int LANES = 16;

  /** Rows of a block of packed activations. */
  int ROW_BLOCK = 12;

  /** Positions of a block of the cache. */
  int CACHE_BLOCK = 32;

  /** What runs, for the log line: "scalar", "Vector API 256 bits". */
  String name();

  /** Bits of a vector; 32 for the scalar twin. */
  int vectorBits();

  /**
   * The fused multiply-adds that the calling thread does on registers alone, in GFLOP/s: what the
   * rate of a product is held against. Takes about a fifth of a second.
   */
  double peakGflops();

  /**
   * {@code out[i][j] = bias[j] + sum over k of a[i][k] * b[k][j]}, for rows rowFrom..rowTo and the
   * columns of panels panelFrom..panelTo. The accumulator starts from the bias (from +0 without
   * one).
   *
   * <p>Calls for distinct rows or panels may run side by side: they write distinct places.
   *
   * @param a (rows, depth)
   * @param rowFrom a multiple of {@value #ROW_BLOCK}, where a block of packed rows begins
   * @param rowTo any row up to the number of packed rows
   * @param panels (depth, columns), widened to f32
   * @param bias (columns padded to 16), or {@link MemorySegment#NULL} for none
   * @param out out[i][j] at {@code i * outStride + j}; whole panels are written, so a row needs
   *     room for panelTo * 16
   * @throws IndexOutOfBoundsException if rowFrom is within a block, or a range is outside
   */
  void matmul(
      PackedRows a,
      int rowFrom,
      int rowTo,
      WeightPanels panels,
      int panelFrom,
      int panelTo,
      MemorySegment bias,
      MemorySegment out,
      long outStride);

  /**
   * {@link PackedRows#set}: packs n floats of each of some rows, all in one block, as they are, bit
   * by bit.
   */
  default void pack(
      PackedRows to,
      MemorySegment x,
      long xOffset,
      long xStride,
      int rows,
      int n,
      int row,
      int columnFrom) {
    to.set(x, xOffset, xStride, rows, n, row, columnFrom);
  }

  /** {@code x[i] += y[i]} for n floats. */
  void add(MemorySegment x, long xOffset, MemorySegment y, long yOffset, int n);

  /**
   * Layer norm (Ba et al. 2016) of one row of n floats: {@code out = (x - mean) * (1 /
   * sqrt(variance + epsilon)) * weight + bias}. mean = sum / n; variance = sum of (x - mean)^2 / n,
   * each square by fma into its lane; then {@code fma((x - mean) * scale, weight, bias)}.
   */
  void layerNorm(
      MemorySegment x,
      long xOffset,
      int n,
      MemorySegment weight,
      MemorySegment bias,
      float epsilon,
      MemorySegment out,
      long outOffset);

  /**
   * GELU in the tanh form (Hendrycks and Gimpel 2016), in place: {@link ScalarKernels#gelu} of n
   * floats.
   */
  void gelu(MemorySegment x, long offset, int n);

  /**
   * Attention scores of some queries against the keys of one head: {@code out[r][t] = scale * sum
   * over d of q[r][d] * k[d][t]}, fma over d ascending from +0, then the multiplication by scale.
   * Keys lie in panels of 16 positions, whole panels are computed.
   *
   * @param q q[r][d] at {@code qOffset + r * qStride + d}
   * @param k k[d][t] at {@code kOffset + (t / 16 * headSize + d) * 16 + t % 16}
   * @param positions rounded up to whole panels here
   * @param out out[r][t] at {@code outOffset + r * outStride + t}
   */
  void attentionScores(
      MemorySegment q,
      long qOffset,
      long qStride,
      int rows,
      int headSize,
      MemorySegment k,
      long kOffset,
      int positions,
      float scale,
      MemorySegment out,
      long outOffset,
      long outStride);

  /**
   * {@link #attentionScores} against keys in f16, in panels of 32 positions: {@code out[r][t] =
   * scale * sum over d of (q[r][d] * 2^112) * (k[d][t] * 2^-112)}, see {@link Halves}.
   *
   * @param k the line of d in the panel of t at {@code kOffset + (t / 32 * headSize + d) * 16}
   *     words
   */
  void attentionScoresHalf(
      MemorySegment q,
      long qOffset,
      long qStride,
      int rows,
      int headSize,
      MemorySegment k,
      long kOffset,
      int positions,
      float scale,
      MemorySegment out,
      long outOffset,
      long outStride);

  /** Replaces n floats by exp(x - max) and returns their sum (lanes, tree). n is at least 1. */
  float softmaxNumerators(MemorySegment x, long offset, int n);

  /**
   * {@code out[r][d] = fma(weights[r][t], v[t][d], out[r][d])} for t ascending, d in 0..headSize;
   * begins from what is in out. Values lie in panels of 16 d.
   *
   * @param weights weights[r][t] at {@code weightsOffset + r * weightsStride + t}
   * @param v v[t][d] at {@code vOffset + d / 16 * panelStride + t * 16 + d % 16}
   * @param out out[r][d] at {@code outOffset + r * outStride + d}
   */
  void attentionValues(
      MemorySegment weights,
      long weightsOffset,
      long weightsStride,
      int rows,
      int positions,
      MemorySegment v,
      long vOffset,
      long panelStride,
      int headSize,
      MemorySegment out,
      long outOffset,
      long outStride);

  /**
   * {@link #attentionValues} over values in f16, in panels of 32 d: {@code out[r][d] =
   * fma(weights[r][t] * 2^112, v[t][d] * 2^-112, out[r][d])}, see {@link Halves}.
   *
   * @param v the line of t in the panel of d at {@code vOffset + d / 32 * panelStride + t * 16}
   *     words
   */
  void attentionValuesHalf(
      MemorySegment weights,
      long weightsOffset,
      long weightsStride,
      int rows,
      int positions,
      MemorySegment v,
      long vOffset,
      long panelStride,
      int headSize,
      MemorySegment out,
      long outOffset,
      long outStride);

  /**
   * {@link #attentionScores} of every head and block of a run: head h has its queries {@code h *
   * headSize} further in q and its scores {@code h * outHeadStride} further in out, a block's
   * scores stand {@value #CACHE_BLOCK} behind those of the one before.
   *
   * @param keys the run
   * @param q q[h][r][d] at {@code qOffset + r * qStride + h * headSize + d}
   * @param out out[h][r][t] at {@code outOffset + h * outHeadStride + r * outStride + t}; whole
   *     panels are written
   */
  default void attentionScores(
      CacheRun keys,
      MemorySegment q,
      long qOffset,
      long qStride,
      int rows,
      float scale,
      MemorySegment out,
      long outOffset,
      long outStride,
      long outHeadStride) {
    int size = keys.headSize();
    for (int first = 0; first < keys.positions(); first += CACHE_BLOCK) {
      int positions = Math.min(CACHE_BLOCK, keys.positions() - first);
      for (int head = 0; head < keys.heads(); head++) {
        long from = qOffset + (long) head * size;
        long at = keys.at(first / CACHE_BLOCK, head);
        long to = outOffset + head * outHeadStride + first;
        if (keys.half()) {
          attentionScoresHalf(
              q,
              from,
              qStride,
              rows,
              size,
              keys.memory(),
              at,
              positions,
              scale,
              out,
              to,
              outStride);
        } else {
          attentionScores(
              q,
              from,
              qStride,
              rows,
              size,
              keys.memory(),
              at,
              positions,
              scale,
              out,
              to,
              outStride);
        }
      }
    }
  }

  /**
   * {@link #attentionValues} of every head and block of a run: head h has its weights {@code h *
   * weightsHeadStride} further in weights and its outputs {@code h * headSize} further in out, a
   * block's weights stand {@value #CACHE_BLOCK} behind those of the one before.
   *
   * @param values the run
   * @param weights weights[h][r][t] at {@code weightsOffset + h * weightsHeadStride + r *
   *     weightsStride + t}
   * @param out out[h][r][d] at {@code outOffset + r * outStride + h * headSize + d}
   */
  default void attentionValues(
      CacheRun values,
      MemorySegment weights,
      long weightsOffset,
      long weightsStride,
      long weightsHeadStride,
      int rows,
      MemorySegment out,
      long outOffset,
      long outStride) {
    int size = values.headSize();
    long panel = (long) CACHE_BLOCK * LANES;
    for (int first = 0; first < values.positions(); first += CACHE_BLOCK) {
      int positions = Math.min(CACHE_BLOCK, values.positions() - first);
      for (int head = 0; head < values.heads(); head++) {
        long from = weightsOffset + head * weightsHeadStride + first;
        long at = values.at(first / CACHE_BLOCK, head);
        long to = outOffset + (long) head * size;
        if (values.half()) {
          attentionValuesHalf(
              weights,
              from,
              weightsStride,
              rows,
              positions,
              values.memory(),
              at,
              panel,
              size,
              out,
              to,
              outStride);
        } else {
          attentionValues(
              weights,
              from,
              weightsStride,
              rows,
              positions,
              values.memory(),
              at,
              panel,
              size,
              out,
              to,
              outStride);
        }
      }
    }
  }

  /** {@code x[i] *= factor} for n floats. */
  void scale(MemorySegment x, long offset, int n, float factor);

  /** Largest of n floats, n at least 1. NaN if any is NaN. */
  float max(MemorySegment x, long offset, int n);

  /**
   * Sum of exp(x[i] / temperature - shift), by lanes and tree. Division first, then the
   * subtraction; x / 1 is x.
   */
  float sumExp(MemorySegment x, long offset, int n, float temperature, float shift);

  /**
   * {@code out[i] = exp(x[i] / temperature - shift)}, the summands of {@link #sumExp}. out may be
   * x.
   */
  void exp(
      MemorySegment x,
      long offset,
      int n,
      float temperature,
      float shift,
      MemorySegment out,
      long outOffset);

  /**
   * With e = exp(x[i] - shift) and y = x[i] - shift: writes the sums (lanes, tree) of e, of e * y
   * (fma into its lane) and of (e * y) * y (fma into its lane) to out[outOffset .. outOffset + 3].
   */
  void moments(MemorySegment x, long offset, int n, float shift, MemorySegment out, long outOffset);

  /** {@code sum of x[i] * (y[i] - shift)}: fma into the lanes, then the tree. */
  float shiftedDot(
      MemorySegment x, long xOffset, MemorySegment y, long yOffset, int n, float shift);

  /** How many of n floats are greater than the value. */
  int countGreater(MemorySegment x, long offset, int n, float value);

  /**
   * Writes each i of from..to with {@code low <= x[offset + i] < high}, ascending, to {@code
   * indices[count]} and the places after it.
   *
   * @return count and the number of indices written
   */
  int indicesWithin(
      MemorySegment x,
      long offset,
      int from,
      int to,
      float low,
      float high,
      int[] indices,
      int count);
}
