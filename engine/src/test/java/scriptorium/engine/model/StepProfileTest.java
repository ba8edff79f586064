package scriptorium.engine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import scriptorium.engine.Engine;
import scriptorium.engine.EngineOptions;
import scriptorium.engine.TestModels;
import scriptorium.engine.generation.GenerationConfig;
import scriptorium.engine.generation.Prompt;

class StepProfileTest {
  @Test
  void aSampleTakesTheOperationsOfItsRows() throws Exception {
    int tokens = 9;
    GenerationConfig config = new GenerationConfig(1, 0, 1, 1, tokens, 1, false);
    try (Engine engine = new Engine(TestModels.tiny(), new EngineOptions(1, 1, 0, 0))) {
      engine.generate(
          List.of(new Prompt(0, new int[0])).iterator(),
          config.withSampling(config.sampling().withMinNewTokens(tokens)),
          sample -> assertEquals(tokens, sample.tokens().length));
      Gpt2Config shape = engine.model().config();
      assertEquals(
          IntStream.rangeClosed(1, tokens).mapToLong(shape::flops).sum(), engine.profile().flops());
    }
  }
}
