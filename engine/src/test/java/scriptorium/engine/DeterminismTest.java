package scriptorium.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import scriptorium.engine.generation.GenerationConfig;
import scriptorium.engine.generation.Prompt;
import scriptorium.engine.generation.Sample;
import scriptorium.engine.generation.Score;
import scriptorium.engine.generation.TokenWindow;
import scriptorium.engine.model.CacheType;

/**
 * The same bits whatever the slots, threads, step sizes, order and neighbours. The build runs this
 * class once more at each vector width and on the scalar twin, what is tagged long in the profile
 * slow alone: the hashes below are the same for all, other comparisons are of a fifth of the rows
 * there. A change of the hashes raises {@link Engine#NUMERICS_VERSION}.
 */
@Widths
class DeterminismTest {
  private static final String TINY_HASH =
      "e9abc54427324d9b15f16315cf469768233e290a07bae6299bf0cc1adf5ee8e9";
  private static final String BOOKS_HASH =
      "e378570cb932736641959677191beda2533cd41c1b019f8705ebeda111c39792";
  private static final String HALF_HASH =
      "7e65c8be52ac96dafa3b2f2e40d4480fc254cc0b3ad4700414e0fbbdf88fcfae";

  /** At a width that the processor lacks a row takes fifteen times as long. */
  private static final int SHARE = System.getProperty("scriptorium.kernels") == null ? 1 : 5;

  private static final GenerationConfig CONFIG = new GenerationConfig(0.9, 40, 0.7, 1, 0, 7, true);

  @Test
  void tinyRowsHaveTheGoldenHash() throws Exception {
    assertEquals(
        TINY_HASH,
        hash(generate(TestModels.tiny(), new EngineOptions(2, 7, 0, 0), prompts(40, 3), CONFIG)));
  }

  @Tag("long")
  @Test
  void rowsOfTheEmbeddedModelHaveTheGoldenHash() throws Exception {
    GenerationConfig config = new GenerationConfig(1, 40, 1, 1, 48, 11, true);
    assertEquals(
        BOOKS_HASH,
        hash(generate(TestModels.books(), new EngineOptions(2, 5, 0, 0), prompts(12, 5), config)));
  }

  @Tag("long")
  @Test
  void rowsWithACacheInHalvesHaveTheGoldenHash() throws Exception {
    GenerationConfig config = new GenerationConfig(1, 40, 1, 1, 48, 11, true);
    EngineOptions options = new EngineOptions(2, 5, 0, 0, CacheType.F16);
    List<Sample> samples = generate(TestModels.books(), options, prompts(12, 5), config);
    assertEquals(HALF_HASH, hash(samples));
    EngineOptions others = new EngineOptions(1, 3, 0, 29, CacheType.F16);
    assertEquals(HALF_HASH, hash(generate(TestModels.books(), others, prompts(12, 5), config)));
  }

  /** The same numbers stored in 16 bits and in 32: kept so, they take other kernels. */
  @ParameterizedTest
  @CsvSource({"f16", "bf16"})
  void weightsIn16BitsGiveTheRowsOfTheSameInF32(String type, @TempDir Path folder)
      throws Exception {
    try (ModelFolder source = ModelFolder.open(TestModels.tinyFolder("tiny"))) {
      ModelConverter.convert(source, folder.resolve("half"), "safetensors", type, 0);
    }
    try (ModelFolder half = ModelFolder.open(folder.resolve("half"))) {
      ModelConverter.convert(half, folder.resolve("wide"), "safetensors", "f32", 0);
      try (ModelFolder wide = ModelFolder.open(folder.resolve("wide"));
          Model narrowModel = Model.load(half);
          Model wideModel = Model.load(wide)) {
        assertEquals(half.size().weightBytes(), narrowModel.offHeapBytes());
        assertTrue(narrowModel.offHeapBytes() < 0.7 * wideModel.offHeapBytes());
        EngineOptions options = new EngineOptions(2, 7, 0, 0);
        assertEquals(
            hash(generate(wideModel, options, prompts(20, 3), CONFIG)),
            hash(generate(narrowModel, options, prompts(20, 3), CONFIG)));
        try (Engine engine = new Engine(narrowModel, options)) {
          assertTrue(engine.description().contains("weights: " + type + " "), engine.description());
        }
      }
    }
  }

  /** More threads than a test machine has processors, so that rows and heads are split too. */
  @ParameterizedTest
  @CsvSource({"8, 7", "16, 0", "64, 0"})
  void rowsOfManyThreadsHaveTheGoldenHash(int threads, int slots) throws Exception {
    EngineOptions options = new EngineOptions(threads, slots, 0, 0);
    assertEquals(TINY_HASH, hash(generate(TestModels.tiny(), options, prompts(40, 3), CONFIG)));
  }

  @Tag("long")
  @ParameterizedTest
  @ValueSource(ints = {8, 16})
  void rowsOfTheEmbeddedModelOnManyThreadsHaveTheGoldenHash(int threads) throws Exception {
    GenerationConfig config = new GenerationConfig(1, 40, 1, 1, 48, 11, true);
    for (int slots : new int[] {5, 0}) {
      EngineOptions options = new EngineOptions(threads, slots, 0, 0);
      assertEquals(BOOKS_HASH, hash(generate(TestModels.books(), options, prompts(12, 5), config)));
    }
  }

  @Tag("long")
  @Test
  void slotsThreadsStepsAndOrderChangeNothing() throws Exception {
    List<Prompt> prompts = prompts(60 / SHARE, 1);
    String expected =
        hash(generate(TestModels.tiny(), new EngineOptions(1, 1, 0, 1), prompts, CONFIG));
    for (int slots : new int[] {2, 7, 64}) {
      for (int threads : new int[] {1, 2, 3, 8, 16}) {
        List<Prompt> shuffled = new ArrayList<>(prompts);
        Collections.shuffle(shuffled, new Random(slots * 10 + threads));
        EngineOptions options = new EngineOptions(threads, slots, 0, slots + 13 * threads);
        assertEquals(
            expected,
            hash(generate(TestModels.tiny(), options, shuffled, CONFIG)),
            options.toString());
      }
    }
  }

  @Test
  void callersThatShareAnEngineGetTheirOwnRows() throws Exception {
    List<Prompt> prompts = prompts(50 / SHARE, 2);
    String expected =
        hash(generate(TestModels.tiny(), new EngineOptions(1, 9, 0, 0), prompts, CONFIG));
    try (Engine engine = new Engine(TestModels.tiny(), new EngineOptions(2, 16, 0, 0))) {
      List<CompletableFuture<List<Sample>>> parts = new ArrayList<>();
      for (int part = 0; part < 3; part++) {
        List<Prompt> own = new ArrayList<>();
        for (int i = part; i < prompts.size(); i += 3) {
          own.add(prompts.get(i));
        }
        parts.add(CompletableFuture.supplyAsync(() -> collect(engine, own)));
      }
      List<Sample> all = new ArrayList<>();
      for (CompletableFuture<List<Sample>> part : parts) {
        all.addAll(part.get());
      }
      assertEquals(expected, hash(all));
    }
  }

  @Tag("long")
  @Test
  void scoringGivesTheBitsOfGeneration() throws Exception {
    scoringGivesTheBitsOfGeneration(CacheType.F32);
    scoringGivesTheBitsOfGeneration(CacheType.F16);
  }

  private static void scoringGivesTheBitsOfGeneration(CacheType type) throws Exception {
    for (GenerationConfig config :
        List.of(
            CONFIG,
            new GenerationConfig(1, 0, 1, 1, 0, 3, true),
            new GenerationConfig(0.7, 0, 0.9, 0.9, 0, 4, true))) {
      List<Prompt> unconditional = new ArrayList<>();
      for (int i = 0; i < 30 / SHARE; i++) {
        unconditional.add(new Prompt(1000 + i, new int[0]));
      }
      List<Sample> samples =
          generate(TestModels.tiny(), new EngineOptions(2, 6, 0, 0, type), unconditional, config);
      List<TokenWindow> texts =
          samples.stream()
              .map(
                  s ->
                      TokenWindow.ofText(
                          s.streamId(), s.tokens(), TestModels.tiny().tokenizer().endOfText()))
              .toList();
      Score[] scores = new Score[1030];
      for (int threads : new int[] {2, 16}) { // many threads split the rows of a text
        EngineOptions options = new EngineOptions(threads, 11, 0, 37, type);
        try (Engine engine = new Engine(TestModels.tiny(), options)) {
          engine.score(texts.iterator(), true, score -> scores[(int) score.id()] = score);
        }
        same(samples, scores);
      }
    }
  }

  private static void same(List<Sample> samples, Score[] scores) {
    for (Sample sample : samples) {
      Score score = scores[(int) sample.streamId()];
      assertEquals(bits(sample.logLikelihood()), bits(score.logLikelihood()));
      for (int t = 0; t < sample.tokens().length; t++) {
        assertEquals(bits(sample.tokenLogLikelihoods()[t]), bits(score.tokenLogLikelihoods()[t]));
        assertEquals(sample.tokenRanks()[t], score.tokenRanks()[t]);
        assertEquals(bits(sample.tokenEntropies()[t]), bits(score.tokenEntropies()[t]));
      }
    }
  }

  private static long bits(double value) {
    return Double.doubleToRawLongBits(value);
  }

  private static List<Prompt> prompts(int count, long seed) {
    Random random = new Random(seed);
    List<Prompt> prompts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      prompts.add(
          new Prompt(
              i * 3L, random.ints(random.nextInt(4) * random.nextInt(15), 0, 50256).toArray()));
    }
    return prompts;
  }

  private static List<Sample> generate(
      Model model, EngineOptions options, List<Prompt> prompts, GenerationConfig config) {
    try (Engine engine = new Engine(model, options)) {
      List<Sample> samples = new ArrayList<>();
      engine.generate(prompts.iterator(), config, samples::add);
      return samples;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<Sample> collect(Engine engine, List<Prompt> prompts) {
    List<Sample> samples = new ArrayList<>();
    try {
      engine.generate(prompts.iterator(), CONFIG, samples::add);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return samples;
  }

  /** SHA-256 over every field of every sample, in the order of their streams. */
  private static String hash(List<Sample> samples) throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    samples.sort(java.util.Comparator.comparingLong(Sample::streamId));
    for (Sample sample : samples) {
      ByteBuffer bytes = ByteBuffer.allocate(64 + sample.tokens().length * 40);
      bytes
          .putLong(sample.streamId())
          .put((byte) (sample.ended() ? 1 : 0))
          .putDouble(sample.topP());
      bytes.putDouble(sample.logLikelihood()).putDouble(sample.samplingLogLikelihood());
      for (int t = 0; t < sample.tokens().length; t++) {
        bytes.putInt(sample.tokens()[t]).putDouble(sample.tokenLogLikelihoods()[t]);
        bytes.putDouble(sample.tokenSamplingLogLikelihoods()[t]);
        if (sample.tokenRanks() != null) {
          bytes.putInt(sample.tokenRanks()[t]).putDouble(sample.tokenEntropies()[t]);
        }
      }
      digest.update(bytes.flip());
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
