package scriptorium.job.value;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/** What stored bytes are in JSON. Stateless. */
public final class ValueJson {
  private ValueJson() {}

  /**
   * Bytes as text.
   *
   * @throws InvalidValueException if they are no UTF-8
   */
  public static JsonNode text(ByteBuffer bytes, String column) throws InvalidValueException {
    try {
      return TextNode.valueOf(StandardCharsets.UTF_8.newDecoder().decode(bytes).toString());
    } catch (CharacterCodingException e) {
      throw new InvalidValueException(column, "has no valid UTF-8");
    }
  }

  /**
   * A decimal with all its digits.
   *
   * @param unscaled in two's complement, the highest byte first
   * @throws InvalidValueException if there are no bytes
   */
  public static JsonNode decimal(byte[] unscaled, int scale, String column)
      throws InvalidValueException {
    if (unscaled.length == 0) {
      throw new InvalidValueException(column, "has a decimal without digits");
    }
    return DecimalNode.valueOf(new BigDecimal(new BigInteger(unscaled), scale));
  }

  /** The sixteen bytes of a UUID. */
  public static JsonNode uuid(ByteBuffer bytes) {
    return TextNode.valueOf(new UUID(bytes.getLong(), bytes.getLong()).toString());
  }

  /**
   * The name that a map's key is in an object.
   *
   * @throws InvalidValueException for null
   */
  public static String key(JsonNode key, String column) throws InvalidValueException {
    if (key.isNull()) {
      throw new InvalidValueException(column, "has a key that is null");
    }
    return key.isValueNode() ? key.asText() : key.toString();
  }
}
