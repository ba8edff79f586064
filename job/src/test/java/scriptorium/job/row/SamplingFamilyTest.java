package scriptorium.job.row;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A family's name tells all that is on. */
class SamplingFamilyTest {
  @Test
  void namesTellAllThatIsOn() {
    assertEquals("t1", SamplingFamily.of(Map.of()));
    assertEquals(
        "t1",
        SamplingFamily.of(Map.of("temperature", 1.0, "topK", 0, "topPLow", 1.0, "topPHigh", 1.0)));
    assertEquals("k40", SamplingFamily.of(Map.of("topK", 40)));
    assertEquals("nucleus", SamplingFamily.of(Map.of("topPLow", 0.8, "topPHigh", 1.0)));
    assertEquals(
        "t0-p0.9", SamplingFamily.of(Map.of("temperature", 0, "topPLow", 0.9, "topPHigh", 0.9)));
    assertEquals("k40-minp0.05", SamplingFamily.of(Map.of("topK", 40, "minP", 0.05)));
    assertEquals(
        "typical0.9-rep1.2-ngram3-min8",
        SamplingFamily.of(
            Map.of(
                "typicalP", 0.9, "repetitionPenalty", 1.2, "noRepeatNgram", 3, "minNewTokens", 8)));
    assertEquals("k40-stop", SamplingFamily.of(Map.of("topK", 40, "stop", List.of("."))));
    assertEquals("best4", SamplingFamily.of(Map.of("bestOf", 4, "bestOfBy", "sum")));
    assertEquals("best4mean", SamplingFamily.of(Map.of("bestOf", 4, "bestOfBy", "mean")));
    assertEquals(
        "k40-perprompt", SamplingFamily.of(Map.of("topK", 40, "promptSettings", List.of("top_p"))));
  }
}
