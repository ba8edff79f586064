package scriptorium.job.parquet;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.parquet.format.Util;
import org.apache.parquet.format.converter.ParquetMetadataConverter;
import org.apache.parquet.hadoop.metadata.FileMetaData;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Type.Repetition;
import org.apache.parquet.schema.Types;

/**
 * The type that a column has in Parquet files, null allowed. It travels as a footer of the format,
 * as Parquet's own types are not serializable. Immutable.
 */
public final class StoredType implements Serializable {
  private static final long serialVersionUID = 1;

  private final byte[] footer;
  private transient Type type;

  private StoredType(Type type) {
    this.type = type;
    footer = footer(type);
  }

  /** The type of a column, which may hold null from now on. */
  public static StoredType of(Type type) {
    return new StoredType(
        type.isRepetition(Repetition.REQUIRED) ? with(type, Repetition.OPTIONAL) : type);
  }

  /** As text, for a column of bytes that its reader takes for text. */
  public static StoredType text(String name) {
    return new StoredType(
        Types.optional(PrimitiveTypeName.BINARY)
            .as(LogicalTypeAnnotation.stringType())
            .named(name));
  }

  /** The type. */
  public Type type() {
    if (type == null) {
      type = read(footer);
    }
    return type;
  }

  /** The type of the values of both; null if they are of different types. */
  public StoredType with(StoredType other) {
    Type merged = merged(type(), other.type());
    return merged == null ? null : new StoredType(merged);
  }

  private static byte[] footer(Type type) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    FileMetaData file = new FileMetaData(new MessageType("row", type), Map.of(), null);
    try {
      Util.writeFileMetaData(
          new ParquetMetadataConverter().toParquetMetadata(1, new ParquetMetadata(file, List.of())),
          bytes);
    } catch (IOException e) {
      throw new UncheckedIOException("Writing to memory cannot fail", e);
    }
    return bytes.toByteArray();
  }

  private static Type read(byte[] footer) {
    try {
      return new ParquetMetadataConverter()
          .fromParquetMetadata(Util.readFileMetaData(new ByteArrayInputStream(footer)))
          .getFileMetaData()
          .getSchema()
          .getType(0);
    } catch (IOException e) {
      throw new UncheckedIOException("Reading from memory cannot fail", e);
    }
  }

  private static Type merged(Type one, Type other) {
    if (!one.getName().equals(other.getName()) || one.isPrimitive() != other.isPrimitive()) {
      return null;
    }
    Repetition repetition = one.getRepetition();
    if (repetition != other.getRepetition()) {
      if (repetition == Repetition.REPEATED || other.isRepetition(Repetition.REPEATED)) {
        return null;
      }
      repetition = Repetition.OPTIONAL;
    }
    return one.isPrimitive()
        ? primitive(one.asPrimitiveType(), other.asPrimitiveType(), repetition)
        : group(one.asGroupType(), other.asGroupType(), repetition);
  }

  private static Type primitive(PrimitiveType one, PrimitiveType other, Repetition repetition) {
    return with(one, repetition).withId(0).equals(with(other, repetition).withId(0))
        ? with(one, repetition)
        : null;
  }

  private static Type group(GroupType one, GroupType other, Repetition repetition) {
    LogicalTypeAnnotation logical = one.getLogicalTypeAnnotation();
    if (one.getFieldCount() != other.getFieldCount()
        || !Objects.equals(logical, other.getLogicalTypeAnnotation())) {
      return null;
    }
    List<Type> fields = new ArrayList<>();
    for (int i = 0; i < one.getFieldCount(); i++) {
      Type field = merged(one.getType(i), other.getType(i));
      if (field == null) {
        return null;
      }
      fields.add(field);
    }
    return with(one.withNewFields(fields), repetition);
  }

  /** The type with another repetition. */
  private static Type with(Type type, Repetition repetition) {
    LogicalTypeAnnotation logical = type.getLogicalTypeAnnotation();
    Type changed;
    if (type.isPrimitive()) {
      PrimitiveType primitive = type.asPrimitiveType();
      changed =
          Types.primitive(primitive.getPrimitiveTypeName(), repetition)
              .length(primitive.getTypeLength())
              .as(logical)
              .named(type.getName());
    } else {
      changed =
          Types.buildGroup(repetition)
              .as(logical)
              .addFields(type.asGroupType().getFields().toArray(Type[]::new))
              .named(type.getName());
    }
    return type.getId() == null ? changed : changed.withId(type.getId().intValue());
  }
}
