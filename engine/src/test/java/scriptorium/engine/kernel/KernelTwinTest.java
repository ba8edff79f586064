package scriptorium.engine.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import scriptorium.engine.Widths;
import scriptorium.engine.memory.DataType;

/** Every kernel gives the bits of its scalar twin and writes nothing beside its output. */
@Widths
class KernelTwinTest {
  private static final Kernels KERNELS = KernelProvider.kernels();
  private static final Kernels TWIN = new ScalarKernels();
  private static final float CANARY = 12345.678f;
  private static final int MARGIN = 24;
  private final Random random = new Random(17);

  private MemorySegment random(Arena arena, long count) {
    MemorySegment memory = arena.allocate(count * 4, 64);
    for (long i = 0; i < count; i++) {
      memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
    }
    return memory;
  }

  private static MemorySegment canaries(Arena arena, long count) {
    MemorySegment memory = arena.allocate((count + 2 * MARGIN) * 4, 64);
    for (long i = 0; i < count + 2 * MARGIN; i++) {
      memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, CANARY);
    }
    return memory;
  }

  private static MemorySegment copy(Arena arena, MemorySegment source) {
    return arena.allocate(source.byteSize(), 64).copyFrom(source);
  }

  private static void same(MemorySegment expected, MemorySegment actual, String what) {
    for (long i = 0; i < expected.byteSize() / 4; i++) {
      int wanted = expected.getAtIndex(ValueLayout.JAVA_INT, i);
      assertEquals(
          wanted,
          actual.getAtIndex(ValueLayout.JAVA_INT, i),
          what + " at " + i + ": " + Float.intBitsToFloat(wanted));
    }
  }

  private static void bits(float expected, float actual, String what) {
    assertEquals(
        Float.floatToRawIntBits(expected),
        Float.floatToRawIntBits(actual),
        what + ": " + expected + ", " + actual);
  }

  private static PackedRows packed(MemorySegment x, int rows, int depth) {
    PackedRows packed = new PackedRows(rows, depth);
    for (int row = 0; row < rows; row += Kernels.ROW_BLOCK) {
      int count = Math.min(Kernels.ROW_BLOCK, rows - row);
      packed.set(x, (long) row * depth, depth, count, depth, row, 0);
    }
    return packed;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 24, 31, 47, 48})
  void matmul(int rows) {
    for (DataType type : DataType.values()) {
      matmul(rows, type);
    }
  }

  private void matmul(int rows, DataType type) {
    for (int depth : new int[] {1, 5, 20, 127, 700}) {
      for (int columns : new int[] {16, 20, 48, 272}) {
        try (Arena arena = Arena.ofConfined()) {
          int panels = (columns + 15) / 16;
          PackedRows a = packed(random(arena, (long) rows * depth), rows, depth);
          MemorySegment data = arena.allocate((long) panels * 16 * depth * type.bytes(), 64);
          WeightPanels b = TestPanels.fill(data, type, random);
          MemorySegment bias = random(arena, panels * 16L);
          int stride = panels * 16 + 3;
          int from = panels / 3;
          for (MemorySegment with : new MemorySegment[] {bias, MemorySegment.NULL}) {
            MemorySegment expected = canaries(arena, (long) rows * stride);
            MemorySegment actual = canaries(arena, (long) rows * stride);
            TWIN.matmul(a, 0, rows, b, from, panels, with, expected, stride);
            KERNELS.matmul(a, 0, rows, b, from, panels, with, actual, stride);
            same(expected, actual, rows + "x" + depth + "x" + columns + " " + type);
          }
        }
      }
    }
  }

  /** Rows and panels of a product shared out: every range writes its own part, the same bits. */
  @Test
  void matmulByRangesOfRowsAndPanels() {
    int rows = 41;
    int depth = 20;
    int panels = 5;
    int stride = panels * 16 + 3;
    try (Arena arena = Arena.ofConfined()) {
      PackedRows a = packed(random(arena, (long) rows * depth), rows, depth);
      WeightPanels b = WeightPanels.f32(random(arena, (long) panels * 16 * depth));
      MemorySegment bias = random(arena, panels * 16L);
      MemorySegment whole = canaries(arena, (long) rows * stride);
      TWIN.matmul(a, 0, rows, b, 0, panels, bias, whole, stride);
      MemorySegment parts = canaries(arena, (long) rows * stride);
      for (int rowFrom = 0; rowFrom < rows; rowFrom += 12) {
        for (int rowTo = rowFrom; rowTo <= Math.min(rows, rowFrom + 24); rowTo++) {
          for (int from = 0; from < panels; from++) {
            int to = Math.min(panels, from + 3);
            MemorySegment expected = canaries(arena, (long) rows * stride);
            MemorySegment actual = canaries(arena, (long) rows * stride);
            TWIN.matmul(a, rowFrom, rowTo, b, from, to, bias, expected, stride);
            KERNELS.matmul(a, rowFrom, rowTo, b, from, to, bias, actual, stride);
            same(expected, actual, "rows " + rowFrom + ".." + rowTo + ", panels " + from);
          }
        }
        for (int from = 0; from < panels; from += 2) {
          int to = Math.min(panels, from + 2);
          int rowTo = Math.min(rows, rowFrom + 12);
          KERNELS.matmul(a, rowFrom, rowTo, b, from, to, bias, parts, stride);
        }
      }
      same(whole, parts, "all parts");
    }
  }

  @Test
  void matmulRefusesRangesThatAreOutside() {
    try (Arena arena = Arena.ofConfined()) {
      PackedRows a = new PackedRows(30, 5);
      WeightPanels b = WeightPanels.f32(arena.allocate(2 * 16 * 5 * 4L, 64));
      MemorySegment out = arena.allocate(30 * 32 * 4L, 64);
      for (int[] range :
          new int[][] {{1, 12}, {6, 12}, {-12, 12}, {12, 11}, {0, 37}, {36, 48}, {0, 31}}) {
        assertThrows(
            IndexOutOfBoundsException.class,
            () -> KERNELS.matmul(a, range[0], range[1], b, 0, 2, MemorySegment.NULL, out, 32),
            "rows " + range[0] + " to " + range[1]);
      }
      KERNELS.matmul(a, 24, 30, b, 0, 2, MemorySegment.NULL, out, 32);
      KERNELS.matmul(a, 24, 24, b, 0, 2, MemorySegment.NULL, out, 32);
      for (DataType type : new DataType[] {DataType.F16, DataType.BF16}) {
        MemorySegment half = arena.allocate(2 * 16 * 5 * 2L, 64);
        KERNELS.matmul(a, 0, 30, new WeightPanels(half, type), 0, 2, MemorySegment.NULL, out, 32);
        WeightPanels small = new WeightPanels(half.asSlice(0, half.byteSize() - 1), type);
        assertThrows(
            IndexOutOfBoundsException.class,
            () -> KERNELS.matmul(a, 0, 30, small, 0, 2, MemorySegment.NULL, out, 32),
            "a byte too few of " + type);
      }
    }
  }

  @Test
  void matmulIsTheProduct() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment x = random(arena, 19 * 50);
      PackedRows a = packed(x, 19, 50);
      MemorySegment data = random(arena, 2 * 16 * 50);
      WeightPanels b = WeightPanels.f32(data);
      MemorySegment bias = random(arena, 32);
      MemorySegment out = arena.allocate(19 * 32 * 4, 64);
      KERNELS.matmul(a, 0, 19, b, 0, 2, bias, out, 32);
      for (int i = 0; i < 19; i++) {
        for (int j = 0; j < 32; j++) {
          double sum = bias.getAtIndex(ValueLayout.JAVA_FLOAT, j);
          for (int k = 0; k < 50; k++) {
            sum +=
                (double) x.getAtIndex(ValueLayout.JAVA_FLOAT, i * 50L + k)
                    * data.getAtIndex(ValueLayout.JAVA_FLOAT, (j / 16 * 50L + k) * 16 + j % 16);
          }
          assertEquals(sum, out.getAtIndex(ValueLayout.JAVA_FLOAT, i * 32L + j), 1e-4);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 8, 9, 15, 16, 17, 31, 64, 100, 127, 207, 768, 3072})
  void rowsOfEverySize(int n) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment x = random(arena, n + 5);
      MemorySegment y = random(arena, n + 5);
      x.setAtIndex(ValueLayout.JAVA_FLOAT, 3, -0f);
      y.setAtIndex(ValueLayout.JAVA_FLOAT, 2, -0f);
      MemorySegment expected = canaries(arena, n);
      MemorySegment actual = canaries(arena, n);
      TWIN.layerNorm(x, 3, n, y, x, 1e-5f, expected, MARGIN);
      KERNELS.layerNorm(x, 3, n, y, x, 1e-5f, actual, MARGIN);
      same(expected, actual, "layer norm of " + n);
      TWIN.exp(x, 3, n, 0.7f, 1.5f, expected, MARGIN);
      KERNELS.exp(x, 3, n, 0.7f, 1.5f, actual, MARGIN);
      same(expected, actual, "exp of " + n);
      bits(TWIN.max(x, 3, n), KERNELS.max(x, 3, n), "max of " + n);
      bits(TWIN.sumExp(x, 3, n, 0.7f, 1), KERNELS.sumExp(x, 3, n, 0.7f, 1), "sum of exp of " + n);
      assertEquals(TWIN.countGreater(x, 3, n, 0.1f), KERNELS.countGreater(x, 3, n, 0.1f));
      for (float bound : new float[] {Float.NEGATIVE_INFINITY, -0.5f, 0.1f, 9, Float.NaN}) {
        int[] expectedPlaces = new int[n + 2];
        int[] places = new int[n + 2];
        int from = n / 3;
        int count = TWIN.indicesWithin(x, 3, from, n, bound, 0.7f, expectedPlaces, 2);
        assertEquals(count, KERNELS.indicesWithin(x, 3, from, n, bound, 0.7f, places, 2));
        assertArrayEquals(expectedPlaces, places, "at least " + bound + " of " + n);
      }
      bits(
          TWIN.shiftedDot(x, 3, y, 2, n, 0.6f),
          KERNELS.shiftedDot(x, 3, y, 2, n, 0.6f),
          "shifted dot of " + n);
      TWIN.moments(x, 3, n, 2, expected, MARGIN);
      KERNELS.moments(x, 3, n, 2, actual, MARGIN);
      same(expected, actual, "moments of " + n);
      MemorySegment first = copy(arena, x);
      MemorySegment second = copy(arena, x);
      TWIN.gelu(first, 2, n);
      KERNELS.gelu(second, 2, n);
      same(first, second, "gelu of " + n);
      TWIN.add(first, 3, y, 2, n);
      KERNELS.add(second, 3, y, 2, n);
      TWIN.scale(first, 1, n, 0.3f);
      KERNELS.scale(second, 1, n, 0.3f);
      bits(
          TWIN.softmaxNumerators(first, 2, n),
          KERNELS.softmaxNumerators(second, 2, n),
          "softmax of " + n);
      same(first, second, "add, scale, softmax of " + n);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 16, 20, 32, 64, 80, 100})
  void attention(int headSize) {
    try (Arena arena = Arena.ofConfined()) {
      for (int rows : new int[] {1, 2, 3, 4, 5}) {
        int qStride = headSize + 3;
        MemorySegment q = random(arena, (long) rows * qStride + 3);
        MemorySegment keys = random(arena, headSize * 64L);
        for (int positions : new int[] {1, 16, 17, 32, 64}) {
          MemorySegment expected = canaries(arena, rows * 70L);
          MemorySegment actual = canaries(arena, rows * 70L);
          TWIN.attentionScores(
              q, 3, qStride, rows, headSize, keys, 0, positions, 0.125f, expected, MARGIN, 70);
          KERNELS.attentionScores(
              q, 3, qStride, rows, headSize, keys, 0, positions, 0.125f, actual, MARGIN, 70);
          same(expected, actual, "scores of " + rows + " rows, " + positions + " positions");
        }
        long panel = 33 * 16;
        MemorySegment values = random(arena, (headSize + 15) / 16 * panel);
        for (int positions : new int[] {1, 2, 31, 32}) {
          MemorySegment weights = random(arena, rows * 35L);
          int stride = headSize + 2;
          MemorySegment expected = canaries(arena, (long) rows * stride);
          MemorySegment actual = canaries(arena, (long) rows * stride);
          for (int again = 0; again < 2; again++) { // the second time on top of the first
            TWIN.attentionValues(
                weights, 1, 35, rows, positions, values, 0, panel, headSize, expected, MARGIN,
                stride);
            KERNELS.attentionValues(
                weights, 1, 35, rows, positions, values, 0, panel, headSize, actual, MARGIN,
                stride);
          }
          same(expected, actual, "values of " + rows + " rows, " + positions + " positions");
        }
      }
    }
  }

  /** Halves as they lie in the cache: lines of 32, from floats of small and of large exponents. */
  private MemorySegment halves(Arena arena, int lines) {
    MemorySegment memory = arena.allocate((long) lines * Halves.LINE_BYTES, 64);
    for (int i = 0; i < lines * Halves.LINE_ELEMENTS; i++) {
      float x = (float) random.nextGaussian() * Math.scalb(1f, random.nextInt(30) - 20);
      memory.setAtIndex(ValueLayout.JAVA_SHORT, i, Halves.narrow(x));
    }
    return memory;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 16, 20, 32, 64, 80, 100})
  void attentionOverHalves(int headSize) {
    int panels = (headSize + 31) / 32;
    try (Arena arena = Arena.ofConfined()) {
      for (int rows : new int[] {1, 2, 3, 4, 5}) {
        int qStride = headSize + 3;
        MemorySegment q = random(arena, (long) rows * qStride + 3);
        MemorySegment keys = halves(arena, 2 * headSize);
        for (int positions : new int[] {1, 32, 33, 64}) {
          MemorySegment expected = canaries(arena, rows * 70L);
          MemorySegment actual = canaries(arena, rows * 70L);
          TWIN.attentionScoresHalf(
              q, 3, qStride, rows, headSize, keys, 0, positions, 0.125f, expected, MARGIN, 70);
          KERNELS.attentionScoresHalf(
              q, 3, qStride, rows, headSize, keys, 0, positions, 0.125f, actual, MARGIN, 70);
          same(expected, actual, "scores of " + rows + " rows, " + positions + " positions");
        }
        long panel = 33 * Halves.LINE_WORDS;
        MemorySegment values = halves(arena, panels * 33);
        for (int positions : new int[] {1, 2, 31, 32}) {
          MemorySegment weights = random(arena, rows * 35L);
          int stride = headSize + 2;
          MemorySegment expected = canaries(arena, (long) rows * stride);
          MemorySegment actual = canaries(arena, (long) rows * stride);
          for (int again = 0; again < 2; again++) {
            TWIN.attentionValuesHalf(
                weights, 1, 35, rows, positions, values, 0, panel, headSize, expected, MARGIN,
                stride);
            KERNELS.attentionValuesHalf(
                weights, 1, 35, rows, positions, values, 0, panel, headSize, actual, MARGIN,
                stride);
          }
          same(expected, actual, "values of " + rows + " rows, " + positions + " positions");
        }
      }
    }
  }

  /** A page of the cache as the model goes over it: heads and blocks in one call. */
  @ParameterizedTest
  @ValueSource(ints = {5, 16, 20, 32, 48, 64, 80, 96})
  void attentionOverRuns(int headSize) {
    for (boolean half : new boolean[] {false, true}) {
      for (int heads : new int[] {1, 3}) {
        for (int rows = 1; rows <= 5; rows++) {
          for (int positions : new int[] {1, 5, 16, 17, 32, 33, 64, 70}) {
            try (Arena arena = Arena.ofConfined()) {
              run(arena, half, headSize, heads, rows, positions);
            }
          }
        }
      }
    }
  }

  private void run(Arena arena, boolean half, int headSize, int heads, int rows, int positions) {
    String what =
        (half ? "halves, " : "floats, ") + heads + " heads, " + rows + " rows, " + positions;
    int blocks = Math.ceilDiv(positions, Kernels.CACHE_BLOCK);
    int columns = half ? Halves.LINE_ELEMENTS : Kernels.LANES;
    int keyLines = Kernels.CACHE_BLOCK / columns * headSize;
    int valueLines = Math.ceilDiv(headSize, columns) * Kernels.CACHE_BLOCK;
    int qStride = heads * headSize + 3;
    int stride = blocks * Kernels.CACHE_BLOCK + 5;
    long headStride = (long) rows * stride + 2;
    CacheRun keys = cacheRun(arena, half, keyLines, heads, headSize, positions);
    MemorySegment q = random(arena, (long) rows * qStride + 3);
    MemorySegment expected = canaries(arena, heads * headStride);
    MemorySegment actual = canaries(arena, heads * headStride);
    TWIN.attentionScores(keys, q, 3, qStride, rows, 0.3f, expected, MARGIN, stride, headStride);
    KERNELS.attentionScores(keys, q, 3, qStride, rows, 0.3f, actual, MARGIN, stride, headStride);
    same(expected, actual, "scores of " + what);
    CacheRun values = cacheRun(arena, half, valueLines, heads, headSize, positions);
    MemorySegment weights = random(arena, heads * headStride + 1);
    expected = canaries(arena, (long) rows * qStride);
    actual = canaries(arena, (long) rows * qStride);
    for (int again = 0; again < 2; again++) { // the second time on top of the first
      TWIN.attentionValues(values, weights, 1, stride, headStride, rows, expected, MARGIN, qStride);
      KERNELS.attentionValues(
          values, weights, 1, stride, headStride, rows, actual, MARGIN, qStride);
    }
    same(expected, actual, "values of " + what);
  }

  private CacheRun cacheRun(
      Arena arena, boolean half, int lines, int heads, int headSize, int positions) {
    int blocks = Math.ceilDiv(positions, Kernels.CACHE_BLOCK);
    int all = blocks * heads * lines;
    MemorySegment memory =
        half ? halves(arena, all) : random(arena, (long) all * Halves.LINE_WORDS);
    long head = (long) lines * Halves.LINE_WORDS;
    return new CacheRun(memory, half, 0, head, heads * head, heads, headSize, positions);
  }

  @Test
  void halvesAreTheNearestAndWidenExactly() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      float truth = Float.float16ToFloat((short) bits);
      if (Float.isFinite(truth)) {
        assertEquals(truth, Halves.widen((short) bits) * Halves.SCALE, "half " + bits);
        assertEquals((short) bits, Halves.narrow(truth), "float " + truth);
      }
    }
    assertEquals(Halves.MAX, Float.float16ToFloat(Halves.narrow(1e6f)));
    assertEquals(-Halves.MAX, Float.float16ToFloat(Halves.narrow(Float.NEGATIVE_INFINITY)));
    assertTrue(Float.isNaN(Float.float16ToFloat(Halves.narrow(Float.NaN))));
  }

  /** Error of exp of the float with these bits, in units of the last place of the result. */
  private static double ulps(int bits) {
    float x = Float.intBitsToFloat(bits);
    if (x < ScalarKernels.EXP_MIN) {
      return 0;
    }
    double truth = StrictMath.exp(x);
    return Math.abs(ScalarKernels.exp(x) - truth) / Math.ulp((float) truth);
  }

  @Test
  void expAndGeluAreCloseToTheTruth() {
    double worst = 0;
    int least = Float.floatToRawIntBits(1e-9f);
    for (int bits = least; bits < Float.floatToRawIntBits(ScalarKernels.EXP_MAX); bits += 7) {
      worst = Math.max(worst, Math.max(ulps(bits), ulps(bits | Integer.MIN_VALUE)));
    }
    assertTrue(worst < 1, "error of exp " + worst + " ulp");
    assertEquals(0f, ScalarKernels.exp(Float.NEGATIVE_INFINITY));
    assertEquals(1f, ScalarKernels.exp(0));
    double worstGelu = 0;
    for (float x = -12; x < 12; x += 0.00037f) {
      double u = 0.7978845608028654 * (x + 0.044715 * x * x * x);
      worstGelu =
          Math.max(
              worstGelu,
              Math.abs(ScalarKernels.gelu(x) - 0.5 * x * (1 + StrictMath.tanh(u)))
                  / Math.max(1, Math.abs(x)));
    }
    assertTrue(worstGelu < 1e-6, "error of gelu " + worstGelu);
    for (float x : new float[] {-1e6f, -100, 100, 1e6f}) {
      assertEquals(x < 0 ? 0 : x, ScalarKernels.gelu(x), 1e-30);
    }
  }

  @Test
  void rangesAreCheckedAtEntry() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment x = arena.allocate(40, 64);
      assertThrows(IndexOutOfBoundsException.class, () -> KERNELS.gelu(x, 3, 8));
      assertThrows(IndexOutOfBoundsException.class, () -> KERNELS.max(x, -1, 3));
      int[] indices = new int[8];
      for (int[] range : new int[][] {{3, 0, 8, 0}, {-1, 0, 8, 0}, {2, -1, 6, 0}, {0, 5, 4, 0}}) {
        assertThrows(
            IndexOutOfBoundsException.class,
            () -> KERNELS.indicesWithin(x, range[0], range[1], range[2], 0, 1, indices, range[3]));
      }
      for (int count : new int[] {-1, 1, 8, Integer.MAX_VALUE}) {
        assertThrows(
            IndexOutOfBoundsException.class,
            () -> KERNELS.indicesWithin(x, 0, 0, 8, 0, 1, indices, count));
      }
      assertThrows(
          IndexOutOfBoundsException.class,
          () ->
              KERNELS.matmul(
                  new PackedRows(1, 5),
                  0,
                  1,
                  WeightPanels.f32(x),
                  0,
                  1,
                  MemorySegment.NULL,
                  x,
                  16));
      assertThrows(
          IndexOutOfBoundsException.class, () -> new PackedRows(5, 2).set(x, 0, 2, 5, 2, 9, 0));
      assertThrows(
          IllegalArgumentException.class,
          () -> KERNELS.gelu(MemorySegment.ofArray(new float[9]), 0, 8));
    }
  }
}
