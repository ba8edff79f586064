package scriptorium.job.parquet;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Period;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.Type;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DayTimeIntervalType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.YearMonthIntervalType;

/**
 * Durations, which Parquet holds as whole numbers without a type: that they are durations is said
 * by the schema of Arrow or of Spark in the footer alone. They are told in ISO 8601. Immutable.
 */
public final class WriterTypes {
  private static final String ARROW = "ARROW:schema";
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
      case YearMonthIntervalType _ ->
          new Said(
              months -> Period.ofMonths((int) months).normalized().toString(), Map.of(), List.of());
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

  private static Said arrow(String schema) {
    if (schema == null) {
      return Said.NOTHING;
    }
    try {
      ByteBuffer message = ByteBuffer.wrap(Base64.getDecoder().decode(schema));
      return arrow(new ArrowType.Struct(), Schema.deserializeMessage(message).getFields());
    } catch (RuntimeException e) {
      return Said.NOTHING; // a type of another Arrow: Parquet's stands
    }
  }

  private static Said arrow(ArrowType type, List<Field> children) {
    List<Said> parts =
        children.stream().map(child -> arrow(child.getType(), child.getChildren())).toList();
    return switch (type) {
      case ArrowType.Duration duration ->
          duration(
              switch (duration.getUnit()) {
                case SECOND -> ChronoUnit.SECONDS;
                case MILLISECOND -> ChronoUnit.MILLIS;
                case MICROSECOND -> ChronoUnit.MICROS;
                case NANOSECOND -> ChronoUnit.NANOS;
              });
      case ArrowType.Struct _ -> {
        Map<String, Said> fields = new HashMap<>();
        for (int i = 0; i < parts.size(); i++) {
          fields.put(children.get(i).getName(), parts.get(i));
        }
        yield new Said(null, fields, parts);
      }
      case ArrowType.Map _ -> new Said(null, Map.of(), parts.getFirst().parts());
      default -> new Said(null, Map.of(), parts);
    };
  }

  private static Said duration(ChronoUnit unit) {
    return new Said(value -> Duration.of(value, unit).toString(), Map.of(), List.of());
  }
}
