package scriptorium.engine.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The reference twin: each op of {@link Kernels} in plain Java, element by element, written to be
 * read against its contract and not to be fast. The vector kernels take exp, gelu and the order of
 * sums from here, bit for bit. Stateless; any thread.
 */
public final class ScalarKernels implements Kernels {
  private static final int PEAK_ROUNDS = 4_000_000;
  private static final int PEAK_CHAINS = 12;
  private static final int PEAK_TRIES = 12;

  /** exp below is +0: the results would be denormal. */
  static final float EXP_MIN = -87.33654f;

  /** exp above is +infinity. */
  static final float EXP_MAX = 88.72283f;

  static final float LOG2_E = 1.442695f;

  /** 1.5 * 2^23: adding it rounds to an integer, which then stands in the low bits. */
  static final float ROUNDER = 12582912f;

  /**
   * ln 2 in two floats; the product of an integer to 128 with the first is cancelled exactly by
   * fma.
   */
  static final float LN2_HIGH = 0.6931472f;

  static final float LN2_LOW = -1.9046543e-9f;

  // exp(r) = 1 + r + r^2 (C2 + C3 r + C4 r^2 + C5 r^3 + C6 r^4) on |r| <= ln(2) / 2, interpolated
  // at Chebyshev nodes; the polynomial's own relative error is 7.4e-9, exp's after rounding
  // is below 1 ulp (KernelTwinTest, every seventh float).
  static final float EXP_C2 = 0.5f;
  static final float EXP_C3 = 0.16666569f;
  static final float EXP_C4 = 0.041666545f;
  static final float EXP_C5 = 0.008364412f;
  static final float EXP_C6 = 0.0013927723f;

  /** -2 sqrt(2 / pi) and the same times 0.044715: GELU's exponent is x (GELU_A + GELU_B x^2). */
  static final float GELU_A = -1.5957692f;

  static final float GELU_B = -0.071354814f;

  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Holds nothing; all are alike. */
  public ScalarKernels() {}

  /**
   * e^x within 1 ulp. Exactly +0 below -87.33654 (where the result would be denormal) and for
   * -infinity, exactly 1 at 0, +infinity above 88.72283, NaN for NaN.
   *
   * <p>n = x / ln 2 rounded; r = x - n ln 2 in two steps; the polynomial by Horner's rule in fma; n
   * added to the exponent bits.
   */
  public static float exp(float x) {
    if (x < EXP_MIN) {
      return 0f;
    }
    if (!(x <= EXP_MAX)) {
      return x + Float.POSITIVE_INFINITY;
    }
    float t = Math.fma(x, LOG2_E, ROUNDER);
    float n = t - ROUNDER;
    float r = Math.fma(n, -LN2_HIGH, x);
    r = Math.fma(n, -LN2_LOW, r);
    float p = Math.fma(EXP_C6, r, EXP_C5);
    p = Math.fma(p, r, EXP_C4);
    p = Math.fma(p, r, EXP_C3);
    p = Math.fma(p, r, EXP_C2);
    p = Math.fma(p, r, 1f);
    p = Math.fma(p, r, 1f);
    return Float.intBitsToFloat(Float.floatToRawIntBits(p) + (Float.floatToRawIntBits(t) << 23));
  }

  /**
   * GELU, tanh form: x (1 + tanh u) / 2 with u = sqrt(2 / pi) (x + 0.044715 x^3), computed as x /
   * (1 + exp(-2u)), and -2u as {@code x * fma(x * x, GELU_B, GELU_A)}. Tends to -0 for very
   * negative x; NaN at -infinity, as the tanh form itself.
   */
  public static float gelu(float x) {
    float e = exp(x * Math.fma(x * x, GELU_B, GELU_A));
    return x / (1f + e);
  }

  /** Sum of the 16 lanes: neighbours first, the sums' neighbours next, and so on; four levels. */
  public static float tree(float[] lanes) {
    float q0 = (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
    float q1 = (lanes[4] + lanes[5]) + (lanes[6] + lanes[7]);
    float q2 = (lanes[8] + lanes[9]) + (lanes[10] + lanes[11]);
    float q3 = (lanes[12] + lanes[13]) + (lanes[14] + lanes[15]);
    return (q0 + q1) + (q2 + q3);
  }

  /** 1 / sqrt(variance + epsilon), where the root is rounded once. */
  static float inverseDeviation(float squares, int n, float epsilon) {
    return 1f / (float) Math.sqrt(squares / n + epsilon);
  }

  @Override
  public String name() {
    return "scalar";
  }

  @Override
  public int vectorBits() {
    return Float.SIZE;
  }

  /** As {@code PanamaPeak}: 12 chains, each accumulator the addend. */
  @Override
  public double peakGflops() {
    double best = 0;
    for (int i = 0; i < PEAK_TRIES; i++) {
      long start = System.nanoTime();
      float result = chains(PEAK_ROUNDS, 0.5f, 1e-6f);
      double seconds = (System.nanoTime() - start) / 1e9;
      if (result == result) { // never NaN; so that the loop is not dead
        best = Math.max(best, 2.0 * PEAK_CHAINS * PEAK_ROUNDS / seconds / 1e9);
      }
    }
    return best;
  }

  private static float chains(int rounds, float x, float y) {
    float a = x;
    float b = x;
    float c = x;
    float d = x;
    float e = x;
    float f = x;
    float g = y;
    float h = y;
    float i = y;
    float j = y;
    float k = y;
    float l = y;
    for (int round = 0; round < rounds; round++) {
      a = Math.fma(x, y, a);
      b = Math.fma(x, y, b);
      c = Math.fma(x, y, c);
      d = Math.fma(x, y, d);
      e = Math.fma(x, y, e);
      f = Math.fma(x, y, f);
      g = Math.fma(x, y, g);
      h = Math.fma(x, y, h);
      i = Math.fma(x, y, i);
      j = Math.fma(x, y, j);
      k = Math.fma(x, y, k);
      l = Math.fma(x, y, l);
    }
    return a + b + c + d + e + f + g + h + i + j + k + l;
  }

  @Override
  public void matmul(
      PackedRows a,
      int rowFrom,
      int rowTo,
      WeightPanels panels,
      int panelFrom,
      int panelTo,
      MemorySegment bias,
      MemorySegment out,
      long outStride) {
    KernelArguments.matmul(a, rowFrom, rowTo, panels, panelFrom, panelTo, bias, out, outStride);
    int depth = a.depth();
    boolean biased = !bias.equals(MemorySegment.NULL);
    for (int i = rowFrom; i < rowTo; i++) {
      for (int j = panelFrom * LANES; j < panelTo * LANES; j++) {
        long column = (long) (j / LANES) * depth * LANES + j % LANES;
        float sum = biased ? get(bias, j) : 0f;
        for (int k = 0; k < depth; k++) {
          sum = Math.fma(a.get(i, k), panels.get(column + (long) k * LANES), sum);
        }
        set(out, i * outStride + j, sum);
      }
    }
  }

  @Override
  public void add(MemorySegment x, long xOffset, MemorySegment y, long yOffset, int n) {
    KernelArguments.writable(x, xOffset, n);
    KernelArguments.readable(y, yOffset, n);
    for (int i = 0; i < n; i++) {
      set(x, xOffset + i, get(x, xOffset + i) + get(y, yOffset + i));
    }
  }

  @Override
  public void layerNorm(
      MemorySegment x,
      long xOffset,
      int n,
      MemorySegment weight,
      MemorySegment bias,
      float epsilon,
      MemorySegment out,
      long outOffset) {
    KernelArguments.readable(x, xOffset, n);
    KernelArguments.readable(weight, 0, n);
    KernelArguments.readable(bias, 0, n);
    KernelArguments.writable(out, outOffset, n);
    float[] lanes = new float[LANES];
    for (int i = 0; i < n; i++) {
      lanes[i % LANES] += get(x, xOffset + i);
    }
    float mean = tree(lanes) / n;
    float[] squares = new float[LANES];
    for (int i = 0; i < n; i++) {
      float d = get(x, xOffset + i) - mean;
      squares[i % LANES] = Math.fma(d, d, squares[i % LANES]);
    }
    float scale = inverseDeviation(tree(squares), n, epsilon);
    for (int i = 0; i < n; i++) {
      float normal = (get(x, xOffset + i) - mean) * scale;
      set(out, outOffset + i, Math.fma(normal, get(weight, i), get(bias, i)));
    }
  }

  @Override
  public void gelu(MemorySegment x, long offset, int n) {
    KernelArguments.writable(x, offset, n);
    for (int i = 0; i < n; i++) {
      set(x, offset + i, gelu(get(x, offset + i)));
    }
  }

  @Override
  public void attentionScores(
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
      long outStride) {
    int columns = Math.ceilDiv(positions, LANES) * LANES;
    KernelArguments.readable(q, qOffset, KernelArguments.span(rows, qStride, headSize));
    KernelArguments.readable(k, kOffset, (long) columns * headSize);
    KernelArguments.writable(out, outOffset, KernelArguments.span(rows, outStride, columns));
    for (int r = 0; r < rows; r++) {
      for (int t = 0; t < columns; t++) {
        long panel = kOffset + (long) (t / LANES) * headSize * LANES;
        float sum = 0f;
        for (int d = 0; d < headSize; d++) {
          float key = get(k, panel + (long) d * LANES + t % LANES);
          sum = Math.fma(get(q, qOffset + r * qStride + d), key, sum);
        }
        set(out, outOffset + r * outStride + t, sum * scale);
      }
    }
  }

  @Override
  public void attentionScoresHalf(
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
      long outStride) {
    int panels = Math.ceilDiv(positions, Halves.LINE_ELEMENTS);
    int columns = panels * Halves.LINE_ELEMENTS;
    KernelArguments.readable(q, qOffset, KernelArguments.span(rows, qStride, headSize));
    KernelArguments.readable(k, kOffset, (long) panels * headSize * Halves.LINE_WORDS);
    KernelArguments.writable(out, outOffset, KernelArguments.span(rows, outStride, columns));
    for (int r = 0; r < rows; r++) {
      for (int t = 0; t < columns; t++) {
        long panel = (long) (t / Halves.LINE_ELEMENTS) * headSize;
        float sum = 0f;
        for (int d = 0; d < headSize; d++) {
          float key = half(k, kOffset + (panel + d) * Halves.LINE_WORDS, t % Halves.LINE_ELEMENTS);
          sum = Math.fma(get(q, qOffset + r * qStride + d) * Halves.SCALE, key, sum);
        }
        set(out, outOffset + r * outStride + t, sum * scale);
      }
    }
  }

  @Override
  public float softmaxNumerators(MemorySegment x, long offset, int n) {
    KernelArguments.notEmpty(n);
    KernelArguments.writable(x, offset, n);
    float max = max(x, offset, n);
    float[] lanes = new float[LANES];
    for (int i = 0; i < n; i++) {
      float e = exp(get(x, offset + i) - max);
      set(x, offset + i, e);
      lanes[i % LANES] += e;
    }
    return tree(lanes);
  }

  @Override
  public void attentionValues(
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
      long outStride) {
    int panels = Math.ceilDiv(headSize, LANES);
    KernelArguments.readable(
        weights, weightsOffset, KernelArguments.span(rows, weightsStride, positions));
    KernelArguments.readable(
        v, vOffset, KernelArguments.span(panels, panelStride, (long) positions * LANES));
    KernelArguments.writable(out, outOffset, KernelArguments.span(rows, outStride, headSize));
    for (int r = 0; r < rows; r++) {
      for (int d = 0; d < headSize; d++) {
        long column = vOffset + d / LANES * panelStride + d % LANES;
        float sum = get(out, outOffset + r * outStride + d);
        for (int t = 0; t < positions; t++) {
          float weight = get(weights, weightsOffset + r * weightsStride + t);
          sum = Math.fma(weight, get(v, column + (long) t * LANES), sum);
        }
        set(out, outOffset + r * outStride + d, sum);
      }
    }
  }

  @Override
  public void attentionValuesHalf(
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
      long outStride) {
    int panels = Math.ceilDiv(headSize, Halves.LINE_ELEMENTS);
    KernelArguments.readable(
        weights, weightsOffset, KernelArguments.span(rows, weightsStride, positions));
    KernelArguments.readable(
        v,
        vOffset,
        KernelArguments.span(panels, panelStride, (long) positions * Halves.LINE_WORDS));
    KernelArguments.writable(out, outOffset, KernelArguments.span(rows, outStride, headSize));
    for (int r = 0; r < rows; r++) {
      for (int d = 0; d < headSize; d++) {
        long panel = vOffset + d / Halves.LINE_ELEMENTS * panelStride;
        float sum = get(out, outOffset + r * outStride + d);
        for (int t = 0; t < positions; t++) {
          float weight = get(weights, weightsOffset + r * weightsStride + t) * Halves.SCALE;
          long line = panel + (long) t * Halves.LINE_WORDS;
          sum = Math.fma(weight, half(v, line, d % Halves.LINE_ELEMENTS), sum);
        }
        set(out, outOffset + r * outStride + d, sum);
      }
    }
  }

  @Override
  public void scale(MemorySegment x, long offset, int n, float factor) {
    KernelArguments.writable(x, offset, n);
    for (int i = 0; i < n; i++) {
      set(x, offset + i, get(x, offset + i) * factor);
    }
  }

  @Override
  public float max(MemorySegment x, long offset, int n) {
    KernelArguments.notEmpty(n);
    KernelArguments.readable(x, offset, n);
    float max = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < n; i++) {
      max = Math.max(max, get(x, offset + i));
    }
    return max;
  }

  @Override
  public float sumExp(MemorySegment x, long offset, int n, float temperature, float shift) {
    KernelArguments.readable(x, offset, n);
    float[] lanes = new float[LANES];
    for (int i = 0; i < n; i++) {
      lanes[i % LANES] += exp(get(x, offset + i) / temperature - shift);
    }
    return tree(lanes);
  }

  @Override
  public void exp(
      MemorySegment x,
      long offset,
      int n,
      float temperature,
      float shift,
      MemorySegment out,
      long outOffset) {
    KernelArguments.readable(x, offset, n);
    KernelArguments.writable(out, outOffset, n);
    for (int i = 0; i < n; i++) {
      set(out, outOffset + i, exp(get(x, offset + i) / temperature - shift));
    }
  }

  @Override
  public void moments(
      MemorySegment x, long offset, int n, float shift, MemorySegment out, long outOffset) {
    KernelArguments.readable(x, offset, n);
    KernelArguments.writable(out, outOffset, 3);
    float[] zeroth = new float[LANES];
    float[] first = new float[LANES];
    float[] second = new float[LANES];
    for (int i = 0; i < n; i++) {
      int lane = i % LANES;
      float y = get(x, offset + i) - shift;
      float e = exp(y);
      zeroth[lane] += e;
      first[lane] = Math.fma(e, y, first[lane]);
      second[lane] = Math.fma(e * y, y, second[lane]);
    }
    set(out, outOffset, tree(zeroth));
    set(out, outOffset + 1, tree(first));
    set(out, outOffset + 2, tree(second));
  }

  @Override
  public float shiftedDot(
      MemorySegment x, long xOffset, MemorySegment y, long yOffset, int n, float shift) {
    KernelArguments.readable(x, xOffset, n);
    KernelArguments.readable(y, yOffset, n);
    float[] lanes = new float[LANES];
    for (int i = 0; i < n; i++) {
      int lane = i % LANES;
      lanes[lane] = Math.fma(get(x, xOffset + i), get(y, yOffset + i) - shift, lanes[lane]);
    }
    return tree(lanes);
  }

  @Override
  public int countGreater(MemorySegment x, long offset, int n, float value) {
    KernelArguments.readable(x, offset, n);
    int count = 0;
    for (int i = 0; i < n; i++) {
      count += get(x, offset + i) > value ? 1 : 0;
    }
    return count;
  }

  @Override
  public int indicesWithin(
      MemorySegment x,
      long offset,
      int from,
      int to,
      float low,
      float high,
      int[] indices,
      int count) {
    KernelArguments.searchable(x, offset, from, to, indices, count);
    int next = count;
    for (int i = from; i < to; i++) {
      float value = get(x, offset + i);
      if (value >= low && value < high) {
        indices[next] = i;
        next++;
      }
    }
    return next;
  }

  /** Element of a line that begins at a word. */
  private static float half(MemorySegment segment, long line, int element) {
    return Halves.widen(segment.get(SHORT, line * Float.BYTES + Halves.offset(element)));
  }

  private static float get(MemorySegment segment, long index) {
    return segment.get(FLOAT, index * Float.BYTES);
  }

  private static void set(MemorySegment segment, long index, float value) {
    segment.set(FLOAT, index * Float.BYTES, value);
  }
}
