package scriptorium.engine.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import scriptorium.engine.kernel.KernelProvider;
import scriptorium.engine.memory.OffHeap;

/**
 * The edges of the accepted settings on logits at the edges of f32: a draw is finite and in range,
 * or the row says what of it is not finite.
 */
class SamplingExtremesTest {
  private static final OffHeap MEMORY = new OffHeap();
  private static final float MAX = Float.MAX_VALUE;
  private static final float BANNED = Float.NEGATIVE_INFINITY;

  /** The one before 1, as a probability and as a uniform draw. */
  private static final double BELOW_ONE = Math.nextDown(1.0);

  private static final double[] TEMPERATURES = {
    0, SamplingConfig.LEAST_TEMPERATURE, 1e-30, 1e-20, 1e-9, 1e-3, 0.7, 1, 1.5, 1000
  };
  private static final double[] MASSES = {Double.MIN_VALUE, 1e-300, 1e-12, 0.5, 0.96, BELOW_ONE, 1};
  private static final double[] MIN_PS = {0, Double.MIN_VALUE, 1e-38, 1e-6, 0.05, BELOW_ONE, 1};
  private static final double[] UNIFORMS = {0, Double.MIN_VALUE, 0.5, 1 - 1e-9, BELOW_ONE};
  private static final double[] PENALTIES = {0.01, 0.5, 1, 1.2, 100};
  private static final int KINDS = 16;

  @AfterAll
  static void close() {
    MEMORY.close();
  }

  @ParameterizedTest
  @ValueSource(
      doubles = {
        1e-300,
        Double.MIN_VALUE,
        1e-45,
        1e-40,
        1.1e-38,
        3e-37,
        1e-33,
        4.9303806576313e-32
      })
  void temperaturesThatLogitsOverflowUnderAreRefused(double temperature) {
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> SamplingConfig.PLAIN.withTemperature(temperature))
            .getMessage();
    assertTrue(message.startsWith("Temperature " + temperature + " is below"), message);
    assertTrue(message.contains("give 0"), message);
    assertFalse(message.contains("\n"), message);
  }

  @Test
  void theLeastTemperatureKeepsEveryLogitBelowTwoToThe24Finite() {
    double least = SamplingConfig.LEAST_TEMPERATURE;
    SamplingConfig.PLAIN.withTemperature(least);
    float largest = Math.nextDown(0x1p24f);
    assertTrue(Float.isFinite(largest / (float) least));
    assertTrue(Float.isInfinite(0x1p24f / (float) least));
    assertThrows(
        IllegalArgumentException.class,
        () -> SamplingConfig.PLAIN.withTemperature(Math.nextDown(least)));
  }

  /** At the least temperature the likeliest token is drawn by every way, as at 0. */
  @Test
  void theLeastTemperatureIsGreedy() {
    Random random = new Random(3);
    float[] logits = new float[700];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) random.nextGaussian() * 20;
    }
    LogitsRow row = SamplerTest.row(logits, MEMORY);
    Sampler sampler = new Sampler(KernelProvider.kernels(), logits.length, MEMORY);
    int greedy = sampler.sample(row, SamplingConfig.PLAIN.withTemperature(0), 1, 0.5);
    for (double temperature : new double[] {SamplingConfig.LEAST_TEMPERATURE, 1e-30, 1e-12}) {
      SamplingConfig cold = SamplingConfig.PLAIN.withTemperature(temperature);
      for (SamplingConfig config :
          new SamplingConfig[] {
            cold,
            cold.withTopK(40),
            cold.withTopP(0.9, 0.9),
            cold.withMinP(0.05),
            cold.withTypicalP(0.9)
          }) {
        assertEquals(greedy, sampler.sample(row, config, config.topPLow(), 0.99), "" + config);
        assertEquals(0, sampler.logProbability(), "" + config);
      }
    }
  }

  @Test
  void everyDrawIsFiniteOrAnErrorOfItsRow() {
    long seed = 181;
    Random random = new Random(seed);
    int errors = 0;
    for (int group = 0; group < 400; group++) {
      int size = group % 40 == 0 ? 50257 : 1 + random.nextInt(group % 2 == 0 ? 900 : 4);
      Sampler sampler;
      try (OffHeap memory = new OffHeap()) {
        sampler = new Sampler(KernelProvider.kernels(), size, memory);
        for (int kind = 0; kind < KINDS; kind++) {
          float[] logits = logits(random, size, kind);
          for (int round = 0; round < (size > 1000 ? 3 : 12); round++) {
            String which = "seed " + seed + " group " + group + " size " + size + " kind " + kind;
            errors += draw(random, logits, sampler, memory, which) ? 0 : 1;
          }
        }
      }
    }
    System.out.println("errors of rows: " + errors);
    assertTrue(errors > 1000);
  }

  /** Draws once; tells whether the row was drawn from and not an error. */
  private static boolean draw(
      Random random, float[] logits, Sampler sampler, OffHeap memory, String which) {
    SamplingConfig config =
        new SamplingConfig(
            any(random, TEMPERATURES),
            new int[] {0, 1, 2, 40, logits.length, Integer.MAX_VALUE}[random.nextInt(6)],
            1,
            1,
            random.nextBoolean() ? 0 : any(random, MIN_PS),
            random.nextBoolean() ? 1 : any(random, MASSES),
            random.nextBoolean() ? 1 : any(random, PENALTIES),
            0,
            0);
    double topP = random.nextBoolean() ? 1 : any(random, MASSES);
    config = config.withTopP(topP, topP);
    double uniform = any(random, UNIFORMS);
    int[] history = random.ints(5, 0, logits.length).toArray();
    which += " " + config + " u " + uniform;
    boolean finite = isFinite(logits);
    try {
      LogitsRow row = row(logits, config, history, sampler, memory);
      int token = sampler.sample(row, config, topP, uniform);
      assertTrue(finite, which);
      assertTrue(token >= 0 && token < logits.length, which + " token " + token);
      assertTrue(Float.isFinite(row.logit(token)), which + " token " + token);
      double p = sampler.logProbability();
      assertTrue(Double.isFinite(p) && p <= 0, which + " ln p " + p);
      assertTrue(config.temperature() > 0 || row.logit(token) == row.max(), which);
      double modelP = row.logProbability(token);
      assertTrue(Double.isFinite(modelP) && modelP < 1e-6, which + " ln p " + modelP);
      return true;
    } catch (NonFiniteException e) {
      assertFalse(e.getMessage().contains("\n"), e.getMessage());
      assertFalse(finite && staysInRange(logits, config), which + " " + e.getMessage());
      return false;
    }
  }

  /** A model's row, whose logits are all finite or not, with bans and penalties put on it. */
  private static LogitsRow row(
      float[] logits, SamplingConfig config, int[] history, Sampler sampler, OffHeap memory) {
    float[] given = logits.clone();
    for (int i = 0; i < given.length; i++) {
      given[i] = given[i] == BANNED ? 1 : given[i];
    }
    LogitsRow row = SamplerTest.row(given, memory);
    row.checkFinite();
    AdjustedLogits adjusted = sampler.adjusted();
    adjusted.start(row);
    if (config.repetitionPenalty() != 1) {
      adjusted.penalize(history, 0, history.length, config.repetitionPenalty());
    }
    boolean banned = false;
    for (int i = 0; i < logits.length; i++) {
      if (logits[i] == BANNED) {
        adjusted.ban(i);
        banned = true;
      }
    }
    return banned || config.repetitionPenalty() != 1 ? adjusted.row() : row;
  }

  /** Whether there is a finite logit, and beside such only bans. */
  private static boolean isFinite(float[] logits) {
    boolean some = false;
    for (float logit : logits) {
      some |= Float.isFinite(logit);
      if (Float.isNaN(logit) || logit == Float.POSITIVE_INFINITY) {
        return false;
      }
    }
    return some;
  }

  /** Whether penalty and temperature leave all finite logits finite, whichever token they meet. */
  private static boolean staysInRange(float[] logits, SamplingConfig config) {
    float most = 0;
    for (float logit : logits) {
      most = Float.isFinite(logit) ? Math.max(most, Math.abs(logit)) : most;
    }
    double penalty = Math.max(config.repetitionPenalty(), 1 / config.repetitionPenalty());
    double divisor = config.temperature() == 0 ? 1 : config.temperature();
    return most * penalty * 1.001 <= MAX && most * penalty * 1.001 / divisor <= MAX;
  }

  private static double any(Random random, double[] values) {
    return values[random.nextInt(values.length)];
  }

  private static float[] logits(Random random, int size, int kind) {
    float[] logits = new float[size];
    for (int i = 0; i < size; i++) {
      logits[i] =
          switch (kind) {
            case 0 -> 0;
            case 1 -> -MAX;
            case 2 -> MAX;
            case 3 -> random.nextBoolean() ? MAX : -MAX;
            case 4 -> Float.MIN_VALUE * random.nextInt(5);
            case 5 -> random.nextBoolean() ? 0f : -0f;
            case 6 -> BANNED;
            case 7 -> i <= size / 2 ? (float) random.nextGaussian() : BANNED;
            case 8 -> (float) (random.nextGaussian() * 1e30);
            case 9 -> (float) (random.nextGaussian() * 1e-30);
            case 10 -> -1e5f * i;
            case 11 -> (float) random.nextGaussian() * 10;
            case 12 -> i % 3 - 87.3f * (i % 2);
            case 13 -> 0x1.fp23f - random.nextInt(3);
            default -> random.nextInt(3);
          };
    }
    int some = random.nextInt(size);
    switch (kind) {
      case 6 -> logits[some] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(38)));
      case 14 -> logits[some] = Float.NaN;
      case 15 -> Arrays.fill(logits, some, size, some > 0 ? BANNED : 1 / 0f);
      default -> {}
    }
    return logits;
  }

  @Test
  void logitsOfMinusInfinityAreAnErrorOfTheModel() {
    for (int banned : new int[] {0, 5, 255, 256, 299}) {
      float[] logits = new float[300];
      SamplerTest.row(logits, MEMORY).checkFinite();
      logits[banned] = BANNED;
      LogitsRow row = SamplerTest.row(logits, MEMORY);
      assertThrows(NonFiniteException.class, row::checkFinite);
    }
  }

  @Test
  void whatIsMeasuredOfARowIsFiniteOrAnError() {
    float[] logits = {MAX, -MAX, 0};
    LogitsRow row = SamplerTest.row(logits, MEMORY);
    row.checkFinite();
    assertTrue(Double.isFinite(row.logProbability(1)));
    assertThrows(NonFiniteException.class, row::entropy);
    assertThrows(NonFiniteException.class, row::variance);
  }

  @Test
  void aPenaltyThatTakesALogitOutOfRangeIsAnError() {
    for (float logit : new float[] {-1e38f, 1e38f}) {
      float[] logits = {0, logit, -3};
      AdjustedLogits adjusted = new Sampler(KernelProvider.kernels(), 3, MEMORY).adjusted();
      adjusted.start(SamplerTest.row(logits, MEMORY));
      double penalty = logit < 0 ? 100 : 0.01;
      String message =
          assertThrows(
                  NonFiniteException.class, () -> adjusted.penalize(new int[] {1}, 0, 1, penalty))
              .getMessage();
      assertTrue(message.contains("repetition penalty " + penalty), message);
    }
  }
}
