package scriptorium.engine.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;

/**
 * Readers of other people's JSON: keys differ, nothing follows, and neither length nor depth is
 * without end.
 */
public final class StrictJson {
  private static final int DEPTH_LIMIT = 64;

  private StrictJson() {}

  /** A reader of so many JSON tokens at most, nested 64 deep at most. Thread-safe. */
  public static ObjectMapper ofTokens(long limit) {
    return JsonMapper.builder(
            JsonFactory.builder()
                .streamReadConstraints(
                    StreamReadConstraints.builder()
                        .maxTokenCount(limit)
                        .maxNestingDepth(DEPTH_LIMIT)
                        .build())
                .build())
        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .build();
  }
}
