package scriptorium.job.parquet;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import org.apache.arrow.flatbuf.Field;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.Schema;
import org.apache.arrow.flatbuf.TimeUnit;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.Type;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DayTimeIntervalType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.YearMonthIntervalType;
import scriptorium.job.value.IsoText;

/**
 * Durations, which Parquet holds as whole numbers without a type: that they are durations is said
 * by the schema of Arrow or of Spark in the footer alone. They are told in ISO 8601. Immutable.
 */
public final class WriterTypes {
  private static final String ARROW = "ARROW:schema";

  /** Comes before the length of a message, except with Arrow before 0.15. */
  private static final int ARROW_CONTINUES = -1;

  private static final String SPARK = "org.apache.spark.sql.parquet.row.metadata";

  private final Map<Type, LongFunction<String>> durations = new IdentityHashMap<>();

  private WriterTypes() {}

  /**
   * Those of a file.
   *
   * @param type that the rows have, whose very objects are asked for later
   * @param footer its keys
   */
  public static WriterTypes of(GroupType type, Map<String, String> footer) {
    WriterTypes types = new WriterTypes();
    types.add(type, spark(footer.get(SPARK)));
    types.add(type, arrow(footer.get(ARROW)));
    return types;
  }

  /** How a number of a type is told; null if as a number. */
  LongFunction<String> duration(Type type) {
    return durations.isEmpty() ? null : durations.get(type);
  }

  /** Whether a column holds durations, itself or further within. */
  boolean hasDurations(Type type) {
    return durations.containsKey(type)
        || !type.isPrimitive()
            && type.asGroupType().getFields().stream().anyMatch(this::hasDurations);
  }

  /**
   * A type in the words of a writer.
   *
   * @param duration how its numbers are told; null if it is no duration
   * @param fields of a struct by their names
   * @param parts the element of a list, or key and value of a map
   */
  private record Said(LongFunction<String> duration, Map<String, Said> fields, List<Said> parts) {
    static final Said NOTHING = new Said(null, Map.of(), List.of());

    Said part(int index) {
      return index < parts.size() ? parts.get(index) : NOTHING;
    }
  }

  private void add(Type type, Said said) {
    switch (ColumnShape.of(type)) {
      case VALUE -> {
        if (said.duration() != null) {
          durations.put(type, said.duration());
        }
      }
      case STRUCT -> addFields(type.asGroupType(), said);
      case LIST -> {
        Type repeated = type.asGroupType().getType(0);
        boolean element = ColumnShape.isElement(type.asGroupType());
        add(element ? repeated : repeated.asGroupType().getType(0), said.part(0));
      }
      case MAP -> {
        GroupType pair = type.asGroupType().getType(0).asGroupType();
        for (int i = 0; i < pair.getFieldCount(); i++) {
          add(pair.getType(i), said.part(i));
        }
      }
      case VARIANT -> {}
    }
  }

  private void addFields(GroupType group, Said said) {
    for (Type field : group.getFields()) {
      add(field, said.fields().getOrDefault(field.getName(), Said.NOTHING));
    }
  }

  private static Said spark(String json) {
    try {
      return json == null ? Said.NOTHING : spark(DataType.fromJson(json));
    } catch (RuntimeException e) {
      return Said.NOTHING; // a type of another Spark: Parquet's stands
    }
  }

  private static Said spark(DataType type) {
    return switch (type) {
      case DayTimeIntervalType _ -> duration(ChronoUnit.MICROS);
      case YearMonthIntervalType _ -> new Said(IsoText::months, Map.of(), List.of());
      case StructType struct -> {
        Map<String, Said> fields = new HashMap<>();
        for (StructField field : struct.fields()) {
          fields.put(field.name(), spark(field.dataType()));
        }
        yield new Said(null, fields, List.of());
      }
      case ArrayType array -> new Said(null, Map.of(), List.of(spark(array.elementType())));
      case MapType map ->
          new Said(null, Map.of(), List.of(spark(map.keyType()), spark(map.valueType())));
      default -> Said.NOTHING;
    };
  }

  /**
   * By the tables of the message: types that this Arrow does not know stand beside those it does.
   */
  private static Said arrow(String schema) {
    if (schema == null) {
      return Said.NOTHING;
    }
    try {
      ByteBuffer bytes =
          ByteBuffer.wrap(Base64.getDecoder().decode(schema)).order(ByteOrder.LITTLE_ENDIAN);
      bytes.position(bytes.getInt(0) == ARROW_CONTINUES ? 2 * Integer.BYTES : Integer.BYTES);
      Schema table = (Schema) Message.getRootAsMessage(bytes).header(new Schema());
      Map<String, Said> fields = new HashMap<>();
      for (int i = 0; i < table.fieldsLength(); i++) {
        fields.put(table.fields(i).name(), arrow(table.fields(i)));
      }
      return new Said(null, fields, List.of());
    } catch (RuntimeException e) {
      return Said.NOTHING; // no schema: Parquet's stands
    }
  }

  private static Said arrow(Field field) {
    if (field.typeType() == org.apache.arrow.flatbuf.Type.Duration) {
      return duration(
          switch (((org.apache.arrow.flatbuf.Duration)
                  field.type(new org.apache.arrow.flatbuf.Duration()))
              .unit()) {
            case TimeUnit.SECOND -> ChronoUnit.SECONDS;
            case TimeUnit.MICROSECOND -> ChronoUnit.MICROS;
            case TimeUnit.NANOSECOND -> ChronoUnit.NANOS;
            default -> ChronoUnit.MILLIS;
          });
    }
    Map<String, Said> fields = new HashMap<>();
    List<Said> parts = new ArrayList<>();
    for (int i = 0; i < field.childrenLength(); i++) {
      Said child = arrow(field.children(i));
      fields.put(field.children(i).name(), child);
      parts.add(child);
    }
    boolean map = field.typeType() == org.apache.arrow.flatbuf.Type.Map && !parts.isEmpty();
    return map ? parts.getFirst() : new Said(null, fields, parts);
  }

  private static Said duration(ChronoUnit unit) {
    return new Said(value -> IsoText.duration(value, unit), Map.of(), List.of());
  }
}
