package scriptorium.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import scriptorium.engine.generation.GenerationConfig;
import scriptorium.engine.generation.Prompt;
import scriptorium.engine.model.StepProfile;
import scriptorium.engine.model.StepProfile.Phase;

/** Texts of any length: against the float64 reference, and against themselves. */
class ScorerTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int[] NONE = {};

  /** 200 texts of WebText, books and WikiText-2; see make_scores.py. */
  @Test
  void scoresOfBooksEqualTheReference() throws Exception {
    ScoreComparison comparison =
        ScoreComparison.of(TestModels.books(), golden("books-8M.scores.json.gz"));
    System.out.println("books-8M: " + comparison);
    assertTrue(comparison.tokens() > 20_000);
    assertTrue(comparison.largestError() < 1e-4, comparison.toString());
    assertTrue(comparison.meanError() < 2e-5, comparison.toString());
    assertTrue(comparison.largestSumErrorPerHundredTokens() < 1e-3, comparison.toString());
    // Near ties of logits, deep in the vocabulary's tail.
    assertTrue(comparison.otherRanks() < comparison.tokens() / 300, comparison.toString());
    assertTrue(comparison.largestRankError() <= 2, comparison.toString());
    assertTrue(comparison.largestEntropyError() < 1e-4, comparison.toString());
    assertTrue(comparison.largestVarianceError() < 1e-3, comparison.toString());
    assertTrue(comparison.largestDiscrepancyError() < 1e-3, comparison.toString());
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 32, 1})
  void windowsEqualTheReference(int stride) throws Exception {
    JsonNode expected = golden("tiny.windows.json").get("tiny").get("strides").get("" + stride);
    int vocabulary = TestModels.tiny().config().vocabSize();
    int[] tokens =
        IntStream.range(0, 5000)
            .map(i -> (int) ((i * 7919L + (long) i * i * 31) % vocabulary))
            .toArray();
    compare(TestModels.tiny(), tokens, stride, expected, 1e-5);
  }

  @ParameterizedTest
  @ValueSource(ints = {1024, 512})
  void windowsOfBooksEqualTheReference(int stride) throws Exception {
    JsonNode expected = golden("tiny.windows.json").get("books-8M").get("strides").get("" + stride);
    StringBuilder text = new StringBuilder();
    Path file = TestModels.home().resolve("datasets/human/books.test.jsonl");
    for (String line : Files.readAllLines(file).subList(0, 10)) {
      text.append(text.isEmpty() ? "" : "\n").append(JSON.readTree(line).get("text").asText());
    }
    int[] tokens = TestModels.books().tokenizer().encode(text.toString());
    compare(TestModels.books(), Arrays.copyOf(tokens, 5000), stride, expected, 1e-4);
  }

  @Test
  void anObserversCrossEntropiesEqualTheReference() throws Exception {
    JsonNode golden = golden("tiny.observed.json");
    List<ScoringText> texts = new ArrayList<>();
    for (JsonNode text : golden) {
      texts.add(
          new ScoringText(texts.size(), NONE, JSON.convertValue(text.get("tokens"), int[].class)));
    }
    TextScore[] scores = new TextScore[texts.size()];
    try (Engine engine =
        new Engine(TestModels.tiny(), TestModels.books(), new EngineOptions(2, 3, 0, 16))) {
      new Scorer(engine, ScoringConfig.LIKELIHOODS)
          .score(texts.iterator(), score -> scores[(int) score.id()] = score);
      assertThrows(
          IllegalStateException.class,
          () ->
              engine.generate(
                  List.<Prompt>of().iterator(),
                  new GenerationConfig(1, 0, 1, 1, 0, 1, false),
                  sample -> {}));
    }
    for (int i = 0; i < scores.length; i++) {
      double[] expected = JSON.convertValue(golden.get(i).get("cross_entropies"), double[].class);
      assertArrayEquals(expected, scores[i].crossEntropies(), 2e-5);
      assertEquals(golden.get(i).get("binoculars").asDouble(), scores[i].binoculars(), 1e-6);
    }
  }

  /** A model's cross-entropy to itself is its entropy; and the bits do not depend on batches. */
  @Test
  void aModelThatObservesItselfSeesItsEntropy() throws Exception {
    List<ScoringText> texts = texts(60);
    ScoringConfig config = new ScoringConfig(40, true);
    TextScore[] crowd = new TextScore[texts.size()];
    try (Engine engine =
        new Engine(TestModels.tiny(), TestModels.tiny(), new EngineOptions(2, 20, 0, 70))) {
      new Scorer(engine, config).score(texts.iterator(), s -> crowd[(int) s.id()] = s);
    }
    try (Engine engine =
        new Engine(TestModels.tiny(), TestModels.tiny(), new EngineOptions(1, 2, 0, 5))) {
      for (int i = 0; i < crowd.length; i++) {
        TextScore alone = score(engine, config, texts.get(i));
        assertSame(crowd[i], alone);
        assertArrayEquals(bits(crowd[i].crossEntropies()), bits(alone.crossEntropies()));
        assertArrayEquals(alone.entropies(), alone.crossEntropies(), 1e-5);
      }
    }
  }

  @Test
  void anObserverOfAnotherContextIsRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new Engine(TestModels.books(), TestModels.tiny(), EngineOptions.DEFAULT));
  }

  private static void compare(
      Model model, int[] tokens, int stride, JsonNode expected, double tolerance)
      throws InterruptedException {
    TextScore score;
    try (Engine engine = new Engine(model, new EngineOptions(2, 16, 0, 128))) {
      score = score(engine, new ScoringConfig(stride, false), new ScoringText(0, NONE, tokens));
    }
    double[] values = JSON.convertValue(expected.get("log_likelihoods"), double[].class);
    int[] contexts = JSON.convertValue(expected.get("contexts"), int[].class);
    assertEquals((tokens.length + 36) / 37, values.length);
    for (int i = 0; i < values.length; i++) {
      assertEquals(contexts[i], score.contexts()[i * 37]);
      assertEquals(values[i], score.logLikelihoods()[i * 37], tolerance);
    }
    assertEquals(expected.get("sum").asDouble(), score.logLikelihood(), tokens.length * 1e-6);
  }

  @Test
  void aTextAloneHasTheBitsOfOneInACrowd() throws Exception {
    List<ScoringText> texts = texts(10_000);
    List<ScoringText> some = new ArrayList<>(texts.subList(5000, 5300));
    Collections.shuffle(some, new Random(3));
    ScoringConfig config = new ScoringConfig(40, true);
    TextScore[] crowd = new TextScore[texts.size()];
    TextScore[] other = new TextScore[texts.size()];
    try (Engine engine = new Engine(TestModels.tiny(), new EngineOptions(2, 64, 0, 200))) {
      new Scorer(engine, config).score(texts.iterator(), s -> crowd[(int) s.id()] = s);
    }
    for (ScoringText text : texts) {
      assertEquals(text.tokens().length, crowd[(int) text.id()].length());
    }
    try (Engine engine = new Engine(TestModels.tiny(), new EngineOptions(1, 7, 0, 19))) {
      new Scorer(engine, config).score(some.iterator(), s -> other[(int) s.id()] = s);
      for (int i = 0; i < some.size(); i++) {
        int id = (int) some.get(i).id();
        assertSame(crowd[id], other[id]);
        if (i % 7 == 0) {
          assertSame(crowd[id], score(engine, config, some.get(i)));
        }
      }
    }
  }

  @Test
  void aPromptsContinuationsShareItsComputation() throws Exception {
    int[] prompt = IntStream.range(300, 340).toArray();
    List<ScoringText> texts = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      texts.add(new ScoringText(i, prompt, IntStream.range(i, i + i % 5).toArray()));
    }
    ScoringConfig config = new ScoringConfig(0, true);
    TextScore[] together = new TextScore[texts.size()];
    try (Engine engine = new Engine(TestModels.tiny(), new EngineOptions(2, 16, 0, 0))) {
      new Scorer(engine, config).score(texts.iterator(), s -> together[(int) s.id()] = s);
      StepProfile shared = engine.profile();
      for (ScoringText text : texts) {
        assertSame(score(engine, config, text), together[(int) text.id()]);
      }
      StepProfile single = engine.profile().since(shared);
      double share = (double) shared.flops(Phase.MLP_UP) / single.flops(Phase.MLP_UP);
      assertTrue(share < 0.25, "of the work of single texts: " + share);
    }
  }

  @Test
  void aPromptIsConditionedOnAndNotScored() throws Exception {
    int[] prompt = IntStream.range(300, 310).toArray();
    int[] text = IntStream.range(400, 430).toArray();
    int[] both = IntStream.concat(Arrays.stream(prompt), Arrays.stream(text)).toArray();
    try (Engine engine = new Engine(TestModels.tiny(), new EngineOptions(2, 4, 0, 0))) {
      TextScore whole = score(engine, ScoringConfig.LIKELIHOODS, new ScoringText(0, NONE, both));
      TextScore rest = score(engine, ScoringConfig.LIKELIHOODS, new ScoringText(0, prompt, text));
      assertArrayEquals(
          Arrays.copyOfRange(whole.logLikelihoods(), prompt.length, both.length),
          rest.logLikelihoods());
      assertEquals(11, rest.contexts()[0]);
      // A prompt of several contexts: what the windows still hold of it.
      int[] longPrompt = IntStream.range(0, 200).toArray();
      TextScore far =
          score(engine, new ScoringConfig(32, false), new ScoringText(0, longPrompt, text));
      assertEquals(201 - 160, far.contexts()[0]);
    }
  }

  @Test
  void anEmptyTextHasNoTokens() throws Exception {
    try (Engine engine = new Engine(TestModels.tiny(), new EngineOptions(2, 4, 0, 0))) {
      TextScore empty = new Scorer(engine, ScoringConfig.LIKELIHOODS).score("");
      assertEquals(0, empty.length());
      assertEquals(0, empty.logLikelihood());
      List<TextScore> two =
          new Scorer(engine, ScoringConfig.LIKELIHOODS).score(List.of("", "a word", ""));
      assertEquals(List.of(0, 2, 0), two.stream().map(TextScore::length).toList());
    }
  }

  @Test
  void aStrideBeyondTheContextIsRefused() {
    try (Engine engine = new Engine(TestModels.tiny(), new EngineOptions(1, 1, 0, 0))) {
      assertThrows(
          IllegalArgumentException.class, () -> new Scorer(engine, new ScoringConfig(65, false)));
      assertThrows(IllegalArgumentException.class, () -> new ScoringConfig(-1, false));
    }
  }

  private static List<ScoringText> texts(int count) {
    Random random = new Random(7);
    List<ScoringText> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int length = i % 20 == 0 ? random.nextInt(400) : random.nextInt(60);
      int prompt = i % 3 == 0 ? random.nextInt(20) : 0;
      texts.add(
          new ScoringText(
              i, random.ints(prompt, 0, 1000).toArray(), random.ints(length, 0, 1000).toArray()));
    }
    return texts;
  }

  private static TextScore score(Engine engine, ScoringConfig config, ScoringText text)
      throws InterruptedException {
    List<TextScore> scores = new ArrayList<>();
    new Scorer(engine, config).score(List.of(text).iterator(), scores::add);
    assertEquals(1, scores.size());
    return scores.getFirst();
  }

  private static void assertSame(TextScore expected, TextScore actual) {
    assertArrayEquals(bits(expected.logLikelihoods()), bits(actual.logLikelihoods()));
    assertArrayEquals(expected.contexts(), actual.contexts());
    assertArrayEquals(expected.ranks(), actual.ranks());
    assertArrayEquals(bits(expected.entropies()), bits(actual.entropies()));
    assertArrayEquals(bits(expected.variances()), bits(actual.variances()));
  }

  private static long[] bits(double[] values) {
    return Arrays.stream(values).mapToLong(Double::doubleToRawLongBits).toArray();
  }

  private static JsonNode golden(String name) throws IOException {
    try (InputStream file = ScorerTest.class.getResourceAsStream("/golden/" + name);
        InputStream in = name.endsWith(".gz") ? new GZIPInputStream(file) : file) {
      return JSON.readTree(in);
    }
  }
}
