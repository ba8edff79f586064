package scriptorium.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import scriptorium.engine.generation.GenerationConfig;
import scriptorium.engine.generation.GenerationConfig.BestOfBy;
import scriptorium.engine.generation.Prompt;
import scriptorium.engine.generation.Sample;
import scriptorium.engine.generation.Score;
import scriptorium.engine.generation.TokenWindow;
import scriptorium.engine.sampling.SamplingConfig;

/**
 * What {@link DeterminismTest} shows of top-k and top-p, of the other settings: the same bits
 * whatever the slots, threads, steps and neighbours; the hash is that of each vector width.
 */
class SamplingDeterminismTest {
  private static final String HASH =
      "0c83726e87c0cf64688f4f6d8f24c5ecda6df35c06ed940123594fa8cec69ad6";
  private static final SamplingConfig PLAIN = SamplingConfig.PLAIN;
  private static final GenerationConfig BASE = new GenerationConfig(1, 0, 1, 1, 24, 17, true);

  private static final List<GenerationConfig> CONFIGS =
      List.of(
          BASE.withSampling(PLAIN.withMinP(0.05)),
          BASE.withSampling(PLAIN.withTypicalP(0.8)),
          BASE.withSampling(PLAIN.withRepetitionPenalty(1.4).withTemperature(0.7)),
          BASE.withSampling(PLAIN.withNoRepeatNgram(2).withTopK(5)),
          BASE.withSampling(PLAIN.withMinNewTokens(20).withTopP(0.6, 0.9)),
          BASE.withStops(List.of("e", "\n", " the ")),
          BASE.withBestOf(3, BestOfBy.SUM),
          BASE.withSampling(PLAIN.withTopK(30)).withBestOf(2, BestOfBy.MEAN),
          BASE.withSampling(new SamplingConfig(0.9, 60, 0.8, 0.98, 0.01, 0.9, 1.2, 3, 4))
              .withStops(List.of("a", "or"))
              .withBestOf(2, BestOfBy.MEAN)
              .withMaxNewTokens(16));

  /** Rows that take the settings above in turn. */
  private static List<Prompt> mixed() {
    Random random = new Random(6);
    List<Prompt> prompts = new ArrayList<>();
    for (int i = 0; i < 4 * CONFIGS.size(); i++) {
      int[] tokens = random.ints(i % 3 * random.nextInt(8), 0, 50256).toArray();
      prompts.add(new Prompt(7L * i, tokens, CONFIGS.get(i % CONFIGS.size())));
    }
    return prompts;
  }

  private static List<Sample> generate(
      EngineOptions options, List<Prompt> prompts, GenerationConfig config) throws Exception {
    List<Sample> samples = new ArrayList<>();
    try (Engine engine = new Engine(TestModels.tiny(), options)) {
      engine.generate(prompts.iterator(), config, samples::add);
    }
    samples.sort(Comparator.comparingLong(Sample::streamId));
    return samples;
  }

  /** All that a sample says, floats with all their bits. */
  private static String words(Sample sample) {
    return String.join(
        " ",
        Arrays.toString(sample.tokens()),
        String.valueOf(sample.stop()),
        Double.toHexString(sample.logLikelihood()),
        Double.toHexString(sample.samplingLogLikelihood()),
        Double.toHexString(sample.topP()),
        Arrays.toString(sample.tokenLogLikelihoods()),
        Arrays.toString(sample.tokenSamplingLogLikelihoods()),
        Arrays.toString(sample.tokenRanks()),
        Arrays.toString(sample.tokenEntropies()));
  }

  private static String hash(List<Sample> samples) throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    for (Sample sample : samples) {
      digest.update(words(sample).getBytes(StandardCharsets.UTF_8));
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  @Widths
  @Tag("long")
  @Test
  void rowsHaveTheGoldenHashWhateverTheSlotsAndThreads() throws Exception {
    for (EngineOptions options :
        List.of(
            new EngineOptions(1, 1, 0, 0),
            new EngineOptions(2, 7, 0, 11),
            new EngineOptions(3, 64, 0, 0))) {
      assertEquals(HASH, hash(generate(options, mixed(), BASE)), options.toString());
    }
  }

  @Test
  void rowsWithSettingsOfTheirOwnEqualThoseOfARunWithThem() throws Exception {
    List<Prompt> mixed = mixed();
    List<Sample> together = generate(new EngineOptions(2, 5, 0, 0), mixed, BASE);
    for (int c = 0; c < CONFIGS.size(); c++) {
      List<Prompt> alone = new ArrayList<>();
      for (int i = c; i < mixed.size(); i += CONFIGS.size()) {
        alone.add(new Prompt(mixed.get(i).streamId(), mixed.get(i).tokens()));
      }
      List<Sample> samples = generate(new EngineOptions(2, 8, 0, 0), alone, CONFIGS.get(c));
      for (int i = 0; i < samples.size(); i++) {
        assertEquals(words(samples.get(i)), words(together.get(c + i * CONFIGS.size())));
      }
    }
  }

  @Test
  void scoringGivesTheBitsOfGeneration() throws Exception {
    List<Prompt> prompts = new ArrayList<>();
    for (int i = 0; i < 2 * CONFIGS.size(); i++) {
      prompts.add(new Prompt(i, new int[0], CONFIGS.get(i % CONFIGS.size())));
    }
    EngineOptions options = new EngineOptions(2, 8, 0, 0);
    List<Sample> samples = generate(options, prompts, BASE);
    int end = TestModels.tiny().tokenizer().endOfText();
    Score[] scores = new Score[samples.size()];
    try (Engine engine = new Engine(TestModels.tiny(), options)) {
      engine.score(
          samples.stream()
              .map(sample -> TokenWindow.ofText(sample.streamId(), sample.tokens(), end))
              .iterator(),
          true,
          score -> scores[(int) score.id()] = score);
    }
    for (int i = 0; i < scores.length; i++) {
      Sample sample = samples.get(i);
      assertEquals(sample.logLikelihood(), scores[i].logLikelihood());
      assertEquals(
          Arrays.toString(sample.tokenLogLikelihoods()),
          Arrays.toString(scores[i].tokenLogLikelihoods()));
      assertEquals(Arrays.toString(sample.tokenRanks()), Arrays.toString(scores[i].tokenRanks()));
    }
  }

  @Test
  void theEndTokenComesNotBeforeTheLeastLengthAndThenWithItsProbability() throws Exception {
    List<Prompt> prompts = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      prompts.add(new Prompt(i, new int[0]));
    }
    int end = TestModels.tiny().tokenizer().endOfText();
    // At this temperature all tokens are about as likely: only a top-k of ties would hide the end.
    SamplingConfig sampling = PLAIN.withMinNewTokens(3);
    for (Sample sample :
        generate(new EngineOptions(2, 8, 0, 0), prompts, BASE.withSampling(sampling))) {
      for (int i = 0; i < 3; i++) {
        assertTrue(sample.tokens()[i] != end);
        double left = 1 - endProbability(sample, i);
        assertEquals(
            sample.tokenLogLikelihoods()[i] - Math.log(left),
            sample.tokenSamplingLogLikelihoods()[i],
            1e-6);
      }
    }
  }

  /** That the end token had where the sample has its i-th. */
  private static double endProbability(Sample sample, int i) throws Exception {
    int end = TestModels.tiny().tokenizer().endOfText();
    int[] tokens = new int[i + 2];
    tokens[0] = end;
    System.arraycopy(sample.tokens(), 0, tokens, 1, i);
    tokens[i + 1] = end;
    double[] found = new double[1];
    try (Engine engine = new Engine(TestModels.tiny(), new EngineOptions(1, 1, 0, 0))) {
      engine.score(
          List.of(new TokenWindow(0, tokens, i + 1)).iterator(),
          false,
          score -> found[0] = Math.exp(score.logLikelihood()));
    }
    return found[0];
  }

  @Test
  void noNgramIsThereTwice() throws Exception {
    SamplingConfig greedy = PLAIN.withTemperature(0);
    List<Prompt> prompts = List.of(new Prompt(0, new int[] {464, 257, 464, 257, 464}));
    GenerationConfig config = BASE.withMaxNewTokens(50);
    EngineOptions options = new EngineOptions(1, 1, 0, 0);
    Sample repeating = generate(options, prompts, config.withSampling(greedy)).getFirst();
    Sample blocked =
        generate(options, prompts, config.withSampling(greedy.withNoRepeatNgram(2))).getFirst();
    assertTrue(repeats(prompts.getFirst().tokens(), repeating.tokens()) > 0);
    assertEquals(2, repeats(prompts.getFirst().tokens(), blocked.tokens())); // the prompt's own
    assertFalse(Arrays.equals(repeating.tokens(), blocked.tokens()));
  }

  /** Pairs of tokens that were there before. */
  private static long repeats(int[] prompt, int[] tokens) {
    List<Long> pairs = new ArrayList<>();
    int last = -1;
    for (int[] part : List.of(prompt, tokens)) {
      for (int token : part) {
        if (last >= 0) {
          pairs.add((long) last << 32 | token);
        }
        last = token;
      }
    }
    return pairs.size() - pairs.stream().distinct().count();
  }
}
