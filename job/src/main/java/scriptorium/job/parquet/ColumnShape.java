package scriptorium.job.parquet;

import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.ListLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.MapKeyValueTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.MapLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.VariantLogicalTypeAnnotation;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Type.Repetition;

/** What a column is: a single value, a struct, or a list, map or variant in the form of groups. */
enum ColumnShape {
  VALUE,
  STRUCT,
  LIST,
  MAP,
  VARIANT;

  /** The shape of a type, its repetition apart. */
  static ColumnShape of(Type type) {
    LogicalTypeAnnotation logical = type.getLogicalTypeAnnotation();
    if (type.isPrimitive()) {
      return VALUE;
    }
    return switch (logical) {
      case ListLogicalTypeAnnotation _ -> LIST;
      case MapLogicalTypeAnnotation _ -> MAP;
      // old writers have it where MAP belongs
      case MapKeyValueTypeAnnotation _ when !type.isRepetition(Repetition.REPEATED) -> MAP;
      case VariantLogicalTypeAnnotation _ -> VARIANT;
      case null, default -> STRUCT;
    };
  }

  /** Why a type cannot be read, in the words of a message: "the type ..."; null if it can be. */
  static String wrong(Type type) {
    if (type.isPrimitive()) {
      return null;
    }
    GroupType group = type.asGroupType();
    return switch (of(type)) {
      case LIST -> wrongList(group);
      case MAP -> wrongMap(group);
      case VARIANT -> wrongVariant(group);
      case VALUE, STRUCT -> null;
    };
  }

  private static String wrongList(GroupType list) {
    return list.getFieldCount() == 1 && list.getType(0).isRepetition(Repetition.REPEATED)
        ? null
        : "LIST without one repeated field";
  }

  private static String wrongMap(GroupType map) {
    boolean pairs =
        map.getFieldCount() == 1
            && map.getType(0).isRepetition(Repetition.REPEATED)
            && !map.getType(0).isPrimitive()
            && map.getType(0).asGroupType().getFieldCount() <= 2
            && map.getType(0).asGroupType().getFields().stream()
                .noneMatch(field -> field.isRepetition(Repetition.REPEATED));
    return pairs ? null : "MAP without pairs of keys and values";
  }

  private static String wrongVariant(GroupType variant) {
    if (variant.containsField("typed_value")) {
      return "VARIANT with shredded values";
    }
    return isBytes(variant, "metadata") && isBytes(variant, "value")
        ? null
        : "VARIANT without metadata and value";
  }

  private static boolean isBytes(GroupType group, String field) {
    return group.containsField(field)
        && group.getType(field).isPrimitive()
        && group.getType(field).asPrimitiveType().getPrimitiveTypeName()
            == PrimitiveTypeName.BINARY;
  }

  /**
   * Whether the repeated field of a list is its element, as old writers have it, and no group
   * around the element. Rules of the format's LogicalTypes.md.
   */
  static boolean isElement(GroupType list) {
    Type repeated = list.getType(0);
    if (repeated.isPrimitive() || repeated.asGroupType().getFieldCount() != 1) {
      return true;
    }
    return repeated.getName().equals("array")
        || repeated.getName().equals(list.getName() + "_tuple")
        || repeated.getLogicalTypeAnnotation() != null
        || repeated.asGroupType().getType(0).isRepetition(Repetition.REPEATED);
  }
}
