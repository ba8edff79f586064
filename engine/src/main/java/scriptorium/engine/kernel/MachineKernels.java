package scriptorium.engine.kernel;

import java.lang.foreign.MemorySegment;

/**
 * {@link Kernels} in machine code of our own: the products and attention, and what a step does
 * beside them. Sizes that it has no code for, such as heads that are no multiple of 16, go to the
 * twin that it is given, with the same bits.
 */
final class MachineKernels implements Kernels {
  private final Kernels twin;

  /**
   * @param twin does what there is no code for
   */
  MachineKernels(Kernels twin) {
    this.twin = twin;
  }

  @Override
  public String name() {
    return "machine code " + MachineCode.BITS + " bits";
  }

  @Override
  public int vectorBits() {
    return MachineCode.BITS;
  }

  @Override
  public double peakGflops() {
    return twin.peakGflops();
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
    if (a.depth() == 0) {
      twin.matmul(a, rowFrom, rowTo, panels, panelFrom, panelTo, bias, out, outStride);
    } else {
      MachineMatmul.matmul(a, rowFrom, rowTo, panels, panelFrom, panelTo, bias, out, outStride);
    }
  }

  @Override
  public void pack(
      PackedRows to,
      MemorySegment x,
      long xOffset,
      long xStride,
      int rows,
      int n,
      int row,
      int columnFrom) {
    long from = to.source(x, xOffset, xStride, rows, n, row, columnFrom);
    if (n > 0) {
      long place = to.place(row, columnFrom);
      MachineRows.pack(to.segment(), place, from, xStride * Float.BYTES, n, rows);
    }
  }

  @Override
  public void add(MemorySegment x, long xOffset, MemorySegment y, long yOffset, int n) {
    long to = KernelArguments.writable(x, xOffset, n);
    MachineRows.add(to, n, KernelArguments.readable(y, yOffset, n));
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
    long from = KernelArguments.readable(x, xOffset, n);
    long w = KernelArguments.readable(weight, 0, n);
    long b = KernelArguments.readable(bias, 0, n);
    long to = KernelArguments.writable(out, outOffset, n);
    MachineRows.layerNorm(from, n, w, b, to, epsilon);
  }

  @Override
  public void gelu(MemorySegment x, long offset, int n) {
    MachineRows.gelu(KernelArguments.writable(x, offset, n), n);
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
    twin.attentionScores(
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
    twin.attentionScoresHalf(
        q, qOffset, qStride, rows, headSize, k, kOffset, positions, scale, out, outOffset,
        outStride);
  }

  @Override
  public float softmaxNumerators(MemorySegment x, long offset, int n) {
    KernelArguments.notEmpty(n);
    return MachineRows.softmaxNumerators(KernelArguments.writable(x, offset, n), n);
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
    twin.attentionValues(
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
    twin.attentionValuesHalf(
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
  public void attentionScores(
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
    if (MachineAttention.takes(keys, rows)) {
      MachineAttention.scores(
          keys, q, qOffset, qStride, rows, scale, out, outOffset, outStride, outHeadStride);
    } else {
      twin.attentionScores(
          keys, q, qOffset, qStride, rows, scale, out, outOffset, outStride, outHeadStride);
    }
  }

  @Override
  public void attentionValues(
      CacheRun values,
      MemorySegment weights,
      long weightsOffset,
      long weightsStride,
      long weightsHeadStride,
      int rows,
      MemorySegment out,
      long outOffset,
      long outStride) {
    if (MachineAttention.takes(values, rows)) {
      MachineAttention.values(
          values,
          weights,
          weightsOffset,
          weightsStride,
          weightsHeadStride,
          rows,
          out,
          outOffset,
          outStride);
    } else {
      twin.attentionValues(
          values,
          weights,
          weightsOffset,
          weightsStride,
          weightsHeadStride,
          rows,
          out,
          outOffset,
          outStride);
    }
  }

  @Override
  public void scale(MemorySegment x, long offset, int n, float factor) {
    MachineRows.scale(KernelArguments.writable(x, offset, n), n, factor);
  }

  @Override
  public float max(MemorySegment x, long offset, int n) {
    KernelArguments.notEmpty(n);
    return MachineRows.max(KernelArguments.readable(x, offset, n), n);
  }

  @Override
  public float sumExp(MemorySegment x, long offset, int n, float temperature, float shift) {
    return MachineRows.sumExp(KernelArguments.readable(x, offset, n), n, temperature, shift);
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
    long from = KernelArguments.readable(x, offset, n);
    long to = KernelArguments.writable(out, outOffset, n);
    MachineRows.exp(from, n, to, temperature, shift);
  }

  @Override
  public void moments(
      MemorySegment x, long offset, int n, float shift, MemorySegment out, long outOffset) {
    long from = KernelArguments.readable(x, offset, n);
    long to = KernelArguments.writable(out, outOffset, 3);
    MachineRows.moments(from, n, to, shift);
  }

  @Override
  public float shiftedDot(
      MemorySegment x, long xOffset, MemorySegment y, long yOffset, int n, float shift) {
    long a = KernelArguments.readable(x, xOffset, n);
    long b = KernelArguments.readable(y, yOffset, n);
    return MachineRows.shiftedDot(a, n, b, shift);
  }

  @Override
  public int countGreater(MemorySegment x, long offset, int n, float value) {
    return MachineRows.countGreater(KernelArguments.readable(x, offset, n), n, value);
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
    long start = KernelArguments.searchable(x, offset, from, to, indices, count);
    MemorySegment out = MemorySegment.ofArray(indices).asSlice((long) count * Integer.BYTES);
    long first = start + (long) from * Float.BYTES;
    return count + MachineRows.indicesWithin(first, to - from, out, from, low, high);
  }
}
