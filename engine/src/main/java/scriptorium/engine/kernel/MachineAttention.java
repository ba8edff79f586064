package scriptorium.engine.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static scriptorium.engine.memory.NativeFloats.ALL;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * {@link Kernels#attentionScores} and attentionValues of a {@link CacheRun} in machine code: checks
 * the ranges and makes the arguments of {@link MachineAttentionCode}.
 */
final class MachineAttention {
  private static final ThreadLocal<MemorySegment> SCRATCH =
      ThreadLocal.withInitial(
          () -> Arena.ofAuto().allocate(MachineAttentionCode.ARGUMENTS, Long.BYTES));

  private MachineAttention() {}

  /** Whether there is code for a run and so many rows. */
  static boolean takes(CacheRun run, int rows) {
    int elements = run.half() ? Halves.LINE_ELEMENTS : Kernels.LANES;
    return rows >= 1
        && rows <= MachineAttentionTile.MOST_ROWS
        && run.headSize() > 0
        && run.headSize() % elements == 0
        && run.heads() > 0
        && run.positions() > 0;
  }

  static void scores(
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
    int elements = keys.half() ? Halves.LINE_ELEMENTS : Kernels.LANES;
    int columns = Math.ceilDiv(keys.positions(), elements) * elements;
    int size = keys.headSize();
    int blocks = keys.positions() / Kernels.CACHE_BLOCK;
    int restPanels = Math.ceilDiv(keys.positions() % Kernels.CACHE_BLOCK, elements);
    long panel = (long) size * Halves.LINE_WORDS;
    long w = readable(q, qOffset, rows, qStride, keys.heads(), size, size);
    long m = readable(keys, (Kernels.CACHE_BLOCK / elements) * panel, restPanels * panel);
    long to = writable(out, outOffset, rows, outStride, keys.heads(), outHeadStride, columns);
    long at = SCRATCH.get().address();
    common(at, keys, qStride, size, outStride, outHeadStride);
    set(at, MachineAttentionCode.W_BLOCK, 0);
    set(at, MachineAttentionCode.M_PANEL, panel * Float.BYTES);
    set(at, MachineAttentionCode.OUT_BLOCK, (long) Kernels.CACHE_BLOCK * Float.BYTES);
    set(at, MachineAttentionCode.COUNT, size);
    ALL.set(JAVA_INT, at + MachineAttentionCode.SCALE, Float.floatToRawIntBits(scale));
    if (blocks > 0) {
      set(at, MachineAttentionCode.PANELS, Kernels.CACHE_BLOCK / elements);
      run(at, w, m, to, blocks, keys, true, rows);
    }
    if (restPanels > 0) {
      set(at, MachineAttentionCode.PANELS, restPanels);
      run(
          at,
          w,
          m + blocks * keys.blockStride() * Float.BYTES,
          to + (long) blocks * Kernels.CACHE_BLOCK * Float.BYTES,
          1,
          keys,
          true,
          rows);
    }
  }

  static void values(
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
    int panels = size / (values.half() ? Halves.LINE_ELEMENTS : Kernels.LANES);
    int blocks = values.positions() / Kernels.CACHE_BLOCK;
    int rest = values.positions() % Kernels.CACHE_BLOCK;
    long panel = (long) Kernels.CACHE_BLOCK * Halves.LINE_WORDS;
    long w =
        readable(
            weights,
            weightsOffset,
            rows,
            weightsStride,
            values.heads(),
            weightsHeadStride,
            values.positions());
    long m =
        readable(
            values,
            panels * panel,
            rest == 0 ? 0 : (panels - 1) * panel + (long) rest * Halves.LINE_WORDS);
    long to = writable(out, outOffset, rows, outStride, values.heads(), size, size);
    long at = SCRATCH.get().address();
    common(at, values, weightsStride, weightsHeadStride, outStride, size);
    set(at, MachineAttentionCode.W_BLOCK, (long) Kernels.CACHE_BLOCK * Float.BYTES);
    set(at, MachineAttentionCode.M_PANEL, panel * Float.BYTES);
    set(at, MachineAttentionCode.OUT_BLOCK, 0);
    set(at, MachineAttentionCode.PANELS, panels);
    if (blocks > 0) {
      set(at, MachineAttentionCode.COUNT, Kernels.CACHE_BLOCK);
      run(at, w, m, to, blocks, values, false, rows);
    }
    if (rest > 0) {
      set(at, MachineAttentionCode.COUNT, rest);
      run(
          at,
          w + (long) blocks * Kernels.CACHE_BLOCK * Float.BYTES,
          m + blocks * values.blockStride() * Float.BYTES,
          to,
          1,
          values,
          false,
          rows);
    }
  }

  private static void common(
      long at, CacheRun run, long wStride, long wHead, long outStride, long outHead) {
    set(at, MachineAttentionCode.W_STRIDE, wStride * Float.BYTES);
    set(at, MachineAttentionCode.W_HEAD, wHead * Float.BYTES);
    set(at, MachineAttentionCode.M_HEAD, run.headStride() * Float.BYTES);
    set(at, MachineAttentionCode.M_BLOCK, run.blockStride() * Float.BYTES);
    set(at, MachineAttentionCode.OUT_STRIDE, outStride * Float.BYTES);
    set(at, MachineAttentionCode.OUT_HEAD, outHead * Float.BYTES);
    set(at, MachineAttentionCode.HEADS, run.heads());
    long ahead = run.heads() > 1 ? run.headStride() : run.blockStride();
    set(at, MachineAttentionCode.AHEAD, ahead * Float.BYTES);
    ALL.set(JAVA_INT, at + MachineAttentionCode.HALF_MASK, Halves.MASK);
    ALL.set(JAVA_INT, at + MachineAttentionCode.HALF_SCALE, Float.floatToRawIntBits(Halves.SCALE));
  }

  private static void run(
      long at, long w, long m, long out, int blocks, CacheRun run, boolean scores, int rows) {
    set(at, MachineAttentionCode.W, w);
    set(at, MachineAttentionCode.M, m);
    set(at, MachineAttentionCode.OUT, out);
    set(at, MachineAttentionCode.BLOCKS, blocks);
    MachineCode.attention(run.half(), scores, rows, at);
  }

  /** Address of a run, after a check of its last words: of whole blocks, and of a rest. */
  private static long readable(CacheRun run, long blockWords, long restWords) {
    int blocks = run.positions() / Kernels.CACHE_BLOCK;
    long whole = blocks == 0 ? 0 : span(blocks, run, blockWords);
    long rest = restWords == 0 ? 0 : span(blocks + 1, run, restWords);
    return KernelArguments.readable(run.memory(), run.offset(), Math.max(whole, rest));
  }

  /** Words up to the end of some words of the last head in the last block. */
  private static long span(int blocks, CacheRun run, long words) {
    return KernelArguments.span(
        blocks, run.blockStride(), KernelArguments.span(run.heads(), run.headStride(), words));
  }

  private static long readable(
      MemorySegment segment,
      long offset,
      int rows,
      long stride,
      int heads,
      long headStride,
      long size) {
    return KernelArguments.readable(segment, offset, span(rows, stride, heads, headStride, size));
  }

  private static long writable(
      MemorySegment segment,
      long offset,
      int rows,
      long stride,
      int heads,
      long headStride,
      long size) {
    return KernelArguments.writable(segment, offset, span(rows, stride, heads, headStride, size));
  }

  private static long span(int rows, long stride, int heads, long headStride, long size) {
    return KernelArguments.span(heads, headStride, KernelArguments.span(rows, stride, size));
  }

  private static void set(long address, int place, long value) {
    ALL.set(JAVA_LONG, address + place, value);
  }
}
