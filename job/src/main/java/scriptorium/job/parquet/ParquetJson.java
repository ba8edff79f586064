package scriptorium.job.parquet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.ZoneOffset;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongFunction;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.spark.types.variant.Variant;
import scriptorium.job.value.InvalidValueException;
import scriptorium.job.value.ValueJson;

/**
 * Rows of Parquet files as JSON: single values by {@link ScalarJson}, lists as arrays, structs and
 * maps as objects. A map has its keys' JSON as names; of several pairs with one key the last
 * counts, as the format says. Immutable.
 *
 * @param texts the columns of bytes without a logical type that are text in UTF-8 nevertheless
 * @param types what only the file's writer says of its types
 * @param parser of the JSON of variants; null stands for JSON that is not valid
 */
public record ParquetJson(Set<String> texts, WriterTypes types, Function<String, JsonNode> parser) {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  /**
   * A row as an object.
   *
   * @throws InvalidValueException naming the column whose value JSON cannot tell
   */
  public ObjectNode row(Group row) throws InvalidValueException {
    GroupType type = row.getType();
    ObjectNode object = NODES.objectNode();
    for (int field = 0; field < type.getFieldCount(); field++) {
      String name = type.getFieldName(field);
      boolean text = texts.contains(name) && isBytes(type.getType(field));
      JsonNode value;
      if (text && row.getFieldRepetitionCount(field) == 1) {
        value = ScalarJson.text(row.getBinary(field, 0), name);
      } else {
        value = field(row, type.getType(field), field);
      }
      object.set(name, value);
    }
    return object;
  }

  /** Whether a column holds bytes of which no type says what they are. */
  public static boolean isBytes(Type type) {
    return type.isPrimitive()
        && !type.isRepetition(Type.Repetition.REPEATED)
        && type.getLogicalTypeAnnotation() == null
        && type.asPrimitiveType().getPrimitiveTypeName() == PrimitiveTypeName.BINARY;
  }

  private ObjectNode object(Group group, GroupType type) throws InvalidValueException {
    ObjectNode object = NODES.objectNode();
    for (int field = 0; field < type.getFieldCount(); field++) {
      object.set(type.getFieldName(field), field(group, type.getType(field), field));
    }
    return object;
  }

  private JsonNode field(Group group, Type type, int field) throws InvalidValueException {
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

  private JsonNode value(Group group, Type type, int field, int index)
      throws InvalidValueException {
    ColumnShape shape = ColumnShape.of(type);
    if (shape == ColumnShape.VALUE) {
      LongFunction<String> duration = types.duration(type);
      return duration == null
          ? ScalarJson.value(group, type.asPrimitiveType(), field, index)
          : NODES.textNode(duration.apply(whole(group, type, field, index)));
    }
    Group inner = group.getGroup(field, index);
    return switch (shape) {
      case LIST -> list(inner, type.asGroupType());
      case MAP -> map(inner, type.asGroupType());
      case VARIANT -> variant(inner, type.getName());
      default -> object(inner, type.asGroupType());
    };
  }

  private static long whole(Group group, Type type, int field, int index) {
    return type.asPrimitiveType().getPrimitiveTypeName() == PrimitiveTypeName.INT32
        ? group.getInteger(field, index)
        : group.getLong(field, index);
  }

  private ArrayNode list(Group group, GroupType type) throws InvalidValueException {
    ArrayNode array = NODES.arrayNode();
    Type repeated = type.getType(0);
    boolean element = ColumnShape.isElement(type);
    for (int i = 0; i < group.getFieldRepetitionCount(0); i++) {
      array.add(
          element
              ? value(group, repeated, 0, i)
              : field(group.getGroup(0, i), repeated.asGroupType().getType(0), 0));
    }
    return array;
  }

  private ObjectNode map(Group group, GroupType type) throws InvalidValueException {
    ObjectNode object = NODES.objectNode();
    GroupType entry = type.getType(0).asGroupType();
    for (int i = 0; i < group.getFieldRepetitionCount(0); i++) {
      Group pair = group.getGroup(0, i);
      JsonNode key = field(pair, entry.getType(0), 0);
      object.set(
          ValueJson.key(key, type.getName()),
          entry.getFieldCount() < 2 ? NODES.nullNode() : field(pair, entry.getType(1), 1));
    }
    return object;
  }

  private JsonNode variant(Group group, String column) throws InvalidValueException {
    JsonNode value = null;
    try {
      byte[] bytes = group.getBinary("value", 0).getBytes();
      byte[] metadata = group.getBinary("metadata", 0).getBytes();
      value = parser.apply(new Variant(bytes, metadata).toJson(ZoneOffset.UTC));
    } catch (RuntimeException e) { // SparkRuntimeException and what an index beyond an array throws
      throw new InvalidValueException(column, "has a variant that cannot be decoded");
    }
    if (value == null) {
      throw new InvalidValueException(column, "has a variant that cannot be decoded");
    }
    return value;
  }
}
