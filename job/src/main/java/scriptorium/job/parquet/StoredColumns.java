package scriptorium.job.parquet;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.Type;

/** The columns of a Parquet file, and what of them cannot be read. */
public final class StoredColumns {
  private StoredColumns() {}

  /**
   * The types of all columns, in their order; null for durations, of which Parquet has no type.
   *
   * @param footer its keys
   * @param texts as {@link ParquetJson} has them: they are text from now on
   */
  public static Map<String, StoredType> of(
      GroupType table, Map<String, String> footer, Set<String> texts) {
    WriterTypes types = WriterTypes.of(table, footer);
    Map<String, StoredType> columns = new LinkedHashMap<>();
    for (Type type : table.getFields()) {
      if (types.hasDurations(type)) {
        columns.put(type.getName(), null);
        continue;
      }
      boolean text = texts.contains(type.getName()) && ParquetJson.isBytes(type);
      columns.put(type.getName(), text ? StoredType.text(type.getName()) : StoredType.of(type));
    }
    return columns;
  }

  /**
   * The first column whose values cannot be kept, and its type, in words: {@code column a.b is a
   * VARIANT with shredded values}; null if all can be.
   */
  public static String refused(GroupType table) {
    return refused(table, "");
  }

  private static String refused(GroupType group, String prefix) {
    for (Type type : group.getFields()) {
      String name = prefix + type.getName();
      String wrong = ColumnShape.wrong(type);
      if (wrong != null) {
        return "column " + name + " is a " + wrong;
      }
      if (!type.isPrimitive()) {
        String inner = refused(type.asGroupType(), name + ".");
        if (inner != null) {
          return inner;
        }
      }
    }
    return null;
  }
}
