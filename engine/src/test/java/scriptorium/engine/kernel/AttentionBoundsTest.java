package scriptorium.engine.kernel;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import scriptorium.engine.Widths;
import scriptorium.engine.kernel.GuardedMemory.Guard;

/** The kernels of attention stay within the ranges that their contract names. */
@Widths
class AttentionBoundsTest extends KernelBounds {
  @ParameterizedTest
  @EnumSource
  void attentionScores(Guard guard) {
    for (int headSize : new int[] {1, 5, 16, 20, 64, 80, 100}) {
      for (int rows = 1; rows <= 7; rows++) {
        for (int positions : new int[] {1, 15, 16, 17, 31, 32, 33, 64}) {
          try (Case memory = new Case(guard)) {
            int stride = headSize + 3;
            MemorySegment q = memory.random((rows - 1L) * stride + headSize);
            int from = memory.from();
            String of =
                " of %d rows of %d, %d positions, guard %s"
                    .formatted(rows, headSize, positions, guard);
            int columns = Math.ceilDiv(positions, Kernels.LANES) * Kernels.LANES;
            int outStride = columns + 6;
            long span = (rows - 1L) * outStride + columns;
            MemorySegment k = memory.random((long) columns * headSize);
            MemorySegment expected = memory.output(span);
            MemorySegment actual = memory.output(span);
            TWIN.attentionScores(
                q, 0, stride, rows, headSize, k, 0, positions, 0.125f, expected, from, outStride);
            KERNELS.attentionScores(
                q, 0, stride, rows, headSize, k, 0, positions, 0.125f, actual, from, outStride);
            same(expected, actual, "scores" + of);

            int panels = Math.ceilDiv(positions, Halves.LINE_ELEMENTS);
            columns = panels * Halves.LINE_ELEMENTS;
            outStride = columns + 6;
            span = (rows - 1L) * outStride + columns;
            k = memory.halves((long) panels * headSize);
            expected = memory.output(span);
            actual = memory.output(span);
            TWIN.attentionScoresHalf(
                q, 0, stride, rows, headSize, k, 0, positions, 0.125f, expected, from, outStride);
            KERNELS.attentionScoresHalf(
                q, 0, stride, rows, headSize, k, 0, positions, 0.125f, actual, from, outStride);
            same(expected, actual, "scores by halves" + of);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void attentionValues(Guard guard) {
    for (int headSize : new int[] {1, 5, 16, 20, 64, 80, 100}) {
      for (int rows = 1; rows <= 7; rows++) {
        for (int positions : new int[] {1, 2, 15, 16, 17, 31, 32}) {
          try (Case memory = new Case(guard)) {
            int weightsStride = positions + 3;
            MemorySegment weights = memory.random((rows - 1L) * weightsStride + positions);
            int from = memory.from();
            String of =
                " of %d rows of %d, %d positions, guard %s"
                    .formatted(rows, headSize, positions, guard);
            int stride = headSize + 6;
            long span = (rows - 1L) * stride + headSize;
            long lines = 32;
            int panels = Math.ceilDiv(headSize, Kernels.LANES);
            long panel = lines * Kernels.LANES;
            MemorySegment v =
                memory.random((panels - 1) * panel + (long) positions * Kernels.LANES);
            MemorySegment expected = memory.output(span);
            MemorySegment actual = memory.output(span);
            TWIN.attentionValues(
                weights,
                0,
                weightsStride,
                rows,
                positions,
                v,
                0,
                panel,
                headSize,
                expected,
                from,
                stride);
            KERNELS.attentionValues(
                weights,
                0,
                weightsStride,
                rows,
                positions,
                v,
                0,
                panel,
                headSize,
                actual,
                from,
                stride);
            same(expected, actual, "values" + of);

            panels = Math.ceilDiv(headSize, Halves.LINE_ELEMENTS);
            v = memory.halves((panels - 1) * lines + positions);
            expected = memory.output(span);
            actual = memory.output(span);
            panel = lines * Halves.LINE_WORDS;
            TWIN.attentionValuesHalf(
                weights,
                0,
                weightsStride,
                rows,
                positions,
                v,
                0,
                panel,
                headSize,
                expected,
                from,
                stride);
            KERNELS.attentionValuesHalf(
                weights,
                0,
                weightsStride,
                rows,
                positions,
                v,
                0,
                panel,
                headSize,
                actual,
                from,
                stride);
            same(expected, actual, "values by halves" + of);
          }
        }
      }
    }
  }

  /** Runs over the cache, which end with the last line that the last block's positions take. */
  @ParameterizedTest
  @CsvSource({"BEHIND, false", "BEHIND, true", "BEFORE, false", "BEFORE, true"})
  void attentionOverRuns(Guard guard, boolean half) {
    for (int headSize : new int[] {5, 16, 32, 80, 96}) {
      for (int rows = 1; rows <= 5; rows++) {
        for (int heads : new int[] {1, 3}) {
          for (int positions : new int[] {1, 2, 15, 16, 17, 31, 32, 33, 63, 64, 80, 97}) {
            scoresOverRun(guard, half, headSize, rows, heads, positions);
            valuesOverRun(guard, half, headSize, rows, heads, positions);
          }
        }
      }
    }
  }

  /** A run whose heads have some lines a block, and the last head of the last block fewer. */
  private static CacheRun run(
      Case memory, boolean half, int headSize, int heads, int positions, int lines, int last) {
    int blocks = Math.ceilDiv(positions, Kernels.CACHE_BLOCK);
    long all = (blocks * (long) heads - 1) * lines + last;
    MemorySegment cache = half ? memory.halves(all) : memory.random(all * Halves.LINE_WORDS);
    long head = (long) lines * Halves.LINE_WORDS;
    return new CacheRun(cache, half, 0, head, heads * head, heads, headSize, positions);
  }

  /** Positions in the last block. */
  private static int rest(int positions) {
    return (positions - 1) % Kernels.CACHE_BLOCK + 1;
  }

  private void scoresOverRun(
      Guard guard, boolean half, int headSize, int rows, int heads, int positions) {
    try (Case memory = new Case(guard)) {
      int elements = half ? Halves.LINE_ELEMENTS : Kernels.LANES;
      int lines = Kernels.CACHE_BLOCK / elements * headSize;
      int last = Math.ceilDiv(rest(positions), elements) * headSize;
      CacheRun keys = run(memory, half, headSize, heads, positions, lines, last);
      int qStride = heads * headSize + 3;
      MemorySegment q = memory.random((rows - 1L) * qStride + heads * headSize);
      int columns = Math.ceilDiv(positions, elements) * elements;
      int stride = columns + 6;
      long headStride = (long) rows * stride + 2;
      long span = (heads - 1) * headStride + (rows - 1L) * stride + columns;
      MemorySegment expected = memory.output(span);
      MemorySegment actual = memory.output(span);
      int from = memory.from();
      TWIN.attentionScores(keys, q, 0, qStride, rows, 0.3f, expected, from, stride, headStride);
      KERNELS.attentionScores(keys, q, 0, qStride, rows, 0.3f, actual, from, stride, headStride);
      same(expected, actual, "scores of " + rows + " rows over " + keys + ", guard " + guard);
    }
  }

  private void valuesOverRun(
      Guard guard, boolean half, int headSize, int rows, int heads, int positions) {
    try (Case memory = new Case(guard)) {
      int elements = half ? Halves.LINE_ELEMENTS : Kernels.LANES;
      int panels = Math.ceilDiv(headSize, elements);
      int lines = panels * Kernels.CACHE_BLOCK;
      int last = (panels - 1) * Kernels.CACHE_BLOCK + rest(positions);
      CacheRun values = run(memory, half, headSize, heads, positions, lines, last);
      int weightsStride = positions + 3;
      long headStride = (long) rows * weightsStride + 2;
      MemorySegment weights =
          memory.random((heads - 1) * headStride + (rows - 1L) * weightsStride + positions);
      int stride = heads * headSize + 6;
      long span = (rows - 1L) * stride + heads * headSize;
      MemorySegment expected = memory.output(span);
      MemorySegment actual = memory.output(span);
      int from = memory.from();
      TWIN.attentionValues(
          values, weights, 0, weightsStride, headStride, rows, expected, from, stride);
      KERNELS.attentionValues(
          values, weights, 0, weightsStride, headStride, rows, actual, from, stride);
      same(expected, actual, "values of " + rows + " rows over " + values + ", guard " + guard);
    }
  }
}
