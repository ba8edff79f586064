package scriptorium.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import scriptorium.engine.generation.GenerationConfig;
import scriptorium.engine.generation.Prompt;
import scriptorium.engine.generation.Sample;
import scriptorium.engine.generation.Score;
import scriptorium.engine.generation.TokenWindow;

/**
 * The engine against float64 values of Hugging Face transformers;
 * engine/src/test/resources/golden/README.md says how they were made and how to make them again.
 */
class GoldenTest {
  /** Logits nearer than this to the target's may change places in f32. */
  private static final double NEAR_TIE = 2e-4;

  @ParameterizedTest
  @ValueSource(strings = {"tiny", "books-8M"})
  void scoresEqualTheReference(String name) throws Exception {
    JsonNode rows = golden(name);
    List<TokenWindow> texts = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      int[] tokens = ints(rows.get(i).get("tokens"));
      texts.add(new TokenWindow(i, tokens, 1));
    }
    Score[] scores = new Score[texts.size()];
    try (Engine engine = new Engine(model(name), new EngineOptions(2, 8, 0, 64))) {
      engine.score(texts.iterator(), true, score -> scores[(int) score.id()] = score);
    }
    double worst = 0;
    double sum = 0;
    double worstEntropy = 0;
    int tokens = 0;
    int otherRanks = 0;
    for (int i = 0; i < scores.length; i++) {
      double[] expected = doubles(rows.get(i).get("log_likelihoods"));
      double[] entropies = doubles(rows.get(i).get("entropies"));
      int[] ranks = ints(rows.get(i).get("ranks"));
      assertEquals(expected.length, scores[i].tokenLogLikelihoods().length);
      for (int t = 0; t < expected.length; t++) {
        double error = Math.abs(expected[t] - scores[i].tokenLogLikelihoods()[t]);
        worst = Math.max(worst, error);
        sum += error;
        worstEntropy =
            Math.max(worstEntropy, Math.abs(entropies[t] - scores[i].tokenEntropies()[t]));
        otherRanks += ranks[t] == scores[i].tokenRanks()[t] ? 0 : 1;
        assertTrue(
            Math.abs(ranks[t] - scores[i].tokenRanks()[t]) <= 1 + ranks[t] * NEAR_TIE,
            "rank "
                + scores[i].tokenRanks()[t]
                + " instead of "
                + ranks[t]
                + " at text "
                + i
                + ", token "
                + t);
        tokens++;
      }
    }
    System.out.printf(
        "%s: %d tokens, log-likelihood error max %.2g mean %.2g, entropy error max %.2g, %d ranks differ by near ties%n",
        name, tokens, worst, sum / tokens, worstEntropy, otherRanks);
    assertTrue(worst <= 1e-4, "worst error " + worst);
    assertTrue(sum / tokens < 2e-5, "mean error " + sum / tokens);
    assertTrue(worstEntropy <= 1e-4, "worst entropy error " + worstEntropy);
    assertTrue(otherRanks * 100 <= tokens, otherRanks + " of " + tokens + " ranks differ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiny", "books-8M"})
  void greedyContinuationsEqualTheReference(String name) throws Exception {
    JsonNode rows = golden(name);
    List<Prompt> prompts = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      prompts.add(new Prompt(i, Arrays.copyOfRange(ints(rows.get(i).get("tokens")), 1, 8)));
    }
    Sample[] samples = new Sample[prompts.size()];
    GenerationConfig greedy = new GenerationConfig(0, 0, 1, 1, 16, 1, false);
    try (Engine engine = new Engine(model(name), new EngineOptions(1, 5, 0, 0))) {
      engine.generate(
          prompts.iterator(), greedy, sample -> samples[(int) sample.streamId()] = sample);
    }
    for (int i = 0; i < samples.length; i++) {
      int[] expected = ints(rows.get(i).get("greedy"));
      int end = 0;
      while (end < expected.length && expected[end] != 50256) {
        end++;
      }
      int[] untilEnd = Arrays.copyOf(expected, Math.min(expected.length, end + 1));
      assertArrayEquals(untilEnd, samples[i].tokens(), "greedy continuation of text " + i);
    }
  }

  private static Model model(String name) {
    return name.equals("tiny") ? TestModels.tiny() : TestModels.books();
  }

  private static JsonNode golden(String name) throws IOException {
    return new ObjectMapper()
        .readTree(
            TestModels.home()
                .resolve("engine/src/test/resources/golden/" + name + ".golden.json")
                .toFile())
        .get("rows");
  }

  private static int[] ints(JsonNode array) {
    int[] values = new int[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).asInt();
    }
    return values;
  }

  private static double[] doubles(JsonNode array) {
    double[] values = new double[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).asDouble();
    }
    return values;
  }
}
