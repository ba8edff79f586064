package scriptorium.job.input.text;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import scriptorium.job.row.RowJson;

/**
 * One row of JSON as an object whose numbers keep their digits and their sign, or why it is not
 * one. NaN and Infinity, which Python writes, are numbers too.
 */
public record JsonRow(ObjectNode object, String error) {
  /** What the parser says of a key that an object has twice, which it names by its place too. */
  private static final String TWICE = "Duplicate field ";

  private static final ObjectReader READER =
      RowJson.MAPPER
          .reader()
          .with(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .with(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS); // told apart below

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
      return row(parser);
    } catch (JsonEOFException e) {
      return bad("no valid JSON: it ends too early");
    } catch (IOException | NumberFormatException e) { // 1e99999999999 is the latter
      return bad("no valid JSON");
    }
  }

  private static JsonRow row(JsonParser parser) throws IOException {
    JsonNode value;
    try {
      value = READER.readTree(parser);
    } catch (JsonParseException e) {
      if (e.getOriginalMessage().startsWith(TWICE)) {
        return bad("the key " + parser.currentName() + " occurs twice");
      }
      throw e;
    }
    String behind = behind(parser);
    if (behind != null) {
      return bad(behind);
    }
    return value instanceof ObjectNode object
        ? new JsonRow(object, null)
        : bad("no JSON object, but " + RowJson.kind(value));
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
}
