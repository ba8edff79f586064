package scriptorium.job.input.text;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import scriptorium.job.row.RowJson;

/**
 * One row of JSON as an object whose numbers keep their digits and their sign, or why it is not
 * one. NaN and Infinity, which Python writes, are numbers too.
 */
public record JsonRow(ObjectNode object, String error) {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final ObjectReader READER =
      RowJson.MAPPER.reader().with(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS);

  /** A key that an object has twice. */
  private static final class TwiceException extends IOException {
    private static final long serialVersionUID = 1;

    TwiceException(String key) {
      super(key);
    }
  }

  /** The row of some bytes. */
  public static JsonRow of(byte[] json) {
    String text;
    try {
      text = text(json);
    } catch (CharacterCodingException e) {
      return bad("no valid UTF-8");
    }
    if (text.isBlank()) {
      return bad("no JSON object: the line is blank");
    }
    try (JsonParser parser = READER.createParser(text)) {
      parser.nextToken();
      JsonNode value = value(parser);
      String behind = behind(parser);
      if (behind != null) {
        return bad(behind);
      }
      return value instanceof ObjectNode object
          ? new JsonRow(object, null)
          : bad("no JSON object, but " + RowJson.kind(value));
    } catch (TwiceException e) {
      return bad("the key " + e.getMessage() + " occurs twice");
    } catch (JsonEOFException e) {
      return bad("no valid JSON: it ends too early");
    } catch (IOException | NumberFormatException e) { // 1e99999999999 is the latter
      return bad("no valid JSON");
    }
  }

  private static JsonRow bad(String error) {
    return new JsonRow(null, error);
  }

  /** Bytes as UTF-8. */
  public static String text(byte[] bytes) throws CharacterCodingException {
    return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
  }

  /** What is wrong with what stands behind the first value; null for nothing. */
  private static String behind(JsonParser parser) throws IOException {
    try {
      return parser.nextToken() == null ? null : "two values on one line";
    } catch (JsonProcessingException e) {
      return "no valid JSON: text behind its first value";
    }
  }

  /** The value at whose first token a parser stands. */
  private static JsonNode value(JsonParser parser) throws IOException {
    return switch (parser.currentToken()) {
      case START_OBJECT -> object(parser);
      case START_ARRAY -> {
        ArrayNode array = NODES.arrayNode();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          array.add(value(parser));
        }
        yield array;
      }
      case VALUE_NUMBER_INT ->
          switch (parser.getNumberType()) {
            case INT -> NODES.numberNode(parser.getIntValue());
            case LONG -> NODES.numberNode(parser.getLongValue());
            default -> NODES.numberNode(parser.getBigIntegerValue());
          };
      case VALUE_NUMBER_FLOAT -> number(parser);
      case VALUE_TRUE -> NODES.booleanNode(true);
      case VALUE_FALSE -> NODES.booleanNode(false);
      case VALUE_NULL -> NODES.nullNode();
      default -> NODES.textNode(parser.getText());
    };
  }

  private static ObjectNode object(JsonParser parser) throws IOException {
    ObjectNode object = NODES.objectNode();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = parser.currentName();
      parser.nextToken();
      if (object.has(key)) {
        throw new TwiceException(key);
      }
      object.set(key, value(parser));
    }
    return object;
  }

  /** All digits of a decimal; those of a double where a decimal cannot tell it: NaN, -0.0. */
  private static JsonNode number(JsonParser parser) throws IOException {
    if (parser.isNaN()) {
      return DoubleNode.valueOf(parser.getDoubleValue());
    }
    BigDecimal decimal = parser.getDecimalValue();
    return decimal.signum() == 0 && parser.getText().startsWith("-")
        ? DoubleNode.valueOf(-0.0)
        : DecimalNode.valueOf(decimal);
  }
}
