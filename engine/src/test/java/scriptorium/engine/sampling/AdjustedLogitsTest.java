package scriptorium.engine.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import scriptorium.engine.kernel.KernelProvider;
import scriptorium.engine.memory.OffHeap;

/** Penalties and bans against their plain definitions. */
class AdjustedLogitsTest {
  private static final OffHeap MEMORY = new OffHeap();

  @AfterAll
  static void close() {
    MEMORY.close();
  }

  /** As in the papers: the set of seen tokens, and for each begun n-gram the set of its ends. */
  private static float[] reference(float[] logits, int[] history, double penalty, int n) {
    float[] adjusted = logits.clone();
    if (penalty != 1) {
      Set<Integer> seen = new HashSet<>();
      for (int token : history) {
        seen.add(token);
      }
      for (int token : seen) {
        adjusted[token] =
            logits[token] < 0 ? logits[token] * (float) penalty : logits[token] / (float) penalty;
      }
    }
    if (n > 0 && history.length >= n - 1) {
      Map<List<Integer>, Set<Integer>> ends = new HashMap<>();
      List<Integer> all = Arrays.stream(history).boxed().toList();
      for (int i = 0; i + n <= all.size(); i++) {
        ends.computeIfAbsent(all.subList(i, i + n - 1), key -> new HashSet<>())
            .add(all.get(i + n - 1));
      }
      for (int banned :
          ends.getOrDefault(all.subList(all.size() - (n - 1), all.size()), Set.of())) {
        adjusted[banned] = Float.NEGATIVE_INFINITY;
      }
    }
    return adjusted;
  }

  @Test
  void rowsEqualThePlainDefinition() {
    long seed = 29;
    Random random = new Random(seed);
    int blocked = 0;
    for (int round = 0; round < 3000; round++) {
      int size = random.nextInt(10) == 0 ? 1500 : 2 + random.nextInt(12);
      float[] logits = new float[size];
      for (int i = 0; i < size; i++) {
        logits[i] = random.nextInt(5) == 0 ? 0 : (float) random.nextGaussian() * 4;
      }
      int[] tokens = random.ints(3 + random.nextInt(40), 0, Math.min(size, 9)).toArray();
      int from = random.nextInt(2);
      int to = from + random.nextInt(tokens.length - from + 1);
      double penalty = random.nextInt(4) == 0 ? 1 : 0.5 + 2 * random.nextDouble();
      int n = random.nextInt(5);
      AdjustedLogits adjusted = new AdjustedLogits(KernelProvider.kernels(), size, MEMORY);
      adjusted.start(SamplerTest.row(logits, MEMORY));
      adjusted.penalize(tokens, from, to, penalty);
      if (n > 0) {
        adjusted.blockRepeats(tokens, from, to, n);
      }
      float[] expected = reference(logits, Arrays.copyOfRange(tokens, from, to), penalty, n);
      LogitsRow row = adjusted.row();
      String which = "seed " + seed + " round " + round;
      double total = 0;
      for (float logit : expected) {
        total += Math.exp(logit);
        blocked += logit == Float.NEGATIVE_INFINITY ? 1 : 0;
      }
      if (total == 0) {
        assertNull(row, which);
        continue;
      }
      for (int token = 0; token < size; token++) {
        assertEquals(expected[token], row.logit(token), which);
      }
      assertEquals(Math.log(total), row.logSumExp(), 1e-5, which);
    }
    assertTrue(blocked > 1000, "blocked " + blocked);
  }

  @Test
  void theNextRowBeginsAnew() {
    AdjustedLogits adjusted = new AdjustedLogits(KernelProvider.kernels(), 600, MEMORY);
    float[] logits = new float[600];
    adjusted.start(SamplerTest.row(logits, MEMORY));
    for (int token = 0; token < 600; token++) {
      adjusted.ban(token);
    }
    assertNull(adjusted.row());
    adjusted.start(SamplerTest.row(logits, MEMORY));
    adjusted.ban(599);
    LogitsRow row = adjusted.row();
    assertNotNull(row);
    assertEquals(Math.log(599), row.logSumExp(), 1e-6);
  }

  /** Whole chunks that are banned, at any temperature: none of their tokens is drawn. */
  @Test
  void bannedTokensAreNeverDrawn() {
    Random random = new Random(31);
    float[] logits = new float[1000];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) random.nextGaussian();
    }
    Sampler sampler = new Sampler(KernelProvider.kernels(), logits.length, MEMORY);
    for (SamplingConfig config :
        List.of(
            SamplingConfig.PLAIN,
            SamplingConfig.PLAIN.withTemperature(0.3),
            SamplingConfig.PLAIN.withTemperature(0),
            SamplingConfig.PLAIN.withTopK(600),
            SamplingConfig.PLAIN.withTopK(700).withTemperature(30),
            SamplingConfig.PLAIN.withTopP(0.999999999999, 0.999999999999),
            SamplingConfig.PLAIN.withMinP(1e-300),
            SamplingConfig.PLAIN.withTypicalP(0.999999999999))) {
      AdjustedLogits adjusted = sampler.adjusted();
      adjusted.start(SamplerTest.row(logits, MEMORY));
      for (int token = 0; token < logits.length; token++) {
        if (token < 512 || token % 2 == 0) {
          adjusted.ban(token);
        }
      }
      LogitsRow row = adjusted.row();
      for (int i = 0; i < 400; i++) {
        double uniform = i == 0 ? 0 : i == 1 ? Math.nextDown(1.0) : random.nextDouble();
        int token = sampler.sample(row, config, config.topPLow(), uniform);
        assertTrue(token > 512 && token % 2 == 1, config + " drew " + token);
        assertTrue(sampler.logProbability() <= 0 && sampler.logProbability() > -30);
      }
    }
  }
}
