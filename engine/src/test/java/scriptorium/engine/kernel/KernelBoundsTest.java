package scriptorium.engine.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import scriptorium.engine.Widths;
import scriptorium.engine.kernel.GuardedMemory.Guard;
import scriptorium.engine.memory.DataType;

/** Kernels of rows and products stay within the ranges that their contract names. */
@Widths
class KernelBoundsTest extends KernelBounds {
  private static final int[] SIZES = {1, 2, 7, 8, 9, 15, 16, 17, 31, 64, 100, 127, 207, 768};

  @ParameterizedTest
  @EnumSource
  void rowsOfEverySize(Guard guard) {
    for (int n : SIZES) {
      try (Case memory = new Case(guard)) {
        MemorySegment x = memory.random(n);
        MemorySegment y = memory.random(n);
        MemorySegment z = memory.random(n);
        MemorySegment expected = memory.output(n);
        MemorySegment actual = memory.output(n);
        int from = memory.from();
        String of = " of " + n + ", guard " + guard;
        TWIN.layerNorm(x, 0, n, y, z, 1e-5f, expected, from);
        KERNELS.layerNorm(x, 0, n, y, z, 1e-5f, actual, from);
        same(expected, actual, "layer norm" + of);
        TWIN.exp(x, 0, n, 0.7f, 1.5f, expected, from);
        KERNELS.exp(x, 0, n, 0.7f, 1.5f, actual, from);
        same(expected, actual, "exp" + of);
        MemorySegment threeExpected = memory.output(3);
        MemorySegment threeActual = memory.output(3);
        TWIN.moments(x, 0, n, 2, threeExpected, from);
        KERNELS.moments(x, 0, n, 2, threeActual, from);
        same(threeExpected, threeActual, "moments" + of);
        bits(TWIN.max(x, 0, n), KERNELS.max(x, 0, n), "max" + of);
        bits(TWIN.sumExp(x, 0, n, 0.7f, 1), KERNELS.sumExp(x, 0, n, 0.7f, 1), "sum of exp" + of);
        bits(
            TWIN.shiftedDot(x, 0, y, 0, n, 0.6f),
            KERNELS.shiftedDot(x, 0, y, 0, n, 0.6f),
            "shifted dot" + of);
        assertEquals(
            TWIN.countGreater(x, 0, n, 0.1f), KERNELS.countGreater(x, 0, n, 0.1f), "count" + of);
      }
    }
  }

  /** The ops that write over their input, which has canaries at its other end. */
  @ParameterizedTest
  @EnumSource
  void rowsInPlace(Guard guard) {
    for (int n : SIZES) {
      try (Case memory = new Case(guard)) {
        MemorySegment expected = memory.output(n);
        int from = memory.from();
        MemorySegment.copy(
            memory.random(n), 0, expected, (long) from * Float.BYTES, (long) n * Float.BYTES);
        MemorySegment actual = memory.copy(expected);
        MemorySegment y = memory.random(n);
        String of = " of " + n + ", guard " + guard;
        TWIN.gelu(expected, from, n);
        KERNELS.gelu(actual, from, n);
        same(expected, actual, "gelu" + of);
        TWIN.add(expected, from, y, 0, n);
        KERNELS.add(actual, from, y, 0, n);
        same(expected, actual, "add" + of);
        TWIN.scale(expected, from, n, 0.3f);
        KERNELS.scale(actual, from, n, 0.3f);
        same(expected, actual, "scale" + of);
        TWIN.exp(expected, from, n, 0.7f, 1.5f, expected, from);
        KERNELS.exp(actual, from, n, 0.7f, 1.5f, actual, from);
        same(expected, actual, "exp in place" + of);
        bits(
            TWIN.softmaxNumerators(expected, from, n),
            KERNELS.softmaxNumerators(actual, from, n),
            "softmax" + of);
        same(expected, actual, "softmax" + of);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void packedRows(Guard guard) {
    for (int rows = 1; rows <= Kernels.ROW_BLOCK; rows++) {
      for (int n : SIZES) {
        try (Case memory = new Case(guard)) {
          int stride = n + 3;
          MemorySegment x = memory.random((rows - 1L) * stride + n);
          PackedRows packed = new PackedRows(rows, n);
          packed.set(x, 0, stride, rows, n, 0, 0);
          for (int row = 0; row < rows; row++) {
            bits(
                x.getAtIndex(ValueLayout.JAVA_FLOAT, (long) row * stride + n - 1),
                packed.get(row, n - 1),
                rows + " rows of " + n);
          }
        }
      }
    }
  }

  /**
   * Products whose weights, bias and output end at the guard: the next panel, which is prefetched,
   * lies beyond it. Depths of one chunk, with rests, and of several.
   */
  @ParameterizedTest
  @CsvSource({
    "BEHIND, 1",
    "BEHIND, 2",
    "BEHIND, 3",
    "BEHIND, 5",
    "BEHIND, 6",
    "BEHIND, 7",
    "BEHIND, 11",
    "BEHIND, 12",
    "BEHIND, 13",
    "BEHIND, 18",
    "BEHIND, 24",
    "BEHIND, 31",
    "BEHIND, 48",
    "BEFORE, 1",
    "BEFORE, 2",
    "BEFORE, 3",
    "BEFORE, 5",
    "BEFORE, 6",
    "BEFORE, 7",
    "BEFORE, 11",
    "BEFORE, 12",
    "BEFORE, 13",
    "BEFORE, 18",
    "BEFORE, 24",
    "BEFORE, 31",
    "BEFORE, 48"
  })
  void matmul(Guard guard, int rows) {
    for (int depth : new int[] {1, 2, 3, 4, 7, 16, 127, 207, 768}) {
      for (int panels = 1; panels <= 4; panels++) {
        for (int panelFrom = 0; panelFrom < panels; panelFrom += panels == 4 ? 3 : 1) {
          for (DataType type : DataType.values()) {
            matmul(guard, rows, depth, panelFrom, panels, type);
          }
        }
      }
    }
  }

  private void matmul(Guard guard, int rows, int depth, int panelFrom, int panelTo, DataType type) {
    try (Case memory = new Case(guard)) {
      int columns = panelTo * Kernels.LANES;
      PackedRows a = new PackedRows(rows, depth);
      MemorySegment x = memory.random((long) rows * depth);
      for (int row = 0; row < rows; row += Kernels.ROW_BLOCK) {
        int count = Math.min(Kernels.ROW_BLOCK, rows - row);
        a.set(x, (long) row * depth, depth, count, depth, row, 0);
      }
      MemorySegment data = memory.random((long) columns * depth * type.bytes() / Float.BYTES);
      WeightPanels b = TestPanels.fill(data, type, random);
      int stride = columns + 5;
      long span = (rows - 1L) * stride + columns;
      for (MemorySegment bias : new MemorySegment[] {memory.random(columns), MemorySegment.NULL}) {
        MemorySegment expected = memory.output(span);
        MemorySegment actual = memory.output(span);
        long skipped = (long) memory.from() * Float.BYTES;
        TWIN.matmul(a, 0, rows, b, panelFrom, panelTo, bias, expected.asSlice(skipped), stride);
        KERNELS.matmul(a, 0, rows, b, panelFrom, panelTo, bias, actual.asSlice(skipped), stride);
        same(
            expected,
            actual,
            "%d rows of %d by panels %d to %d of %s, guard %s"
                .formatted(rows, depth, panelFrom, panelTo, type, guard));
      }
    }
  }

  /** Strides whose products leave 64 bits and come back near 0 pass no check. */
  @Test
  void stridesThatOverflowAreRefused() {
    try (Case memory = new Case(Guard.BEHIND)) {
      MemorySegment x = memory.random(1 << 14);
      for (boolean half : new boolean[] {false, true}) {
        for (long[] strides :
            new long[][] {
              {1L << 60, 1, 17, 32}, {1, 1L << 60, 1, 17 * 32}, {1L << 60, 1L << 60, 9, 9 * 32}
            }) {
          CacheRun run =
              new CacheRun(
                  x, half, 0, strides[0], strides[1], (int) strides[2], 32, (int) strides[3]);
          assertRefused(
              () -> KERNELS.attentionScores(run, x, 0, 1, 1, 1f, x, 0, 1, 1), run.toString());
          assertRefused(() -> KERNELS.attentionValues(run, x, 0, 1, 1, 1, x, 0, 1), run.toString());
        }
      }
      CacheRun run = new CacheRun(x, false, 0, 32 * 32, 32 * 32, 1, 32, 32);
      assertRefused(
          () -> KERNELS.attentionScores(run, x, 0, 1L << 62, 5, 1f, x, 0, 32, 1), "queries");
      assertRefused(
          () -> KERNELS.attentionScores(run, x, 0, 32, 5, 1f, x, 0, 1L << 62, 1), "scores");
      assertRefused(() -> KERNELS.attentionValues(run, x, 0, 1L << 62, 1, 5, x, 0, 32), "weights");
      PackedRows a = new PackedRows(5, 1);
      assertRefused(
          () -> KERNELS.matmul(a, 0, 5, WeightPanels.f32(x), 0, 1, MemorySegment.NULL, x, 1L << 62),
          "outputs");
    }
  }

  private static void assertRefused(Executable call, String what) {
    RuntimeException refusal = assertThrows(RuntimeException.class, call, what);
    assertTrue(
        refusal instanceof IndexOutOfBoundsException || refusal instanceof ArithmeticException,
        what + ": " + refusal);
  }
}
