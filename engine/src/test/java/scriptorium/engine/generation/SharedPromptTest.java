package scriptorium.engine.generation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import scriptorium.engine.Engine;
import scriptorium.engine.EngineOptions;
import scriptorium.engine.TestModels;
import scriptorium.engine.generation.GenerationConfig.BestOfBy;
import scriptorium.engine.model.CacheType;
import scriptorium.engine.model.StepProfile.Phase;

/** Rows whose prompts begin alike: computed once, to the bits of each alone. */
class SharedPromptTest {
  private static final GenerationConfig SETTINGS = new GenerationConfig(1, 40, 1, 1, 8, 1, true);

  /**
   * {@code count} rows for each prompt, as a prompts file with several samples a prompt has them.
   */
  private static List<Prompt> rows(int count, int[]... prompts) {
    List<Prompt> rows = new ArrayList<>();
    for (int[] prompt : prompts) {
      for (int i = 0; i < count; i++) {
        rows.add(new Prompt(rows.size(), prompt));
      }
    }
    return rows;
  }

  private static Map<Long, Sample> generate(
      Engine engine, GenerationConfig settings, List<Prompt> rows) throws Exception {
    Map<Long, Sample> samples = new HashMap<>();
    engine.generate(rows.iterator(), settings, sample -> samples.put(sample.streamId(), sample));
    return samples;
  }

  private static void assertSame(Sample expected, Sample found) {
    assertArrayEquals(expected.tokens(), found.tokens());
    assertArrayEquals(expected.tokenLogLikelihoods(), found.tokenLogLikelihoods());
    assertArrayEquals(expected.tokenSamplingLogLikelihoods(), found.tokenSamplingLogLikelihoods());
    assertArrayEquals(expected.tokenRanks(), found.tokenRanks());
    assertArrayEquals(expected.tokenEntropies(), found.tokenEntropies());
  }

  private static double work(Engine engine) {
    return engine.profile().flops(Phase.MLP_UP);
  }

  @ParameterizedTest
  @EnumSource(CacheType.class)
  void samplesOfAPromptAreThoseOfEachAlone(CacheType type) throws Exception {
    int[] longer = IntStream.range(300, 348).toArray();
    int[] similar = IntStream.range(300, 350).map(i -> i < 330 ? i : 9).toArray();
    List<Prompt> rows = rows(20, longer, similar, new int[] {5}, longer);
    try (Engine engine = new Engine(TestModels.tiny(), new EngineOptions(2, 7, 0, 16, type))) {
      Map<Long, Sample> together = generate(engine, SETTINGS, rows);
      double shared = work(engine);
      for (Prompt row : rows) {
        Sample alone = generate(engine, SETTINGS, List.of(row)).get(row.streamId());
        assertSame(alone, together.get(row.streamId()));
      }
      double share = shared / (work(engine) - shared);
      assertTrue(share < 0.5, "of the work of single rows: " + share);
    }
  }

  @Test
  void candidatesOfARowShareItsPrompt() throws Exception {
    Prompt row = new Prompt(3, IntStream.range(300, 350).toArray());
    try (Engine engine = new Engine(TestModels.tiny(), new EngineOptions(2, 8, 0, 0))) {
      generate(engine, SETTINGS, List.of(row));
      double one = work(engine);
      generate(engine, SETTINGS.withBestOf(8, BestOfBy.SUM), List.of(row));
      double eight = work(engine) - one;
      assertTrue(eight < 3 * one, "eight candidates for the work of " + eight / one);
    }
  }

  @Test
  void aCallerThatLeavesTakesThoseThatWaitForItsBeginning() throws Exception {
    List<Prompt> rows = rows(30, IntStream.range(300, 350).toArray());
    try (Engine engine = new Engine(TestModels.tiny(), new EngineOptions(1, 8, 0, 8))) {
      IllegalStateException left =
          assertThrows(
              IllegalStateException.class,
              () ->
                  engine.generate(
                      rows.iterator(),
                      SETTINGS,
                      sample -> {
                        throw new IllegalStateException("leaves");
                      }));
      assertEquals("leaves", left.getMessage());
      Map<Long, Sample> others = generate(engine, SETTINGS, rows);
      assertEquals(30, others.size());
      for (Sample sample : others.values()) {
        assertTrue(sample.length() > 0);
      }
    }
  }
}
