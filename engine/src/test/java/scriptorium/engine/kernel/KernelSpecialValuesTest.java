package scriptorium.engine.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The ops over rows give the bits of the scalar twin for values of every kind, at every size around
 * whole vectors; where the twin gives a NaN they give one, of any payload.
 */
@Tag("widths")
class KernelSpecialValuesTest {
  private static final Kernels KERNELS = KernelProvider.kernels();
  private static final Kernels TWIN = new ScalarKernels();
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;
  private static final int MARGIN = 20;
  private static final long SEED = 19;
  private static final float[] VALUES = {
    0f,
    -0f,
    Float.NaN,
    Float.intBitsToFloat(0xffc0_0001), // negative, with a payload
    Float.intBitsToFloat(0x7f80_0001), // signals
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    Float.MIN_VALUE,
    -Float.MIN_VALUE,
    Math.nextDown(Float.MIN_NORMAL),
    -Float.MIN_NORMAL,
    Float.MAX_VALUE,
    -Float.MAX_VALUE,
    1e-30f,
    -1e-30f,
    1e30f,
    1f,
    -1f,
    ScalarKernels.EXP_MAX,
    Math.nextUp(ScalarKernels.EXP_MAX),
    Math.nextDown(ScalarKernels.EXP_MAX),
    ScalarKernels.EXP_MIN,
    Math.nextUp(ScalarKernels.EXP_MIN),
    Math.nextDown(ScalarKernels.EXP_MIN)
  };

  private final Random random = new Random(SEED);

  /** Two times the same memory: for the twin and for the kernels. */
  private record Pair(MemorySegment expected, MemorySegment actual) {
    static Pair of(Arena arena, float[] values) {
      return new Pair(segment(arena, values), segment(arena, values));
    }

    private static MemorySegment segment(Arena arena, float[] values) {
      return arena.allocate(4L * values.length, 64).copyFrom(MemorySegment.ofArray(values));
    }

    void assertSame(String what) {
      for (long i = 0; i < expected.byteSize() / 4; i++) {
        same(expected.getAtIndex(FLOAT, i), actual.getAtIndex(FLOAT, i), what + " at " + i);
      }
    }
  }

  private static void same(float expected, float actual, String what) {
    assertEquals(
        Float.floatToIntBits(expected),
        Float.floatToIntBits(actual),
        () -> what + ": " + expected + ", " + actual + "; seed " + SEED);
  }

  private float special() {
    return VALUES[random.nextInt(VALUES.length)];
  }

  /** Floats of a row and around it, one in {@code rarity} special. */
  private float[] row(int n, int rarity) {
    float[] row = new float[n + 2 * MARGIN];
    for (int i = 0; i < row.length; i++) {
      float large = random.nextInt(4) == 0 ? 60 : 1;
      row[i] = random.nextInt(rarity) == 0 ? special() : (float) random.nextGaussian() * large;
    }
    return row;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 20, 100_000})
  void everyOpAtEverySize(int rarity) {
    for (int n = 1; n <= 70; n++) {
      everyOp(n, rarity);
    }
    for (int n : new int[] {127, 128, 129, 255, 256, 257, 768, 1000, 3072}) {
      everyOp(n, rarity);
    }
  }

  private void everyOp(int n, int rarity) {
    String what = " of " + n + ", one special of " + rarity;
    try (Arena arena = Arena.ofConfined()) {
      Pair x = Pair.of(arena, row(n, rarity));
      Pair y = Pair.of(arena, row(n, rarity));
      Pair z = Pair.of(arena, row(n, rarity));
      int from = random.nextInt(MARGIN);
      float temperature = random.nextBoolean() ? 1 : random.nextInt(4) == 0 ? special() : 0.7f;
      float shift = random.nextInt(4) == 0 ? special() : 1.5f;
      reductions(x, from, y, 3, n, temperature, shift, what);
      for (int k = 0; k < 2; k++) {
        Kernels kernels = k == 0 ? TWIN : KERNELS;
        MemorySegment a = k == 0 ? x.expected : x.actual;
        MemorySegment b = k == 0 ? y.expected : y.actual;
        MemorySegment out = k == 0 ? z.expected : z.actual;
        kernels.exp(a, from, n, temperature, shift, out, 3);
        kernels.moments(a, from, n, shift, out, n + 5);
        kernels.add(out, 2, b, from, n);
        kernels.scale(out, 1, n, shift);
        kernels.gelu(b, from, n);
        kernels.exp(b, 3, n, temperature, shift, b, 3);
        kernels.layerNorm(a, from, n, b, a, 1e-5f, out, MARGIN);
      }
      x.assertSame("input" + what);
      y.assertSame("gelu, exp in place" + what);
      z.assertSame("exp, moments, add, scale, layer norm" + what);
      same(
          TWIN.softmaxNumerators(x.expected, from, n),
          KERNELS.softmaxNumerators(x.actual, from, n),
          "sum of softmax" + what);
      x.assertSame("softmax" + what);
    }
  }

  private static void reductions(
      Pair x, int from, Pair y, int yFrom, int n, float temperature, float shift, String what) {
    same(TWIN.max(x.expected, from, n), KERNELS.max(x.actual, from, n), "max" + what);
    same(
        TWIN.sumExp(x.expected, from, n, temperature, shift),
        KERNELS.sumExp(x.actual, from, n, temperature, shift),
        "sum of exp" + what);
    same(
        TWIN.shiftedDot(x.expected, from, y.expected, yFrom, n, shift),
        KERNELS.shiftedDot(x.actual, from, y.actual, yFrom, n, shift),
        "shifted dot" + what);
    assertEquals(
        TWIN.countGreater(x.expected, from, n, shift),
        KERNELS.countGreater(x.actual, from, n, shift),
        "count" + what);
  }

  /** One special value in each place, among others that leave the result to it. */
  @ParameterizedTest
  @ValueSource(ints = {1, 16, 33, 47})
  void oneValueInEachPlace(int n) {
    try (Arena arena = Arena.ofConfined()) {
      for (float others : new float[] {0f, -0f, -1f, Float.NEGATIVE_INFINITY}) {
        for (float value : VALUES) {
          for (int place = 0; place < n; place++) {
            float[] row = new float[n];
            Arrays.fill(row, others);
            row[place] = value;
            Pair x = Pair.of(arena, row);
            String what = value + " at " + place + " of " + n + ", others " + others;
            reductions(x, 0, x, 0, n, 1, 0, ", " + what);
            same(
                TWIN.softmaxNumerators(x.expected, 0, n),
                KERNELS.softmaxNumerators(x.actual, 0, n),
                "softmax, " + what);
            x.assertSame("softmax, " + what);
          }
        }
      }
    }
  }

  /** A product that underflows leaves -0 in a lane, which the end of a row must not touch. */
  @Test
  void lanesOfMinusZeroStay() {
    float[] tiny = new float[80];
    float[] minus = new float[80];
    Arrays.fill(tiny, 1e-30f);
    Arrays.fill(minus, -1e-30f);
    try (Arena arena = Arena.ofConfined()) {
      Pair x = Pair.of(arena, tiny);
      Pair y = Pair.of(arena, minus);
      for (int n = 1; n <= 80; n++) {
        float expected = TWIN.shiftedDot(x.expected, 0, y.expected, 0, n, 0);
        assertEquals(n < 16 ? 0f : -0f, expected);
        same(expected, KERNELS.shiftedDot(x.actual, 0, y.actual, 0, n, 0), "dot of " + n);
      }
    }
  }

  /** Bit by bit around the ends of exp's range, and around where its whole part changes. */
  @Test
  void expAmongTheNeighboursOfItsLimits() {
    int around = 1000;
    float[] row = new float[2 * around + 1];
    for (int half = -260; half <= 260; half++) {
      float center =
          half == -260
              ? ScalarKernels.EXP_MIN
              : half == 260 ? ScalarKernels.EXP_MAX : half / (2 * ScalarKernels.LOG2_E);
      for (int i = -around; i <= around; i++) {
        row[around + i] = Float.intBitsToFloat(Float.floatToRawIntBits(center) + i);
      }
      try (Arena arena = Arena.ofConfined()) {
        Pair x = Pair.of(arena, row);
        TWIN.exp(x.expected, 0, row.length, 1, 0, x.expected, 0);
        KERNELS.exp(x.actual, 0, row.length, 1, 0, x.actual, 0);
        x.assertSame("exp around " + center);
      }
    }
  }

  /** Packed bits are those of the source, and no other place changes. */
  @Test
  void packMovesEveryBit() {
    for (int rows = 0; rows <= 12; rows++) {
      for (int n : new int[] {0, 1, 3, 4, 7, 8, 9, 16, 31, 64, 77}) {
        int row = 12 + random.nextInt(13 - rows);
        int column = random.nextInt(5);
        int depth = n + column + random.nextInt(3);
        int stride = n + random.nextInt(3);
        float[] source = row(rows * stride, 3);
        PackedRows expected = new PackedRows(30, depth);
        PackedRows actual = new PackedRows(30, depth);
        Arrays.fill(expected.data(), -7f);
        Arrays.fill(actual.data(), -7f);
        try (Arena arena = Arena.ofConfined()) {
          Pair x = Pair.of(arena, source);
          TWIN.pack(expected, x.expected, 5, stride, rows, n, row, column);
          KERNELS.pack(actual, x.actual, 5, stride, rows, n, row, column);
        }
        String what = rows + " rows of " + n + " at row " + row + ", column " + column;
        for (int i = 0; i < expected.data().length; i++) {
          assertEquals(
              Float.floatToRawIntBits(expected.data()[i]),
              Float.floatToRawIntBits(actual.data()[i]),
              what + ", place " + i);
        }
        for (int r = 0; r < rows; r++) {
          for (int k = 0; k < n; k++) {
            assertEquals(
                Float.floatToRawIntBits(source[5 + r * stride + k]),
                Float.floatToRawIntBits(actual.get(row + r, column + k)),
                what);
          }
        }
      }
    }
    assertTrue(Float.isNaN(VALUES[4]), "a NaN that signals is among the values");
  }

  @Test
  void rowsWithoutFloatsChangeNothing() {
    try (Arena arena = Arena.ofConfined()) {
      Pair x = Pair.of(arena, row(0, 2));
      for (int k = 0; k < 2; k++) {
        Kernels kernels = k == 0 ? TWIN : KERNELS;
        MemorySegment a = k == 0 ? x.expected : x.actual;
        kernels.add(a, 1, a, 2, 0);
        kernels.scale(a, 1, 0, 2);
        kernels.gelu(a, 1, 0);
        kernels.layerNorm(a, 1, 0, a, a, 1, a, 3);
        kernels.exp(a, 1, 0, 1, 0, a, 3);
        kernels.moments(a, 1, 0, 1, a, 3);
        assertEquals(0f, kernels.sumExp(a, 1, 0, 1, 0));
        assertEquals(0f, kernels.shiftedDot(a, 1, a, 2, 0, 0));
        assertEquals(0, kernels.countGreater(a, 1, 0, 0));
      }
      x.assertSame("rows without floats");
    }
  }
}
