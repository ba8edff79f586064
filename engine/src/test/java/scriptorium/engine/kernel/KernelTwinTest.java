package scriptorium.engine.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every kernel gives the bits of its scalar twin and writes nothing beside its output. */
@Tag("widths")
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

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 6, 7, 8, 9, 11, 12, 13, 24, 31, 47, 48})
  void matmul(int rows) {
    for (int depth : new int[] {1, 5, 20, 127}) {
      for (int columns : new int[] {16, 20, 48, 272}) {
        try (Arena arena = Arena.ofConfined()) {
          int panels = (columns + 15) / 16;
          MemorySegment a = random(arena, (rows + 11) / 12 * 12L * depth);
          MemorySegment b = random(arena, (long) panels * 16 * depth);
          MemorySegment bias = random(arena, panels * 16L);
          int stride = panels * 16 + 3;
          int from = panels / 3;
          MemorySegment expected = canaries(arena, (long) rows * stride);
          MemorySegment actual = canaries(arena, (long) rows * stride);
          for (MemorySegment with : new MemorySegment[] {bias, MemorySegment.NULL}) {
            TWIN.matmul(a, rows, depth, b, from, panels, with, expected, stride);
            KERNELS.matmul(a, rows, depth, b, from, panels, with, actual, stride);
            same(expected, actual, rows + "x" + depth + "x" + columns);
          }
        }
      }
    }
  }

  @Test
  void matmulIsTheProduct() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment a = random(arena, 12 * 50);
      MemorySegment b = random(arena, 2 * 16 * 50);
      MemorySegment bias = random(arena, 32);
      MemorySegment out = arena.allocate(7 * 32 * 4, 64);
      KERNELS.matmul(a, 7, 50, b, 0, 2, bias, out, 32);
      for (int i = 0; i < 7; i++) {
        for (int j = 0; j < 32; j++) {
          double sum = bias.getAtIndex(ValueLayout.JAVA_FLOAT, j);
          for (int k = 0; k < 50; k++) {
            sum +=
                (double) a.getAtIndex(ValueLayout.JAVA_FLOAT, k * 12L + i)
                    * b.getAtIndex(ValueLayout.JAVA_FLOAT, (j / 16 * 50L + k) * 16 + j % 16);
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
      MemorySegment q = random(arena, headSize + 3);
      MemorySegment page = random(arena, headSize * 64L);
      for (int groups = 1; groups <= 4; groups++) {
        MemorySegment expected = canaries(arena, 64);
        MemorySegment actual = canaries(arena, 64);
        TWIN.attentionScores(q, 3, headSize, page, 0, 64, groups, 0.125f, expected, MARGIN);
        KERNELS.attentionScores(q, 3, headSize, page, 0, 64, groups, 0.125f, actual, MARGIN);
        same(expected, actual, "scores of " + groups + " groups");
      }
      for (int positions : new int[] {1, 2, 31, 32}) {
        MemorySegment expected = canaries(arena, headSize);
        MemorySegment actual = canaries(arena, headSize);
        TWIN.attentionValues(q, 0, 1, page, 0, headSize, headSize, expected, MARGIN);
        KERNELS.attentionValues(q, 0, 1, page, 0, headSize, headSize, actual, MARGIN);
        MemorySegment weights = random(arena, positions);
        TWIN.attentionValues(weights, 0, positions, page, 0, headSize, headSize, expected, MARGIN);
        KERNELS.attentionValues(weights, 0, positions, page, 0, headSize, headSize, actual, MARGIN);
        same(expected, actual, "values of " + positions + " positions");
      }
    }
  }

  @Test
  void expAndGeluAreCloseToTheTruth() {
    double worst = 0;
    for (float x = -87; x < 88; x += 0.00137f) {
      double truth = StrictMath.exp(x);
      worst = Math.max(worst, Math.abs(ScalarKernels.exp(x) - truth) / truth);
    }
    assertTrue(worst < 2.5e-7, "relative error of exp " + worst);
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
      assertThrows(
          IndexOutOfBoundsException.class,
          () -> KERNELS.matmul(x, 1, 5, x, 0, 1, MemorySegment.NULL, x, 16));
      assertThrows(
          IllegalArgumentException.class,
          () -> KERNELS.gelu(MemorySegment.ofArray(new float[9]), 0, 8));
    }
  }
}
