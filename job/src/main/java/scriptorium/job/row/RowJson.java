package scriptorium.job.row;

import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** How rows are read from JSON: numbers keep all their digits. Stateless, thread-safe. */
public final class RowJson {
  /** Bytes of a row at most. */
  public static final int BYTE_LIMIT = 128 << 20;

  /** Reads and writes values of rows. */
  public static final ObjectMapper MAPPER =
      JsonMapper.builder(
              new SignedZeros(
                  new JsonFactoryBuilder()
                      .streamReadConstraints(
                          StreamReadConstraints.builder()
                              .maxStringLength(BYTE_LIMIT)
                              .maxNumberLength(1000)
                              .maxNestingDepth(200)
                              .build())))
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  /** If a column occurs twice, readers take one or the other. */
  private static final ObjectReader STRICT =
      MAPPER.reader().with(StreamReadFeature.STRICT_DUPLICATE_DETECTION);

  private RowJson() {}

  /** A row as an object; an empty object if it is not one, or has a column twice. */
  public static ObjectNode columns(String row) {
    return value(row) instanceof ObjectNode object ? object : JsonNodeFactory.instance.objectNode();
  }

  /** A value in JSON; null if it is not valid. */
  public static JsonNode value(String json) {
    try {
      return STRICT.readTree(json);
    } catch (JsonProcessingException e) {
      return null;
    }
  }

  /** The kind of a value, for messages: "a number", "a text". */
  public static String kind(JsonNode value) {
    return switch (value.getNodeType()) {
      case NULL -> "null";
      case NUMBER -> "a number";
      case BOOLEAN -> "a boolean";
      case ARRAY -> "an array";
      case STRING -> "a text";
      default -> "an object";
    };
  }
}
