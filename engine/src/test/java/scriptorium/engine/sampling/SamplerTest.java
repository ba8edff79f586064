package scriptorium.engine.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import scriptorium.engine.kernel.KernelProvider;
import scriptorium.engine.kernel.Kernels;
import scriptorium.engine.kernel.ScalarKernels;
import scriptorium.engine.memory.OffHeap;

/** The sampler against the plain definition, and its draws against the exact distribution. */
class SamplerTest {
  private static final OffHeap MEMORY = new OffHeap();
  private static final Kernels KERNELS = KernelProvider.kernels();

  @AfterAll
  static void close() {
    MEMORY.close();
  }

  private static LogitsRow row(float[] logits) {
    MemorySegment memory = MEMORY.floats(logits.length);
    MemorySegment.copy(logits, 0, memory, ValueLayout.JAVA_FLOAT, 0, logits.length);
    int chunks = (logits.length + LogitsRow.CHUNK - 1) / LogitsRow.CHUNK;
    MemorySegment summaries = MEMORY.floats(2L * chunks);
    for (int chunk = 0; chunk < chunks; chunk++) {
      int size = Math.min(LogitsRow.CHUNK, logits.length - chunk * LogitsRow.CHUNK);
      float max = KERNELS.max(memory, (long) chunk * LogitsRow.CHUNK, size);
      summaries.setAtIndex(ValueLayout.JAVA_FLOAT, 2L * chunk, max);
      summaries.setAtIndex(
          ValueLayout.JAVA_FLOAT,
          2L * chunk + 1,
          KERNELS.sumExp(memory, (long) chunk * LogitsRow.CHUNK, size, 1, max));
    }
    LogitsRow row = new LogitsRow(KERNELS, logits.length, MEMORY);
    row.set(memory, 0, summaries, 0);
    return row;
  }

  /**
   * Weights of all tokens by the plain definition: sort, cut, nothing clever; 0 where a token is
   * not kept.
   */
  private static double[] reference(float[] logits, double temperature, int topK, double topP) {
    float divisor = (float) temperature;
    float max = Float.NEGATIVE_INFINITY;
    for (float logit : logits) {
      max = Math.max(max, logit);
    }
    double[] weights = new double[logits.length];
    for (int i = 0; i < logits.length; i++) {
      weights[i] = ScalarKernels.exp(logits[i] / divisor - max / divisor);
    }
    if (topK > 0 && topK < logits.length) {
      float[] sorted = logits.clone();
      Arrays.sort(sorted);
      float bound = sorted[sorted.length - topK];
      for (int i = 0; i < logits.length; i++) {
        weights[i] = logits[i] >= bound ? weights[i] : 0;
      }
    }
    if (topP < 1) {
      double total = Arrays.stream(weights).sum();
      int[] order =
          IntStream.range(0, weights.length)
              .boxed()
              .sorted(Comparator.<Integer>comparingDouble(i -> -weights[i]).thenComparing(i -> i))
              .mapToInt(i -> i)
              .toArray();
      double cumulative = 0;
      for (int i : order) {
        if (cumulative >= topP * total) {
          weights[i] = 0;
        } else {
          cumulative += weights[i];
        }
      }
    }
    return weights;
  }

  private static int draw(double[] weights, double uniform) {
    double target = uniform * Arrays.stream(weights).sum();
    double cumulative = 0;
    int last = 0;
    for (int i = 0; i < weights.length; i++) {
      if (weights[i] > 0) {
        cumulative += weights[i];
        last = i;
        if (cumulative > target) {
          break;
        }
      }
    }
    return last;
  }

  private static float[] logits(Random random, int size, int kind) {
    float[] logits = new float[size];
    for (int i = 0; i < size; i++) {
      logits[i] =
          switch (kind) {
            case 0 -> (float) random.nextGaussian() * 3;
            case 1 -> random.nextInt(4); // ties in masses
            case 2 -> 1;
            default -> (float) (-Math.log(1 + i) + random.nextGaussian());
          };
    }
    return logits;
  }

  @Test
  void drawsEqualThePlainDefinition() {
    long seed = 20;
    Random random = new Random(seed);
    for (int round = 0; round < 4000; round++) {
      int size = round % 40 == 0 ? 50257 : 1 + random.nextInt(round % 4 == 0 ? 1200 : 40);
      float[] logits = logits(random, size, random.nextInt(4));
      double temperature = random.nextInt(3) == 0 ? 1 : 0.3 + random.nextDouble() * 2;
      int topK = random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(60);
      double topP = random.nextInt(2) == 0 ? 1 : 0.05 + random.nextDouble() * 0.94;
      double uniform = random.nextDouble();
      Sampler sampler = new Sampler(KERNELS, size, MEMORY);
      LogitsRow row = row(logits);
      int token = sampler.sample(row, temperature, topK, topP, uniform);
      double[] weights = reference(logits, temperature, topK, topP);
      double total = Arrays.stream(weights).sum();
      String which =
          "seed " + seed + " round " + round + " size " + size + " k " + topK + " p " + topP;
      if (topK == 0 && topP == 1) {
        // Chunk sums round differently from one long sum: a neighbour may be drawn at a border, and
        // only there.
        double before = Arrays.stream(weights).limit(token).sum();
        assertTrue(
            before <= (uniform + 1e-6) * total
                && before + weights[token] >= (uniform - 1e-6) * total,
            which);
      } else {
        assertEquals(draw(weights, uniform), token, which);
      }
      assertEquals(StrictMath.log(weights[token] / total), sampler.logProbability(), 2e-6, which);
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 0, 1", "1, 40, 1", "1, 0, 0.9", "0.7, 0, 1", "0.7, 40, 0.9"})
  void aMillionDrawsFollowTheExactDistribution(double temperature, int topK, double topP) {
    float[] logits = logits(new Random(5), 300, 3);
    double[] weights = reference(logits, temperature, topK, topP);
    double total = Arrays.stream(weights).sum();
    LogitsRow row = row(logits);
    Sampler sampler = new Sampler(KERNELS, logits.length, MEMORY);
    int[] counts = new int[logits.length];
    int draws = 1_000_000;
    for (int i = 0; i < draws; i++) {
      counts[sampler.sample(row, temperature, topK, topP, SampleRandom.uniform(99, i, 1, 0))]++;
    }
    double chiSquare = 0;
    int cells = -1;
    double restExpected = 0;
    double restCount = 0;
    for (int i = 0; i < counts.length; i++) {
      double expected = weights[i] / total * draws;
      if (expected >= 10) {
        chiSquare += (counts[i] - expected) * (counts[i] - expected) / expected;
        cells++;
      } else {
        assertTrue(weights[i] > 0 || counts[i] == 0, "token " + i + " is not kept and was drawn");
        restExpected += expected;
        restCount += counts[i];
      }
    }
    if (restExpected >= 10) {
      chiSquare += (restCount - restExpected) * (restCount - restExpected) / restExpected;
      cells++;
    }
    // Wilson-Hilferty: a standard normal; 3.7 is one chance in ten thousand.
    double normal =
        (Math.cbrt(chiSquare / cells) - (1 - 2.0 / (9 * cells))) / Math.sqrt(2.0 / (9 * cells));
    System.out.printf(
        "T %s top-k %d top-p %s: chi-square %.1f, %d degrees, z %.2f%n",
        temperature, topK, topP, chiSquare, cells, normal);
    assertTrue(Math.abs(normal) < 3.7, "z " + normal);
  }

  @Test
  void temperatureZeroTakesTheLowestOfTheLikeliest() {
    float[] logits = new float[700];
    logits[300] = 5;
    logits[299] = 5;
    logits[650] = 5;
    Sampler sampler = new Sampler(KERNELS, logits.length, MEMORY);
    assertEquals(299, sampler.sample(row(logits), 0, 40, 0.5, 0.99));
    assertEquals(0, sampler.logProbability());
  }

  @Test
  void logitsThatAreNotFiniteAreAnError() {
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      float[] logits = new float[300];
      logits[270] = bad;
      assertThrows(ArithmeticException.class, () -> row(logits));
    }
  }
}
