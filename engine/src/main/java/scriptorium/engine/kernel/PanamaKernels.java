package scriptorium.engine.kernel;

import java.lang.foreign.MemorySegment;

/**
 * The Vector API's kernels, one class a group of ops. Vectors are not mentioned here, so that the
 * class loads without the module.
 */
final class PanamaKernels implements Kernels {
  private final String reason;

  /** The kernels that were asked for. */
  PanamaKernels() {
    this(null);
  }

  /**
   * The kernels that run in place of machine code.
   *
   * @param reason why it does not run, for the log line; null if it was not wanted
   */
  PanamaKernels(String reason) {
    this.reason = reason;
  }

  @Override
  public String name() {
    return "Vector API "
        + vectorBits()
        + " bits"
        + (reason == null ? "" : " (no machine code: " + reason + ")");
  }

  @Override
  public int vectorBits() {
    return PanamaSpecies.LENGTH * Float.SIZE;
  }

  @Override
  public double peakGflops() {
    return PanamaPeak.gflops();
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
    PanamaMatmul.matmul(a, rowFrom, rowTo, panels, panelFrom, panelTo, bias, out, outStride);
  }

  @Override
  public void add(MemorySegment x, long xOffset, MemorySegment y, long yOffset, int n) {
    PanamaElementwise.add(x, xOffset, y, yOffset, n);
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
    PanamaLayerNorm.layerNorm(x, xOffset, n, weight, bias, epsilon, out, outOffset);
  }

  @Override
  public void gelu(MemorySegment x, long offset, int n) {
    PanamaGelu.gelu(x, offset, n);
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
    PanamaAttention.scores(
        q, qOffset, qStride, rows, headSize, k, kOffset, positions, scale, out, outOffset,
        outStride);
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
    PanamaAttention.scoresHalf(
        q, qOffset, qStride, rows, headSize, k, kOffset, positions, scale, out, outOffset,
        outStride);
  }

  @Override
  public float softmaxNumerators(MemorySegment x, long offset, int n) {
    return PanamaExp.softmaxNumerators(x, offset, n);
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
    PanamaAttention.values(
        weights,
        weightsOffset,
        weightsStride,
        rows,
        positions,
        v,
        vOffset,
        panelStride,
        headSize,
        out,
        outOffset,
        outStride);
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
    PanamaAttention.valuesHalf(
        weights,
        weightsOffset,
        weightsStride,
        rows,
        positions,
        v,
        vOffset,
        panelStride,
        headSize,
        out,
        outOffset,
        outStride);
  }

  @Override
  public void scale(MemorySegment x, long offset, int n, float factor) {
    PanamaElementwise.scale(x, offset, n, factor);
  }

  @Override
  public float max(MemorySegment x, long offset, int n) {
    return PanamaElementwise.max(x, offset, n);
  }

  @Override
  public float sumExp(MemorySegment x, long offset, int n, float temperature, float shift) {
    return PanamaExp.sumExp(x, offset, n, temperature, shift);
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
    PanamaExp.exp(x, offset, n, temperature, shift, out, outOffset);
  }

  @Override
  public void moments(
      MemorySegment x, long offset, int n, float shift, MemorySegment out, long outOffset) {
    PanamaMoments.moments(x, offset, n, shift, out, outOffset);
  }

  @Override
  public float shiftedDot(
      MemorySegment x, long xOffset, MemorySegment y, long yOffset, int n, float shift) {
    return PanamaMoments.shiftedDot(x, xOffset, y, yOffset, n, shift);
  }

  @Override
  public int countGreater(MemorySegment x, long offset, int n, float value) {
    return PanamaMoments.countGreater(x, offset, n, value);
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
    return PanamaSearch.indicesWithin(x, offset, from, to, low, high, indices, count);
  }
}
