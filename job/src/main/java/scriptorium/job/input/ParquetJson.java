package scriptorium.job.input;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DecimalLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimestampLogicalTypeAnnotation;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;

/**
 * Parquet's values as JSON: numbers as numbers, dates and times as ISO text in UTC, binary that is
 * no text as base64, lists as arrays, maps and structs as objects.
 */
final class ParquetJson {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final long JULIAN_EPOCH_DAY = 2440588;

  private ParquetJson() {}

  /**
   * A group as an object.
   *
   * @throws CharacterCodingException naming the column whose text is no UTF-8
   */
  static ObjectNode object(Group group, GroupType type) throws CharacterCodingException {
    ObjectNode object = NODES.objectNode();
    for (int field = 0; field < type.getFieldCount(); field++) {
      object.set(type.getFieldName(field), field(group, type.getType(field), field));
    }
    return object;
  }

  private static JsonNode field(Group group, Type type, int field) throws CharacterCodingException {
    int count = group.getFieldRepetitionCount(field);
    if (type.isRepetition(Type.Repetition.REPEATED)) {
      ArrayNode array = NODES.arrayNode(count);
      for (int i = 0; i < count; i++) {
        array.add(value(group, type, field, i));
      }
      return array;
    }
    return count == 0 ? NODES.nullNode() : value(group, type, field, 0);
  }

  private static JsonNode value(Group group, Type type, int field, int index)
      throws CharacterCodingException {
    if (type.isPrimitive()) {
      return primitive(group, type.asPrimitiveType(), field, index);
    }
    Group inner = group.getGroup(field, index);
    LogicalTypeAnnotation logical = type.getLogicalTypeAnnotation();
    if (LogicalTypeAnnotation.listType().equals(logical)) {
      return list(inner, type.asGroupType());
    }
    if (LogicalTypeAnnotation.mapType().equals(logical)) {
      return map(inner, type.asGroupType());
    }
    return object(inner, type.asGroupType());
  }

  private static ArrayNode list(Group group, GroupType type) throws CharacterCodingException {
    ArrayNode array = NODES.arrayNode();
    Type repeated = type.getType(0);
    boolean wrapped = !repeated.isPrimitive() && repeated.asGroupType().getFieldCount() == 1;
    for (int i = 0; i < group.getFieldRepetitionCount(0); i++) {
      array.add(
          wrapped
              ? field(group.getGroup(0, i), repeated.asGroupType().getType(0), 0)
              : value(group, repeated, 0, i));
    }
    return array;
  }

  private static ObjectNode map(Group group, GroupType type) throws CharacterCodingException {
    ObjectNode object = NODES.objectNode();
    GroupType entry = type.getType(0).asGroupType();
    for (int i = 0; i < group.getFieldRepetitionCount(0); i++) {
      Group pair = group.getGroup(0, i);
      object.set(
          field(pair, entry.getType(0), 0).asText(),
          entry.getFieldCount() < 2 ? NODES.nullNode() : field(pair, entry.getType(1), 1));
    }
    return object;
  }

  private static JsonNode primitive(Group group, PrimitiveType type, int field, int index)
      throws CharacterCodingException {
    LogicalTypeAnnotation logical = type.getLogicalTypeAnnotation();
    return switch (type.getPrimitiveTypeName()) {
      case BOOLEAN -> NODES.booleanNode(group.getBoolean(field, index));
      case FLOAT -> NODES.numberNode(group.getFloat(field, index));
      case DOUBLE -> NODES.numberNode(group.getDouble(field, index));
      case INT32 -> whole(group.getInteger(field, index), logical);
      case INT64 -> whole(group.getLong(field, index), logical);
      case INT96 -> NODES.textNode(int96(group.getInt96(field, index)));
      case BINARY, FIXED_LEN_BYTE_ARRAY -> binary(group.getBinary(field, index), type);
    };
  }

  private static JsonNode whole(long value, LogicalTypeAnnotation logical) {
    if (logical instanceof DecimalLogicalTypeAnnotation decimal) {
      return DecimalNode.valueOf(BigDecimal.valueOf(value, decimal.getScale()));
    }
    if (LogicalTypeAnnotation.dateType().equals(logical)) {
      return NODES.textNode(LocalDate.ofEpochDay(value).toString());
    }
    if (logical instanceof TimestampLogicalTypeAnnotation timestamp) {
      ChronoUnit unit =
          switch (timestamp.getUnit()) {
            case MILLIS -> ChronoUnit.MILLIS;
            case MICROS -> ChronoUnit.MICROS;
            case NANOS -> ChronoUnit.NANOS;
          };
      Instant instant = Instant.EPOCH.plus(value, unit);
      return NODES.textNode(
          timestamp.isAdjustedToUTC()
              ? instant.toString()
              : instant.atOffset(ZoneOffset.UTC).toLocalDateTime().toString());
    }
    return NODES.numberNode(value);
  }

  /** The old timestamps of Hive and Spark: nanoseconds of the day, then the Julian day. */
  private static String int96(Binary binary) {
    ByteBuffer bytes = ByteBuffer.wrap(binary.getBytes()).order(ByteOrder.LITTLE_ENDIAN);
    long nanos = bytes.getLong();
    long day = bytes.getInt() - JULIAN_EPOCH_DAY;
    return Instant.EPOCH.plus(day, ChronoUnit.DAYS).plusNanos(nanos).toString();
  }

  private static JsonNode binary(Binary value, PrimitiveType type) throws CharacterCodingException {
    LogicalTypeAnnotation logical = type.getLogicalTypeAnnotation();
    if (logical instanceof DecimalLogicalTypeAnnotation decimal) {
      return DecimalNode.valueOf(
          new BigDecimal(new BigInteger(value.getBytes()), decimal.getScale()));
    }
    boolean text = logical != null && type.getPrimitiveTypeName() == PrimitiveTypeName.BINARY;
    try {
      return NODES.textNode(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(value.getBytes())).toString());
    } catch (CharacterCodingException e) {
      if (text) {
        throw new InvalidText(type.getName(), e);
      }
      return NODES.binaryNode(value.getBytes());
    }
  }

  /** Says which column has no valid text. */
  private static final class InvalidText extends CharacterCodingException {
    private static final long serialVersionUID = 1;
    private final String column;

    InvalidText(String column, CharacterCodingException cause) {
      this.column = column;
      initCause(cause);
    }

    @Override
    public String getMessage() {
      return "column " + column + " has no valid UTF-8";
    }
  }
}
