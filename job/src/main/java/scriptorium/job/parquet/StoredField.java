package scriptorium.job.parquet;

import org.apache.parquet.example.data.Group;
import org.apache.parquet.schema.Type;

/**
 * A value as a Parquet file holds it, to be copied into another file whose column has its {@link
 * StoredType}.
 *
 * @param row the row that holds it
 * @param field which of the row's columns it is
 */
public record StoredField(Group row, int field) {
  /** The value of a column; null if the row has no such column. */
  public static StoredField of(Group row, String name) {
    return row == null || !row.getType().containsField(name)
        ? null
        : new StoredField(row, row.getType().getFieldIndex(name));
  }

  /** Adds the value, all of its values if it is repeated, to a column of another row. */
  public void copyTo(Group to, int column) {
    Type type = row.getType().getType(field);
    for (int i = 0; i < row.getFieldRepetitionCount(field); i++) {
      if (type.isPrimitive()) {
        copyTo(to, column, i);
      } else {
        to.add(column, row.getGroup(field, i));
      }
    }
  }

  /** Adds one of the values, which are no groups, to a column of another row. */
  void copyTo(Group to, int column, int index) {
    switch (row.getType().getType(field).asPrimitiveType().getPrimitiveTypeName()) {
      case BOOLEAN -> to.add(column, row.getBoolean(field, index));
      case INT32 -> to.add(column, row.getInteger(field, index));
      case INT64 -> to.add(column, row.getLong(field, index));
      case FLOAT -> to.add(column, row.getFloat(field, index));
      case DOUBLE -> to.add(column, row.getDouble(field, index));
      case INT96 -> to.add(column, row.getInt96(field, index));
      case BINARY, FIXED_LEN_BYTE_ARRAY -> to.add(column, row.getBinary(field, index));
    }
  }
}
