package scriptorium.job.parquet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.UUID;
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

/**
 * Single values of Parquet as JSON: all numbers exact, dates and times in ISO 8601 with a "Z" where
 * they are instants, bytes in base64. One type has one form, whatever the value.
 */
final class ScalarJson {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final long JULIAN_EPOCH_DAY = 2440588;
  private static final long SECONDS_A_DAY = 86_400;

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
      case DateLogicalTypeAnnotation _ -> NODES.textNode(LocalDate.ofEpochDay(value).toString());
      case TimeLogicalTypeAnnotation time ->
          NODES.textNode(timeOfDay(value, time.getUnit(), type.getName()));
      case TimestampLogicalTypeAnnotation timestamp -> {
        String instant = Instant.EPOCH.plus(value, unit(timestamp.getUnit())).toString();
        yield NODES.textNode(timestamp.isAdjustedToUTC() ? instant : withoutZone(instant));
      }
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

  private static String timeOfDay(long value, TimeUnit unit, String column)
      throws InvalidValueException {
    long nanos = unit(unit).getDuration().toNanos();
    if (value < 0 || value >= SECONDS_A_DAY * ChronoUnit.SECONDS.getDuration().toNanos() / nanos) {
      throw new InvalidValueException(column, "has a time of day that is not within a day");
    }
    return withoutZone(Instant.ofEpochSecond(0, value * nanos).toString()).substring(11);
  }

  /** As an instant is written, always with seconds, but for the "Z". */
  private static String withoutZone(String instant) {
    return instant.substring(0, instant.length() - 1);
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
      case DecimalLogicalTypeAnnotation decimal -> decimal(value, decimal, type.getName());
      case UUIDLogicalTypeAnnotation _ -> {
        ByteBuffer both = value.toByteBuffer();
        yield NODES.textNode(new UUID(both.getLong(), both.getLong()).toString());
      }
      case Float16LogicalTypeAnnotation _ -> {
        ByteBuffer both = ByteBuffer.wrap(value.getBytes()).order(ByteOrder.LITTLE_ENDIAN);
        yield NODES.numberNode(Float.float16ToFloat(both.getShort()));
      }
      case IntervalLogicalTypeAnnotation _ -> NODES.textNode(interval(value));
      case null, default -> NODES.binaryNode(value.getBytes());
    };
  }

  /** Bytes as text. */
  static JsonNode text(Binary value, String column) throws InvalidValueException {
    try {
      return NODES.textNode(
          StandardCharsets.UTF_8.newDecoder().decode(value.toByteBuffer()).toString());
    } catch (CharacterCodingException e) {
      throw new InvalidValueException(column, "has no valid UTF-8");
    }
  }

  private static JsonNode decimal(Binary value, DecimalLogicalTypeAnnotation decimal, String column)
      throws InvalidValueException {
    if (value.length() == 0) {
      throw new InvalidValueException(column, "has a decimal without digits");
    }
    return DecimalNode.valueOf(
        new BigDecimal(new BigInteger(value.getBytes()), decimal.getScale()));
  }

  /** Months, days and milliseconds, which do not convert into each other, as a duration. */
  private static String interval(Binary value) {
    ByteBuffer parts = ByteBuffer.wrap(value.getBytes()).order(ByteOrder.LITTLE_ENDIAN);
    long months = Integer.toUnsignedLong(parts.getInt());
    long days = Integer.toUnsignedLong(parts.getInt());
    long millis = Integer.toUnsignedLong(parts.getInt());
    return String.format(
        Locale.ROOT, "P%dM%dDT%d.%03dS", months, days, millis / 1000, millis % 1000);
  }
}
