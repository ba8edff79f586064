package scriptorium.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import scriptorium.engine.generation.TokenWindow;
import scriptorium.engine.model.CacheType;

/** What a cache in f16 costs, on held-out passages of books under the embedded model. */
class CacheLossTest {
  private static final int PASSAGES = 60;

  @Test
  void halvesMoveLikelihoodsALittleAndToNoSide() throws Exception {
    List<TokenWindow> texts = passages();
    double[][] exact = likelihoods(texts, CacheType.F32);
    double[][] halves = likelihoods(texts, CacheType.F16);
    double sum = 0;
    double absolute = 0;
    double largest = 0;
    int tokens = 0;
    for (int i = 0; i < exact.length; i++) {
      assertEquals(exact[i].length, halves[i].length);
      for (int t = 0; t < exact[i].length; t++) {
        double difference = halves[i][t] - exact[i][t];
        sum += difference;
        absolute += Math.abs(difference);
        largest = Math.max(largest, Math.abs(difference));
        tokens++;
      }
    }
    String told =
        "f16 against f32 over %d tokens, nats a token: mean %.1e, mean absolute %.1e, largest %.1e"
            .formatted(tokens, sum / tokens, absolute / tokens, largest);
    System.out.println(told);
    assertTrue(tokens > 5_000, told);
    assertTrue(absolute > 0, "The cache's type changed nothing: " + told);
    assertTrue(absolute / tokens < 1e-3 && largest < 5e-2, told);
    assertTrue(Math.abs(sum / tokens) < 5e-5, told);
  }

  private static List<TokenWindow> passages() throws IOException {
    Path file = TestModels.home().resolve("datasets/human/books.test.jsonl");
    ObjectMapper json = new ObjectMapper();
    List<TokenWindow> texts = new ArrayList<>();
    for (String line : Files.readAllLines(file).subList(0, PASSAGES)) {
      int[] tokens =
          TestModels.books().tokenizer().encode(json.readTree(line).get("text").asText());
      int length = Math.min(tokens.length, TestModels.books().config().contextLength());
      texts.add(TokenWindow.ofText(texts.size(), Arrays.copyOf(tokens, length), 50256));
    }
    return texts;
  }

  private static double[][] likelihoods(List<TokenWindow> texts, CacheType type)
      throws InterruptedException {
    double[][] likelihoods = new double[texts.size()][];
    EngineOptions options = new EngineOptions(0, 16, 0, 0, type);
    try (Engine engine = new Engine(TestModels.books(), options)) {
      engine.score(
          texts.iterator(),
          false,
          score -> likelihoods[(int) score.id()] = score.tokenLogLikelihoods());
    }
    return likelihoods;
  }
}
