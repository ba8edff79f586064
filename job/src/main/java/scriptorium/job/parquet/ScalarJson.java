package scriptorium.job.parquet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.LogicalTypeAnnotation.DateLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DecimalLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.EnumLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.Float16LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.IntLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.IntervalLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.JsonLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.StringLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeUnit;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimestampLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.UUIDLogicalTypeAnnotation;
import org.apache.parquet.schema.PrimitiveType;
import scriptorium.job.value.InvalidValueException;
import scriptorium.job.value.IsoText;
import scriptorium.job.value.ValueJson;

/**
 * Single values of Parquet as JSON: all numbers exact, dates and times in ISO 8601 with a "Z" where
 * they are instants, bytes in base64. One type has one form, whatever the value.
 */
final class ScalarJson {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final long JULIAN_EPOCH_DAY = 2440588;

  private ScalarJson() {}

  static JsonNode value(Group group, PrimitiveType type, int field, int index)
      throws InvalidValueException {
    return switch (type.getPrimitiveTypeName()) {
      case BOOLEAN -> NODES.booleanNode(group.getBoolean(field, index));
      case FLOAT -> NODES.numberNode(group.getFloat(field, index));
      case DOUBLE -> NODES.numberNode(group.getDouble(field, index));
      case INT32 -> whole(group.getInteger(field, index), type);
      case INT64 -> whole(group.getLong(field, index), type);
      case INT96 -> NODES.textNode(int96(group.getInt96(field, index)));
      case BINARY, FIXED_LEN_BYTE_ARRAY -> bytes(group.getBinary(field, index), type);
    };
  }

  private static JsonNode whole(long value, PrimitiveType type) throws InvalidValueException {
    return switch (type.getLogicalTypeAnnotation()) {
      case IntLogicalTypeAnnotation integer when !integer.isSigned() ->
          unsigned(value, integer.getBitWidth());
      case DecimalLogicalTypeAnnotation decimal ->
          DecimalNode.valueOf(BigDecimal.valueOf(value, decimal.getScale()));
      case DateLogicalTypeAnnotation _ -> NODES.textNode(IsoText.date(value));
      case TimeLogicalTypeAnnotation time ->
          NODES.textNode(IsoText.timeOfDay(value, unit(time.getUnit()), type.getName()));
      case TimestampLogicalTypeAnnotation timestamp ->
          NODES.textNode(
              IsoText.timestamp(value, unit(timestamp.getUnit()), timestamp.isAdjustedToUTC()));
      case null, default -> NODES.numberNode(value);
    };
  }

  private static JsonNode unsigned(long value, int bits) {
    if (bits == Long.SIZE) {
      return value < 0
          ? NODES.numberNode(new BigInteger(Long.toUnsignedString(value)))
          : NODES.numberNode(value);
    }
    return NODES.numberNode(value & ((1L << bits) - 1));
  }

  private static ChronoUnit unit(TimeUnit unit) {
    return switch (unit) {
      case MILLIS -> ChronoUnit.MILLIS;
      case MICROS -> ChronoUnit.MICROS;
      case NANOS -> ChronoUnit.NANOS;
    };
  }

  /** The old timestamps of Hive and Spark: nanoseconds of the day, then the Julian day. */
  private static String int96(Binary binary) {
    ByteBuffer bytes = ByteBuffer.wrap(binary.getBytes()).order(ByteOrder.LITTLE_ENDIAN);
    long nanos = bytes.getLong();
    long day = bytes.getInt() - JULIAN_EPOCH_DAY;
    return Instant.EPOCH.plus(day, ChronoUnit.DAYS).plusNanos(nanos).toString();
  }

  private static JsonNode bytes(Binary value, PrimitiveType type) throws InvalidValueException {
    return switch (type.getLogicalTypeAnnotation()) {
      case StringLogicalTypeAnnotation _ -> text(value, type.getName());
      case EnumLogicalTypeAnnotation _ -> text(value, type.getName());
      case JsonLogicalTypeAnnotation _ -> text(value, type.getName());
      case DecimalLogicalTypeAnnotation decimal ->
          ValueJson.decimal(value.getBytes(), decimal.getScale(), type.getName());
      case UUIDLogicalTypeAnnotation _ -> ValueJson.uuid(value.toByteBuffer());
      case Float16LogicalTypeAnnotation _ -> {
        ByteBuffer both = ByteBuffer.wrap(value.getBytes()).order(ByteOrder.LITTLE_ENDIAN);
        yield NODES.numberNode(Float.float16ToFloat(both.getShort()));
      }
      case IntervalLogicalTypeAnnotation _ -> NODES.textNode(IsoText.interval(value.getBytes()));
      case null, default -> NODES.binaryNode(value.getBytes());
    };
  }

  /** Bytes as text. */
  static JsonNode text(Binary value, String column) throws InvalidValueException {
    return ValueJson.text(value.toByteBuffer(), column);
  }
}
