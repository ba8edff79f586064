package scriptorium.engine.generation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import scriptorium.engine.Engine;
import scriptorium.engine.EngineOptions;
import scriptorium.engine.Model;
import scriptorium.engine.Scorer;
import scriptorium.engine.ScoringConfig;
import scriptorium.engine.ScoringText;
import scriptorium.engine.TestModels;
import scriptorium.engine.TextScore;
import scriptorium.engine.kernel.KernelProvider;
import scriptorium.engine.kernel.Kernels;
import scriptorium.engine.memory.OffHeap;
import scriptorium.engine.model.CacheType;
import scriptorium.engine.model.KvCache;
import scriptorium.engine.sampling.NonFiniteException;

/**
 * Rows that fail by their own arithmetic, and engines that fail as a whole. The model is the tiny
 * one with too large an embedding of one position: sequences that reach it fail, others are those
 * of the intact model.
 */
class RowFailureTest {
  private static final int BAD_POSITION = 20;
  private static final int WIDTH = 20;
  private static final int CONTEXT = 64;
  private static final GenerationConfig SETTINGS = new GenerationConfig(1, 40, 1, 1, 5, 1, true);
  private static Model broken;

  @BeforeAll
  static void load() {
    broken = TestModels.load(folder());
  }

  private static java.nio.file.Path folder() {
    return TestModels.tinyFolderOverflowingFrom(BAD_POSITION);
  }

  @AfterAll
  static void close() {
    broken.close();
  }

  /** Every third row reaches the bad position. */
  private static List<Prompt> prompts(int count) {
    List<Prompt> prompts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int length = i % 3 == 0 ? BAD_POSITION - 2 + i % 8 : 1 + i % 9;
      int first = 100 * i;
      prompts.add(new Prompt(i, IntStream.range(first, first + length).toArray()));
    }
    return prompts;
  }

  private static Map<Long, Sample> intact(List<Prompt> prompts, GenerationConfig settings)
      throws InterruptedException {
    Map<Long, Sample> samples = new HashMap<>();
    try (Engine engine = new Engine(TestModels.tiny(), new EngineOptions(2, 4, 0, 0))) {
      engine.generate(
          prompts.iterator(), settings, sample -> samples.put(sample.streamId(), sample));
    }
    return samples;
  }

  private static void assertSameBits(Sample expected, Sample found) {
    assertArrayEquals(expected.tokens(), found.tokens());
    assertArrayEquals(expected.tokenLogLikelihoods(), found.tokenLogLikelihoods());
    assertArrayEquals(expected.tokenEntropies(), found.tokenEntropies());
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "2, 3", "3, 16"})
  void rowsThatReachABadPositionFailAlone(int threads, int slots) throws Exception {
    List<Prompt> prompts = prompts(60);
    Map<Long, Sample> expected = intact(prompts, SETTINGS);
    try (Engine engine = new Engine(broken, new EngineOptions(threads, slots, 0, 0))) {
      CompletableFuture<Integer> neighbour =
          CompletableFuture.supplyAsync(() -> shortRows(engine, 40));
      Set<Long> failed = new HashSet<>();
      Set<Long> done = new HashSet<>();
      engine.generate(
          prompts.iterator(),
          SETTINGS,
          sample -> {
            done.add(sample.streamId());
            assertSameBits(expected.get(sample.streamId()), sample);
          },
          failure -> {
            failed.add(failure.id());
            assertTrue(failure.reason().startsWith("Logits are not finite"), failure.reason());
          });
      for (Prompt prompt : prompts) {
        int drawn = expected.get(prompt.streamId()).tokens().length;
        boolean reaches = prompt.tokens().length + drawn > BAD_POSITION;
        assertEquals(reaches, failed.contains(prompt.streamId()), "row " + prompt.streamId());
        assertEquals(!reaches, done.contains(prompt.streamId()), "row " + prompt.streamId());
      }
      assertEquals(20, failed.size());
      assertEquals(40, neighbour.get());
      assertTrue(engine.isUsable());
      assertEquals(3, shortRows(engine, 3));
      while (engine.activity().slotsInUse() + engine.activity().pagesInUse() > 0) {
        Thread.onSpinWait(); // the last row is handed over before its slot is free
      }
    }
  }

  private static int shortRows(Engine engine, int count) {
    List<Sample> samples = new ArrayList<>();
    try {
      engine.generate(
          IntStream.range(0, count).mapToObj(i -> new Prompt(i, new int[] {7})).iterator(),
          SETTINGS,
          samples::add);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return samples.size();
  }

  @Test
  void whoTakesNoFailuresGetsAnExceptionAndOthersGoOn() throws Exception {
    try (Engine engine = new Engine(broken, new EngineOptions(2, 4, 0, 0))) {
      String message =
          assertThrows(
                  NonFiniteException.class,
                  () -> engine.generate(prompts(1).iterator(), SETTINGS, sample -> {}))
              .getMessage();
      assertTrue(message.startsWith("Row 0: Logits are not finite"), message);
      TokenWindow window = new TokenWindow(8, new int[30], 1);
      assertThrows(
          NonFiniteException.class,
          () -> engine.score(List.of(window).iterator(), false, score -> {}));
      assertEquals(5, shortRows(engine, 5));
    }
  }

  @ParameterizedTest
  @EnumSource(GenerationConfig.BestOfBy.class)
  void aRowWithAFailedCandidateFails(GenerationConfig.BestOfBy by) throws Exception {
    GenerationConfig settings = SETTINGS.withBestOf(3, by);
    List<Prompt> prompts = prompts(12);
    Map<Long, Sample> expected = intact(prompts, settings);
    try (Engine engine = new Engine(broken, new EngineOptions(2, 5, 0, 0))) {
      Set<Long> failed = new HashSet<>();
      Set<Long> done = new HashSet<>();
      engine.generate(
          prompts.iterator(),
          settings,
          sample -> {
            assertTrue(done.add(sample.streamId()));
            assertSameBits(expected.get(sample.streamId()), sample);
          },
          failure -> assertTrue(failed.add(failure.id())));
      assertEquals(Set.of(0L, 3L, 6L, 9L), failed);
      assertEquals(8, done.size());
    }
  }

  /** One fails before the beginning is computed that others wait for. */
  @Test
  void rowsThatBeginLikeAFailedOneGoOn() throws Exception {
    int[] tokens = IntStream.range(500, 540).toArray();
    List<TokenWindow> windows = new ArrayList<>();
    windows.add(new TokenWindow(0, tokens, 1));
    windows.add(new TokenWindow(1, tokens, 31));
    windows.add(new TokenWindow(2, java.util.Arrays.copyOf(tokens, 15), 10));
    try (Engine engine = new Engine(broken, new EngineOptions(2, 4, 0, 4))) {
      Map<Long, Integer> ends = new HashMap<>();
      engine.score(
          windows.iterator(),
          true,
          score -> ends.put(score.id(), score.tokenLogLikelihoods().length),
          failure -> ends.put(failure.id(), -1));
      assertEquals(Map.of(0L, -1, 1L, -1, 2L, 5), ends);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {7, 64})
  void textsFailAlone(int stride) throws Exception {
    List<ScoringText> texts = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      int length = i % 4 == 0 ? 100 + i : i % 19;
      texts.add(new ScoringText(i, new int[0], IntStream.range(i, i + length).toArray()));
    }
    Map<Long, TextScore> expected = new HashMap<>();
    ScoringConfig config = new ScoringConfig(stride, true);
    try (Engine engine = new Engine(TestModels.tiny(), new EngineOptions(2, 4, 0, 0))) {
      new Scorer(engine, config).score(texts.iterator(), score -> expected.put(score.id(), score));
    }
    try (Engine engine = new Engine(broken, new EngineOptions(2, 4, 0, 0))) {
      Set<Long> failed = new HashSet<>();
      Set<Long> done = new HashSet<>();
      new Scorer(engine, config)
          .score(
              texts.iterator(),
              score -> {
                assertTrue(done.add(score.id()));
                assertArrayEquals(
                    expected.get(score.id()).logLikelihoods(), score.logLikelihoods());
              },
              failure -> assertTrue(failed.add(failure.id())),
              tokens -> {});
      for (ScoringText text : texts) {
        assertEquals(text.tokens().length > BAD_POSITION, failed.contains(text.id()));
        assertEquals(text.tokens().length <= BAD_POSITION, done.contains(text.id()));
      }
    }
  }

  @Test
  void windowsFailWhereTheObserverDoes() throws Exception {
    try (Engine engine = new Engine(TestModels.tiny(), broken, new EngineOptions(2, 4, 0, 0))) {
      Map<Long, String> ends = new HashMap<>();
      engine.score(
          List.of(new TokenWindow(0, new int[30], 1), new TokenWindow(1, new int[12], 1))
              .iterator(),
          false,
          score -> ends.put(score.id(), "" + score.tokenCrossEntropies().length),
          failure -> ends.put(failure.id(), failure.reason()));
      assertEquals("11", ends.get(1L));
      assertTrue(ends.get(0L).startsWith("Logits of the observer are not finite"), "" + ends);
    }
  }

  /** Values of the embeddings, hence one token's logits, are at the end of f32 or beyond. */
  @ParameterizedTest
  @CsvSource({"3e38, 1", "-3e38, 1", "3e38, 20", "-3e38, 20"})
  void aModelOfBadWeightsFailsRowByRow(float value, int times) throws Exception {
    float[] values = new float[times];
    Arrays.fill(values, value);
    try (Model model = TestModels.load(TestModels.tinyFolderWith("wte.weight", 7 * WIDTH, values));
        Engine engine = new Engine(model, new EngineOptions(2, 4, 0, 0))) {
      int[] ends = new int[2];
      engine.generate(
          IntStream.range(0, 9).mapToObj(i -> new Prompt(i, new int[0])).iterator(),
          SETTINGS,
          sample -> {
            ends[0]++;
            assertTrue(Double.isFinite(sample.logLikelihood()));
            assertTrue(Double.isFinite(sample.samplingLogLikelihood()));
          },
          failure -> ends[1]++);
      assertEquals(9, ends[0] + ends[1]);
      assertTrue(times == 1 || ends[1] == 9, "failed " + ends[1]);
      assertTrue(engine.isUsable());
    }
  }

  /** An engine whose kernels throw from some call on. */
  private static final class Failing implements AutoCloseable {
    final AtomicBoolean fails = new AtomicBoolean();
    private final OffHeap memory = new OffHeap();
    final BatchGenerator generator;

    Failing(int threads, Throwable thrown) {
      Kernels real = KernelProvider.kernels();
      Kernels kernels =
          (Kernels)
              Proxy.newProxyInstance(
                  Kernels.class.getClassLoader(),
                  new Class<?>[] {Kernels.class},
                  (proxy, method, arguments) -> {
                    if (method.getName().equals("gelu") && fails.get()) {
                      throw thrown;
                    }
                    try {
                      return method.invoke(real, arguments);
                    } catch (InvocationTargetException e) {
                      throw e.getCause();
                    }
                  });
      Model model = TestModels.tiny();
      int pages = 8 * KvCache.pagesFor(model.config(), CacheType.F32, CONTEXT);
      generator =
          new BatchGenerator(
              TestModels.weights(model),
              null,
              model.tokenizer(),
              kernels,
              threads,
              8,
              CacheType.F32,
              pages,
              64,
              memory);
    }

    void generate(int count) throws InterruptedException {
      generator.generate(
          IntStream.range(0, count).mapToObj(i -> new Prompt(i, new int[0])).iterator(),
          SETTINGS,
          sample -> {},
          failure -> {});
    }

    @Override
    public void close() {
      generator.close();
      memory.close();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void anErrorReachesEveryCallerAsItself(int threads) throws Exception {
    OutOfMemoryError thrown = new OutOfMemoryError("for a test");
    try (Failing engine = new Failing(threads, thrown)) {
      engine.generate(3);
      assertTrue(engine.generator.isUsable());
      AtomicBoolean running = new AtomicBoolean();
      CompletableFuture<Void> neighbour =
          CompletableFuture.runAsync(
              () -> {
                try {
                  engine.generator.generate(
                      IntStream.iterate(0, i -> i + 1)
                          .mapToObj(i -> new Prompt(i, new int[0]))
                          .iterator(),
                      SETTINGS,
                      sample -> running.set(true),
                      failure -> {});
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              });
      while (!running.get()) {
        Thread.onSpinWait();
      }
      engine.fails.set(true);
      Throwable ours = assertThrows(Throwable.class, () -> engine.generate(50));
      Throwable theirs = assertThrows(Exception.class, neighbour::get).getCause();
      assertSame(thrown, theirs);
      // A caller that comes after the failure is told of it.
      assertTrue(ours == thrown || ours instanceof IllegalStateException, ours.toString());
      assertFalse(engine.generator.isUsable());
      IllegalStateException later =
          assertThrows(IllegalStateException.class, () -> engine.generate(1));
      assertSame(thrown, later.getCause());
      assertTrue(later.getMessage().contains("open another one"), later.getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void anExceptionOfAStepEndsTheEngineAndTheCallers(int threads) throws Exception {
    try (Failing engine = new Failing(threads, new IllegalArgumentException("for a test"))) {
      engine.fails.set(true);
      IllegalStateException told =
          assertThrows(IllegalStateException.class, () -> engine.generate(3));
      assertInstanceOf(IllegalArgumentException.class, told.getCause());
      assertFalse(engine.generator.isUsable());
      assertThrows(IllegalStateException.class, () -> engine.generate(1));
    }
  }

  @Test
  void aClosedEngineIsNotUsable() {
    Engine engine = new Engine(TestModels.tiny(), EngineOptions.DEFAULT);
    assertTrue(engine.isUsable());
    engine.close();
    engine.close();
    assertFalse(engine.isUsable());
  }
}
