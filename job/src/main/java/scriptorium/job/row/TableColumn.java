package scriptorium.job.row;

import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.parquet.schema.Type;
import scriptorium.job.parquet.StoredField;
import scriptorium.job.parquet.StoredType;

/**
 * What an input column is in a Parquet table. Immutable.
 *
 * @param kind what holds the values that it has in JSON
 * @param stored its type where all values come from Parquet files and have one type; else null
 */
public record TableColumn(ColumnKind kind, StoredType stored) implements Serializable {
  /**
   * The columns of a file.
   *
   * @param kinds of the values that there are
   * @param stored of a Parquet file's columns, null for one that has no type of its own; empty for
   *     other files
   */
  public static Map<String, TableColumn> of(
      Map<String, ColumnKind> kinds, Map<String, StoredType> stored) {
    Map<String, TableColumn> columns = new LinkedHashMap<>();
    stored.forEach(
        (name, type) ->
            columns.put(name, new TableColumn(kinds.getOrDefault(name, ColumnKind.NOTHING), type)));
    kinds.forEach((name, kind) -> columns.putIfAbsent(name, new TableColumn(kind, null)));
    return columns;
  }

  /** The columns of two tables, in the order of their first appearance. */
  public static Map<String, TableColumn> widen(
      Map<String, TableColumn> first, Map<String, TableColumn> second) {
    Map<String, TableColumn> columns = new LinkedHashMap<>(first);
    second.forEach((name, column) -> columns.merge(name, column, TableColumn::with));
    return columns;
  }

  /** A column without values takes the other's type. */
  private TableColumn with(TableColumn other) {
    StoredType type;
    if (stored != null && other.stored != null && stored.with(other.stored) != null) {
      type = stored.with(other.stored);
    } else if (kind == ColumnKind.NOTHING && other.stored != null) {
      type = other.stored;
    } else {
      type = other.kind == ColumnKind.NOTHING ? stored : null;
    }
    return new TableColumn(kind.with(other.kind), type);
  }

  /** The type of the column in Parquet. */
  Type type(String name) {
    return stored == null
        ? ParquetRowWriter.field(new SampleSchema.Column(name, kind.type(), ""))
        : stored.type();
  }

  /** A row's value as the Parquet writer takes it; null for null. */
  Object value(String name, InputRow row) {
    return stored == null
        ? kind.value(row.columns().get(name))
        : StoredField.of(row.stored(), name);
  }
}
