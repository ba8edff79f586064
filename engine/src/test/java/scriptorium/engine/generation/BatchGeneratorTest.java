package scriptorium.engine.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import scriptorium.engine.Engine;
import scriptorium.engine.EngineOptions;
import scriptorium.engine.TestModels;
import scriptorium.engine.model.CacheType;
import scriptorium.engine.model.Gpt2Config;
import scriptorium.engine.model.KvCache;

/** What callers of an engine may rely on, at its edges. */
class BatchGeneratorTest {
  private static final GenerationConfig SHORT = new GenerationConfig(1, 40, 1, 1, 5, 1, false);

  @Test
  void noRowsGiveNoSamples() throws Exception {
    try (Engine engine = new Engine(TestModels.tiny(), new EngineOptions(1, 4, 0, 0))) {
      engine.generate(
          List.<Prompt>of().iterator(),
          SHORT,
          sample -> {
            throw new AssertionError("a sample of nothing");
          });
    }
  }

  @Test
  void lengthsKeepToTheLimitAndToTheContext() throws Exception {
    try (Engine engine = new Engine(TestModels.tiny(), new EngineOptions(2, 4, 0, 0))) {
      GenerationConfig whole = new GenerationConfig(1, 40, 1, 1, 0, 1, false);
      for (int promptLength : new int[] {0, 1, 31, 32, 61, 62}) {
        Prompt prompt = new Prompt(5, IntStream.range(0, promptLength).toArray());
        List<Sample> samples = new ArrayList<>();
        engine.generate(List.of(prompt).iterator(), whole, samples::add);
        Sample sample = samples.getFirst();
        assertTrue(
            sample.ended() || sample.length() == 63 - promptLength, "length " + sample.length());
        samples.clear();
        engine.generate(List.of(prompt).iterator(), SHORT, samples::add);
        assertTrue(samples.getFirst().tokens().length <= 5);
      }
    }
  }

  @Test
  void activityCountsWhatIsHandedOverAndWhatIsInFlight() throws Exception {
    try (Engine engine = new Engine(TestModels.tiny(), new EngineOptions(2, 3, 0, 0))) {
      Activity idle = engine.activity();
      assertEquals(3, idle.slots());
      assertEquals(0, idle.slotsInUse() + idle.pagesInUse() + idle.waiting() + idle.tokens());
      List<Activity> seen = new ArrayList<>();
      List<Sample> samples = new ArrayList<>();
      engine.generate(
          LongStream.range(0, 40).mapToObj(i -> new Prompt(i, new int[] {1, 2})).iterator(),
          SHORT,
          sample -> {
            samples.add(sample);
            seen.add(engine.activity());
          });
      int tokens = samples.stream().mapToInt(sample -> sample.tokens().length).sum();
      assertTrue(seen.stream().anyMatch(a -> a.slotsInUse() == 3), seen.toString());
      assertTrue(seen.stream().anyMatch(a -> a.waiting() > 0), seen.toString());
      assertTrue(seen.stream().allMatch(a -> a.slotsInUse() <= 3), seen.toString());
      assertTrue(seen.stream().anyMatch(a -> a.pagesInUse() > 0), seen.toString());
      assertTrue(seen.stream().allMatch(a -> a.pagesInUse() <= a.pages()), seen.toString());
      assertEquals(tokens, engine.activity().generatedTokens());
      assertEquals(40, engine.activity().sequences());
      int end = engine.model().tokenizer().endOfText();
      engine.score(
          List.of(TokenWindow.ofText(1, new int[] {3, 4, 5}, end)).iterator(), false, score -> {});
      assertEquals(3, engine.activity().scoredTokens());
      assertEquals(tokens + 3, engine.activity().tokens());
      while (engine.activity().slotsInUse() + engine.activity().pagesInUse() > 0) {
        Thread.onSpinWait(); // the last row is handed over before its slot is free
      }
      assertEquals(0, engine.activity().waiting());
    }
  }

  @Test
  void aPromptLongerThanTheContextIsRefusedWithItsLength() throws Exception {
    try (Engine engine = new Engine(TestModels.tiny(), new EngineOptions(1, 4, 0, 0))) {
      Prompt prompt = new Prompt(9, new int[63]);
      IllegalArgumentException refused =
          assertThrows(
              IllegalArgumentException.class,
              () -> engine.generate(List.of(prompt).iterator(), SHORT, sample -> {}));
      assertTrue(refused.getMessage().contains("63 tokens"), refused.getMessage());
      assertEquals(3, generate(engine, 3).size());
    }
  }

  @Test
  void aCallerThatFailsLeavesTheEngineToTheOthers() throws Exception {
    try (Engine engine = new Engine(TestModels.tiny(), new EngineOptions(2, 3, 0, 0))) {
      Iterator<Prompt> broken =
          new Iterator<>() {
            private int next;

            @Override
            public boolean hasNext() {
              return true;
            }

            @Override
            public Prompt next() {
              if (next == 8) {
                throw new NoSuchElementException("the input broke");
              }
              return new Prompt(next++, new int[0]);
            }
          };
      assertThrows(
          NoSuchElementException.class, () -> engine.generate(broken, SHORT, sample -> {}));
      assertThrows(
          ArithmeticException.class,
          () ->
              engine.generate(
                  List.of(new Prompt(1, new int[0])).iterator(),
                  SHORT,
                  sample -> {
                    throw new ArithmeticException("the taker broke");
                  }));
      assertEquals(20, generate(engine, 20).size());
    }
  }

  @Test
  void textsOfEveryLengthAreScored() throws Exception {
    try (Engine engine = new Engine(TestModels.tiny(), new EngineOptions(2, 4, 0, 16))) {
      int end = engine.model().tokenizer().endOfText();
      List<TokenWindow> texts = new ArrayList<>();
      for (int length : new int[] {0, 1, 2, 31, 32, 33, 64, 0}) {
        int[] tokens = IntStream.range(100, 100 + length).toArray();
        texts.add(TokenWindow.ofText(texts.size(), tokens, end));
      }
      Score[] scores = new Score[texts.size()];
      engine.score(texts.iterator(), false, score -> scores[(int) score.id()] = score);
      for (int i = 0; i < scores.length; i++) {
        assertEquals(texts.get(i).tokens().length - 1, scores[i].tokenLogLikelihoods().length);
        assertTrue(scores[i].logLikelihood() < 0 || texts.get(i).tokens().length == 1);
      }
      assertThrows(
          IllegalArgumentException.class,
          () ->
              engine.score(
                  List.of(new TokenWindow(0, new int[66], 1)).iterator(), false, score -> {}));
    }
  }

  /** Beginnings that are never computed are not waited for. */
  @Test
  void windowsWithoutTokensToScoreEndAtOnce() throws Exception {
    try (Engine engine = new Engine(TestModels.tiny(), new EngineOptions(2, 4, 0, 16))) {
      int[] tokens = IntStream.range(100, 130).toArray();
      List<TokenWindow> windows = new ArrayList<>();
      for (int i = 0; i < 9; i++) {
        windows.add(new TokenWindow(i, tokens, i % 3 == 2 ? 20 : tokens.length));
      }
      int[] scored = new int[windows.size()];
      engine.score(
          windows.iterator(),
          false,
          score -> scored[(int) score.id()] = score.tokenLogLikelihoods().length);
      for (int i = 0; i < scored.length; i++) {
        assertEquals(i % 3 == 2 ? 10 : 0, scored[i]);
      }
    }
  }

  @Test
  void aSmallCacheMakesRowsWaitAndLosesNone() throws Exception {
    Gpt2Config config = TestModels.tiny().config();
    long oneSequence =
        KvCache.pagesFor(config, CacheType.F32, config.contextLength())
            * KvCache.pageBytes(config, CacheType.F32);
    try (Engine engine = new Engine(TestModels.tiny(), new EngineOptions(2, 64, oneSequence, 0))) {
      assertEquals(30, generate(engine, 30).size());
    }
    assertThrows(
        IllegalArgumentException.class,
        () -> new Engine(TestModels.tiny(), new EngineOptions(2, 64, oneSequence - 1, 0)).close());
  }

  @Test
  void aClosedEngineSaysSo() {
    Engine engine = new Engine(TestModels.tiny(), EngineOptions.DEFAULT);
    engine.close();
    assertThrows(IllegalStateException.class, () -> generate(engine, 1));
  }

  private static List<Sample> generate(Engine engine, int count) throws InterruptedException {
    List<Sample> samples = new ArrayList<>();
    engine.generate(
        IntStream.range(0, count).mapToObj(i -> new Prompt(i, new int[0])).iterator(),
        SHORT,
        samples::add);
    return samples;
  }
}
