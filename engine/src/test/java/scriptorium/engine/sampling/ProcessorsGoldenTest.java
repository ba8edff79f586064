package scriptorium.engine.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.InputStream;
import org.junit.jupiter.api.Test;
import scriptorium.engine.kernel.KernelProvider;
import scriptorium.engine.memory.OffHeap;

/** The distribution that is drawn from, against transformers' processors and warpers. */
class ProcessorsGoldenTest {
  @Test
  void distributionsEqualTheReference() throws Exception {
    JsonNode cases;
    try (InputStream in = getClass().getResourceAsStream("/golden/processors.golden.json")) {
      cases = new ObjectMapper().readTree(in).get("cases");
    }
    assertTrue(cases.size() >= 100);
    for (int i = 0; i < cases.size(); i++) {
      try (OffHeap memory = new OffHeap()) {
        check("case " + i + " " + cases.get(i).get("settings"), cases.get(i), memory);
      }
    }
  }

  /** Draws at the middle of what each token is given, which leaves nothing for any other. */
  private static void check(String which, JsonNode one, OffHeap memory) {
    float[] logits = new float[one.get("logits").size()];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) one.get("logits").get(i).doubleValue();
    }
    int[] history = new int[one.get("history").size()];
    for (int i = 0; i < history.length; i++) {
      history[i] = one.get("history").get(i).intValue();
    }
    SamplingConfig config = config(one.get("settings"));
    Sampler sampler = new Sampler(KernelProvider.kernels(), logits.length, memory);
    AdjustedLogits adjusted = sampler.adjusted();
    adjusted.start(SamplerTest.row(logits, memory));
    adjusted.penalize(history, 0, history.length, config.repetitionPenalty());
    if (config.noRepeatNgram() > 0) {
      adjusted.blockRepeats(history, 0, history.length, config.noRepeatNgram());
    }
    if (one.get("new").intValue() < config.minNewTokens()) {
      adjusted.ban(logits.length - 1);
    }
    LogitsRow row = adjusted.row();
    double before = 0;
    for (int i = 0; i < one.get("kept").size(); i++) {
      double expected = one.get("log_probabilities").get(i).doubleValue();
      double p = Math.exp(expected);
      if (p < 1e-6) { // float sums may give its place to a neighbour
        before += p;
        continue;
      }
      int token = sampler.sample(row, config, config.topPLow(), before + p / 2);
      assertEquals(one.get("kept").get(i).intValue(), token, which);
      assertEquals(expected, sampler.logProbability(), 2e-6 * (1 + Math.abs(expected)), which);
      before += p;
    }
    assertEquals(1, before, 1e-9, which);
  }

  private static SamplingConfig config(JsonNode settings) {
    double topP = settings.path("topP").asDouble(1);
    return new SamplingConfig(
        settings.path("temperature").asDouble(1),
        settings.path("topK").asInt(0),
        topP,
        topP,
        settings.path("minP").asDouble(0),
        settings.path("typicalP").asDouble(1),
        settings.path("repetitionPenalty").asDouble(1),
        settings.path("noRepeatNgram").asInt(0),
        settings.path("minNewTokens").asInt(0));
  }
}
