package scriptorium.engine.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import scriptorium.engine.Engine;
import scriptorium.engine.EngineOptions;
import scriptorium.engine.TestModels;
import scriptorium.engine.generation.GenerationConfig.BestOfBy;
import scriptorium.engine.sampling.SampleRandom;

/** The best of some candidates, each of its own random stream. */
class BestOfTest {
  private static final long SEED = 23;
  private static final GenerationConfig ONE_TOKEN =
      new GenerationConfig(1, 40, 1, 1, 1, SEED, false);

  private static List<Sample> generate(int rows, GenerationConfig config) throws Exception {
    List<Sample> samples = new ArrayList<>();
    try (Engine engine = new Engine(TestModels.books(), new EngineOptions(2, 30, 0, 0))) {
      engine.generate(
          IntStream.range(0, rows).mapToObj(i -> new Prompt(i, new int[0])).iterator(),
          config,
          samples::add);
    }
    samples.sort(Comparator.comparingLong(Sample::streamId));
    return samples;
  }

  /**
   * All rows have the same first distribution, so that many single draws show which token a uniform
   * number gives. That tells each candidate of a row from the number of its stream alone.
   */
  @Test
  void candidatesDrawFromTheirOwnStreamsAndTheLikeliestIsTheRow() throws Exception {
    int rows = 1500;
    TreeMap<Double, Sample> draws = new TreeMap<>();
    for (Sample sample : generate(rows, ONE_TOKEN)) {
      draws.put(SampleRandom.uniform(SEED, sample.streamId(), 1, 0), sample);
    }
    int told = 0;
    int notTheFirst = 0;
    for (Sample sample : generate(150, ONE_TOKEN.withBestOf(4, BestOfBy.SUM))) {
      Sample best = null;
      boolean known = true;
      for (int stream : new int[] {0, 2, 3, 4}) {
        double uniform = SampleRandom.uniform(SEED, sample.streamId(), 1, stream);
        Map.Entry<Double, Sample> below = draws.floorEntry(uniform);
        Map.Entry<Double, Sample> above = draws.ceilingEntry(uniform);
        known &=
            below != null
                && above != null
                && below.getValue().tokens()[0] == above.getValue().tokens()[0];
        if (known) {
          Sample candidate = below.getValue();
          best =
              best == null || candidate.logLikelihood() > best.logLikelihood() ? candidate : best;
        }
      }
      if (known) {
        told++;
        assertEquals(best.tokens()[0], sample.tokens()[0]);
        assertEquals(best.logLikelihood(), sample.logLikelihood());
        assertEquals(best.samplingLogLikelihood(), sample.samplingLogLikelihood());
        int first =
            draws
                .floorEntry(SampleRandom.uniform(SEED, sample.streamId(), 1, 0))
                .getValue()
                .tokens()[0];
        notTheFirst += first == sample.tokens()[0] ? 0 : 1;
      }
    }
    assertTrue(told > 110, "told " + told);
    assertTrue(notTheFirst > 50, "not the first " + notTheFirst);
  }

  /** One more candidate is the row, or leaves it as it was. */
  @Test
  void moreCandidatesAreNeverWorse() throws Exception {
    GenerationConfig config = new GenerationConfig(0.9, 0, 1, 1, 6, SEED, false);
    for (BestOfBy by : BestOfBy.values()) {
      List<Sample> before = generate(15, config);
      for (int candidates = 1; candidates <= 3; candidates++) {
        List<Sample> now = generate(15, config.withBestOf(candidates, by));
        int changed = 0;
        for (int i = 0; i < now.size(); i++) {
          boolean same = java.util.Arrays.equals(before.get(i).tokens(), now.get(i).tokens());
          changed += same ? 0 : 1;
          assertTrue(same || value(now.get(i), by) > value(before.get(i), by));
        }
        assertTrue(candidates == 1 ? changed == 0 : changed > 0, changed + " changed");
        before = now;
      }
    }
  }

  private static double value(Sample sample, BestOfBy by) {
    return sample.logLikelihood() / (by == BestOfBy.SUM ? 1 : sample.tokens().length);
  }

  private static Sample sample(double logLikelihood, int tokens) {
    return new Sample(0, false, new int[tokens], logLikelihood, 0, 1, null, null, null, null, null);
  }

  @Test
  void ofEqualsTheFirstCandidateIsTakenInWhateverOrderTheyCome() {
    Sample[] samples = {sample(-6, 3), sample(-4, 1), sample(-4, 2), sample(-9, 4)};
    for (int[] order : new int[][] {{0, 1, 2, 3}, {3, 2, 1, 0}, {2, 1, 0, 3}}) {
      BestOf sum = new BestOf(4, BestOfBy.SUM);
      BestOf mean = new BestOf(4, BestOfBy.MEAN);
      for (int i = 0; i < 4; i++) {
        Sample bySum = sum.offer(order[i], samples[order[i]]);
        Sample byMean = mean.offer(order[i], samples[order[i]]);
        if (i < 3) {
          assertNull(bySum);
          assertNull(byMean);
        } else {
          assertSame(samples[1], bySum);
          assertSame(samples[0], byMean); // -2 a token, as of the third
        }
      }
    }
  }
}
