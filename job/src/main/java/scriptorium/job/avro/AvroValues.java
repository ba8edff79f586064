package scriptorium.job.avro;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.temporal.ChronoUnit;
import java.util.Set;
import org.apache.avro.Conversions;
import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import scriptorium.job.value.InvalidValueException;
import scriptorium.job.value.IsoText;
import scriptorium.job.value.ValueJson;

/**
 * The values of a block as JSON, in their order: numbers with all digits, dates and times in ISO
 * 8601, bytes in base64, records and maps as objects; of a union what it holds. All sizes are held
 * against the block's bytes before memory is taken. Not thread-safe.
 */
final class AvroValues {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  /** Elements without bytes, such as null, that an array has at most. */
  private static final int MOST_EMPTY = 1 << 20;

  /** Records within records: JSON readers follow some hundred levels. */
  private static final int MOST_DEPTH = 100;

  private static final Conversions.BigDecimalConversion BIG_DECIMAL =
      new Conversions.BigDecimalConversion();

  private final BinaryDecoder in;
  private final Set<String> texts;
  private InvalidValueException invalid;

  AvroValues(byte[] block, Set<String> texts) {
    this.in = DecoderFactory.get().binaryDecoder(block, null);
    this.texts = texts;
  }

  boolean isEnd() throws IOException {
    return in.isEnd();
  }

  /**
   * The next row.
   *
   * @throws InvalidValueException for a value that JSON cannot tell, behind the row
   * @throws IOException if the bytes are no row
   */
  ObjectNode row(Schema record) throws IOException {
    invalid = null;
    ObjectNode row;
    try {
      row = object(record, 0);
    } catch (RuntimeException e) { // what a decoder of bytes throws beside its own exceptions
      throw new IOException("no valid row", e);
    }
    if (invalid != null) {
      throw invalid;
    }
    return row;
  }

  private ObjectNode object(Schema record, int depth) throws IOException {
    if (depth > MOST_DEPTH) {
      throw new IOException("records are within each other more than " + MOST_DEPTH + " times");
    }
    ObjectNode object = NODES.objectNode();
    for (Schema.Field field : record.getFields()) {
      String name = field.name();
      object.set(name, value(field.schema(), name, depth == 0 && texts.contains(name), depth));
    }
    return object;
  }

  /**
   * A value.
   *
   * @param column the name that messages tell
   * @param text whether bytes without a logical type are text
   */
  private JsonNode value(Schema schema, String column, boolean text, int depth) throws IOException {
    return switch (schema.getType()) {
      case NULL -> NODES.nullNode();
      case BOOLEAN -> NODES.booleanNode(in.readBoolean());
      case INT -> whole(in.readInt(), schema, column);
      case LONG -> whole(in.readLong(), schema, column);
      case FLOAT -> NODES.numberNode(in.readFloat());
      case DOUBLE -> NODES.numberNode(in.readDouble());
      case STRING -> valid(() -> ValueJson.text(ByteBuffer.wrap(sized()), column));
      case BYTES -> bytes(sized(), schema, column, text);
      case FIXED -> bytes(exactly(schema.getFixedSize()), schema, column, false);
      case ENUM -> NODES.textNode(schema.getEnumSymbols().get(in.readEnum()));
      case UNION -> value(schema.getTypes().get(in.readIndex()), column, text, depth);
      case RECORD -> object(schema, depth + 1);
      case ARRAY -> array(schema, column, depth);
      case MAP -> map(schema, column, depth);
    };
  }

  private JsonNode array(Schema schema, String column, int depth) throws IOException {
    ArrayNode array = NODES.arrayNode();
    for (long count = in.readArrayStart(); count != 0; count = in.arrayNext()) {
      checkCount(array.size() + count);
      for (long i = 0; i < count; i++) {
        array.add(value(schema.getElementType(), column, false, depth + 1));
      }
    }
    return array;
  }

  private JsonNode map(Schema schema, String column, int depth) throws IOException {
    ObjectNode object = NODES.objectNode();
    for (long count = in.readMapStart(); count != 0; count = in.mapNext()) {
      checkCount(count);
      for (long i = 0; i < count; i++) {
        JsonNode key = valid(() -> ValueJson.text(ByteBuffer.wrap(sized()), column));
        object.set(key.asText(), value(schema.getValueType(), column, false, depth + 1));
      }
    }
    return object;
  }

  private void checkCount(long count) throws IOException {
    if (count < 0 || count > Math.max(MOST_EMPTY, in.inputStream().available())) {
      throw new IOException("a number of elements that it cannot have");
    }
  }

  private byte[] sized() throws IOException {
    return exactly(in.readLong());
  }

  private byte[] exactly(long size) throws IOException {
    if (size < 0 || size > in.inputStream().available()) {
      throw new IOException("a size that it cannot have");
    }
    byte[] bytes = new byte[(int) size];
    in.readFixed(bytes);
    return bytes;
  }

  private JsonNode whole(long value, Schema schema, String column) throws IOException {
    return switch (schema.getLogicalType()) {
      case LogicalTypes.Date _ -> NODES.textNode(IsoText.date(value));
      case LogicalTypes.TimeMillis _ -> timeOfDay(value, ChronoUnit.MILLIS, column);
      case LogicalTypes.TimeMicros _ -> timeOfDay(value, ChronoUnit.MICROS, column);
      case LogicalTypes.TimestampMillis _ -> timestamp(value, ChronoUnit.MILLIS, true);
      case LogicalTypes.TimestampMicros _ -> timestamp(value, ChronoUnit.MICROS, true);
      case LogicalTypes.TimestampNanos _ -> timestamp(value, ChronoUnit.NANOS, true);
      case LogicalTypes.LocalTimestampMillis _ -> timestamp(value, ChronoUnit.MILLIS, false);
      case LogicalTypes.LocalTimestampMicros _ -> timestamp(value, ChronoUnit.MICROS, false);
      case LogicalTypes.LocalTimestampNanos _ -> timestamp(value, ChronoUnit.NANOS, false);
      case null, default -> NODES.numberNode(value);
    };
  }

  private JsonNode timeOfDay(long value, ChronoUnit unit, String column) throws IOException {
    return valid(() -> NODES.textNode(IsoText.timeOfDay(value, unit, column)));
  }

  private static JsonNode timestamp(long value, ChronoUnit unit, boolean instant) {
    return NODES.textNode(IsoText.timestamp(value, unit, instant));
  }

  private JsonNode bytes(byte[] bytes, Schema schema, String column, boolean text)
      throws IOException {
    LogicalType logical = schema.getLogicalType();
    return switch (logical) {
      case LogicalTypes.Decimal decimal ->
          valid(() -> ValueJson.decimal(bytes, decimal.getScale(), column));
      case LogicalTypes.BigDecimal _ -> valid(() -> bigDecimal(bytes, schema, column));
      case LogicalTypes.Uuid _ -> ValueJson.uuid(ByteBuffer.wrap(bytes));
      case LogicalTypes.Duration _ -> NODES.textNode(IsoText.interval(bytes));
      case null, default ->
          text
              ? valid(() -> ValueJson.text(ByteBuffer.wrap(bytes), column))
              : NODES.binaryNode(bytes);
    };
  }

  private static JsonNode bigDecimal(byte[] bytes, Schema schema, String column)
      throws InvalidValueException {
    try {
      return NODES.numberNode(
          BIG_DECIMAL.fromBytes(ByteBuffer.wrap(bytes), schema, schema.getLogicalType()));
    } catch (RuntimeException e) {
      throw new InvalidValueException(column, "has a decimal that cannot be decoded");
    }
  }

  @FunctionalInterface
  private interface Value {
    JsonNode get() throws IOException;
  }

  /** A value, or null for one that is told behind the row: the bytes that follow are read first. */
  private JsonNode valid(Value value) throws IOException {
    try {
      return value.get();
    } catch (InvalidValueException e) {
      invalid = invalid == null ? e : invalid;
      return NODES.nullNode();
    }
  }
}
