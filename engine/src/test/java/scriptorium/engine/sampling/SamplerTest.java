package scriptorium.engine.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import scriptorium.engine.kernel.ChunkedLogits;
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
    return row(logits, MEMORY);
  }

  static LogitsRow row(float[] logits, OffHeap offHeap) {
    MemorySegment memory = offHeap.floats(logits.length);
    MemorySegment.copy(logits, 0, memory, ValueLayout.JAVA_FLOAT, 0, logits.length);
    ChunkedLogits chunked =
        new ChunkedLogits(
            memory,
            0,
            offHeap.floats(ChunkedLogits.summaryFloats(logits.length)),
            0,
            logits.length);
    for (int chunk = 0; chunk < chunked.chunkCount(); chunk++) {
      chunked.summarise(KERNELS, chunk);
    }
    LogitsRow row = new LogitsRow(KERNELS, logits.length, offHeap);
    row.set(chunked);
    return row;
  }

  /**
   * Weights of all tokens by the plain definition: sort, cut, nothing clever; 0 where a token is
   * not kept.
   */
  private static double[] reference(float[] logits, SamplingConfig config) {
    float divisor = (float) config.temperature();
    float max = Float.NEGATIVE_INFINITY;
    for (float logit : logits) {
      max = Math.max(max, logit);
    }
    double[] weights = new double[logits.length];
    for (int i = 0; i < logits.length; i++) {
      weights[i] = ScalarKernels.exp(logits[i] / divisor - max / divisor);
    }
    int topK = config.topK();
    if (topK > 0 && topK < logits.length) {
      float[] sorted = logits.clone();
      Arrays.sort(sorted);
      float bound = sorted[sorted.length - topK];
      for (int i = 0; i < logits.length; i++) {
        weights[i] = logits[i] >= bound ? weights[i] : 0;
      }
    }
    double topP = config.topPLow();
    if (topP < 1) {
      double total = Arrays.stream(weights).sum();
      double cumulative = 0;
      for (int i : order(weights.length, i -> -weights[i])) {
        if (cumulative >= topP * total) {
          weights[i] = 0;
        } else {
          cumulative += weights[i];
        }
      }
    }
    double most = Arrays.stream(weights).max().orElseThrow();
    for (int i = 0; i < weights.length; i++) {
      weights[i] = weights[i] < config.minP() * most ? 0 : weights[i];
    }
    if (config.typicalP() < 1) {
      cutToTypical(logits, divisor, max / divisor, weights, config.typicalP());
    }
    return weights;
  }

  /** Distances from the entropy in float, as the sampler's contract says. */
  private static void cutToTypical(
      float[] logits, float divisor, float shift, double[] weights, double mass) {
    double total = 0;
    double mean = 0;
    for (int i = 0; i < weights.length; i++) {
      total += weights[i];
      mean += weights[i] == 0 ? 0 : weights[i] * (logits[i] / divisor - shift);
    }
    double middle = mean / total;
    double[] distances = new double[weights.length];
    for (int i = 0; i < weights.length; i++) {
      distances[i] =
          weights[i] == 0
              ? Double.POSITIVE_INFINITY
              : (float) Math.abs(logits[i] / divisor - shift - middle);
    }
    double cumulative = 0;
    double furthest = 0;
    for (int i : order(weights.length, i -> distances[i])) {
      if (cumulative < mass * total) {
        cumulative += weights[i];
        furthest = distances[i];
      }
    }
    for (int i = 0; i < weights.length; i++) {
      weights[i] = distances[i] <= furthest ? weights[i] : 0;
    }
  }

  private static int[] order(int size, IntToDoubleFunction key) {
    return IntStream.range(0, size)
        .boxed()
        .sorted(Comparator.<Integer>comparingDouble(key::applyAsDouble).thenComparing(i -> i))
        .mapToInt(i -> i)
        .toArray();
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
            case 4 -> random.nextInt(3) == 0 && i > 0 ? Float.NEGATIVE_INFINITY : i % 7; // banned
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
      int size = round % 80 == 0 ? 50257 : 1 + random.nextInt(round % 4 == 0 ? 1200 : 40);
      float[] logits = logits(random, size, random.nextInt(5));
      SamplingConfig config =
          SamplingConfig.PLAIN
              .withTemperature(random.nextInt(3) == 0 ? 1 : 0.3 + random.nextDouble() * 2)
              .withTopK(random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(60));
      double topP = random.nextInt(2) == 0 ? 1 : 0.05 + random.nextDouble() * 0.94;
      config = config.withTopP(topP, topP);
      if (round >= 1500) {
        double minP = random.nextInt(8) == 0 ? 1 : Math.pow(10, -6 * random.nextDouble());
        double typicalP = random.nextInt(8) == 0 ? 1 - 1e-12 : 0.01 + random.nextDouble() * 0.98;
        config =
            config
                .withMinP(random.nextInt(3) == 0 ? 0 : minP)
                .withTypicalP(random.nextInt(3) == 0 ? 1 : typicalP);
      }
      double uniform = random.nextDouble();
      Sampler sampler = new Sampler(KERNELS, size, MEMORY);
      LogitsRow row = row(logits);
      int token = sampler.sample(row, config, topP, uniform);
      double[] weights = reference(logits, config);
      double total = Arrays.stream(weights).sum();
      String which = "seed " + seed + " round " + round + " size " + size + " " + config;
      double expected = StrictMath.log(weights[token] / total);
      if ((config.topK() == 0 || config.topK() >= size)
          && topP == 1
          && config.minP() == 0
          && config.typicalP() == 1) {
        // Chunk sums round differently from one long sum: a neighbour may be drawn at a border, and
        // only there.
        double before = Arrays.stream(weights).limit(token).sum();
        assertTrue(
            before <= (uniform + 1e-6) * total
                && before + weights[token] >= (uniform - 1e-6) * total,
            which);
        assertEquals(expected, sampler.logProbability(), 2e-6, which);
      } else {
        assertEquals(draw(weights, uniform), token, which);
        assertEquals(expected, sampler.logProbability(), 1e-12 * (1 + Math.abs(expected)), which);
      }
    }
  }

  /** The definition by ln p and entropy, in double; what rounding may decide is left out. */
  @Test
  void whatIsTypicalIsNearTheEntropy() {
    Random random = new Random(23);
    for (int round = 0; round < 60; round++) {
      float[] logits = logits(random, 40 + random.nextInt(3000), 3);
      double mass = 0.05 + 0.9 * random.nextDouble();
      double[] p = new double[logits.length];
      for (int i = 0; i < p.length; i++) {
        p[i] = Math.exp(logits[i]);
      }
      double sum = Arrays.stream(p).sum();
      double entropy = 0;
      for (int i = 0; i < p.length; i++) {
        p[i] /= sum;
        entropy -= p[i] * Math.log(p[i]);
      }
      double middle = entropy;
      double cumulative = 0;
      double furthest = 0;
      for (int i : order(p.length, i -> Math.abs(-Math.log(p[i]) - middle))) {
        if (cumulative < mass) {
          cumulative += p[i];
          furthest = Math.abs(-Math.log(p[i]) - middle);
        }
      }
      double[] kept = reference(logits, SamplingConfig.PLAIN.withTypicalP(mass));
      for (int i = 0; i < p.length; i++) {
        double distance = Math.abs(-Math.log(p[i]) - entropy);
        if (Math.abs(distance - furthest) > 1e-4) {
          assertEquals(distance < furthest, kept[i] > 0, "round " + round + " token " + i);
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1, 0, 1, 0, 1",
    "1, 40, 1, 0, 1",
    "1, 0, 0.9, 0, 1",
    "0.7, 0, 1, 0, 1",
    "0.7, 40, 0.9, 0, 1",
    "1, 0, 1, 0.02, 1",
    "1, 0, 1, 0, 0.7"
  })
  void aMillionDrawsFollowTheExactDistribution(
      double temperature, int topK, double topP, double minP, double typicalP) {
    float[] logits = logits(new Random(5), 300, 3);
    SamplingConfig config =
        new SamplingConfig(temperature, topK, topP, topP, minP, typicalP, 1, 0, 0);
    double[] weights = reference(logits, config);
    double total = Arrays.stream(weights).sum();
    LogitsRow row = row(logits);
    Sampler sampler = new Sampler(KERNELS, logits.length, MEMORY);
    int[] counts = new int[logits.length];
    int draws = 1_000_000;
    for (int i = 0; i < draws; i++) {
      counts[sampler.sample(row, config, topP, SampleRandom.uniform(99, i, 1, 0))]++;
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
        "%s: chi-square %.1f, %d degrees, z %.2f%n", config, chiSquare, cells, normal);
    assertTrue(Math.abs(normal) < 3.7, "z " + normal);
  }

  @Test
  void temperatureZeroTakesTheLowestOfTheLikeliest() {
    float[] logits = new float[700];
    logits[300] = 5;
    logits[299] = 5;
    logits[650] = 5;
    Sampler sampler = new Sampler(KERNELS, logits.length, MEMORY);
    SamplingConfig config =
        SamplingConfig.PLAIN.withTemperature(0).withTopK(40).withMinP(0.5).withTypicalP(0.2);
    assertEquals(299, sampler.sample(row(logits), config, 0.5, 0.99));
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
