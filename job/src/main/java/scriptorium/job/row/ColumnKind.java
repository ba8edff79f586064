package scriptorium.job.row;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.Map;

/**
 * What the values of an input column are, for a Parquet column that holds them all without loss.
 * Values that no other kind holds together are text: as they are, or as JSON.
 */
public enum ColumnKind {
  /** Null in every row so far. */
  NOTHING("string"),
  BOOLEAN("boolean"),
  /** Whole numbers that a double holds too. */
  WHOLE("long"),
  LONG("long"),
  DOUBLE("double"),
  TEXT("string"),
  /** Lists without elements so far. */
  EMPTIES("array of string"),
  WHOLES("array of long"),
  LONGS("array of long"),
  DOUBLES("array of double"),
  TEXTS("array of string");

  private static final long LARGEST_WHOLE = 1L << 53;

  private final String type;

  ColumnKind(String type) {
    this.type = type;
  }

  /** Type of the column. */
  String type() {
    return type;
  }

  /** Widens the kinds of a table's columns, in the order of their first appearance, by a row's. */
  public static void widen(Map<String, ColumnKind> kinds, JsonNode row) {
    for (Map.Entry<String, JsonNode> column : row.properties()) {
      kinds.merge(column.getKey(), of(column.getValue()), ColumnKind::with);
    }
  }

  static ColumnKind of(JsonNode value) {
    return switch (value.getNodeType()) {
      case NULL, MISSING -> NOTHING;
      case BOOLEAN -> BOOLEAN;
      case NUMBER -> number(value);
      case ARRAY -> list(value);
      default -> TEXT;
    };
  }

  private static ColumnKind number(JsonNode value) {
    if (value.isIntegralNumber()) {
      boolean small = value.canConvertToLong() && Math.abs(value.longValue()) <= LARGEST_WHOLE;
      return small ? WHOLE : value.canConvertToLong() ? LONG : TEXT;
    }
    double nearest = value.doubleValue();
    boolean exact =
        Double.isFinite(nearest)
            && new BigDecimal(Double.toString(nearest)).compareTo(value.decimalValue()) == 0;
    boolean notFinite = !Double.isFinite(nearest) && (value.isDouble() || value.isFloat());
    return exact || notFinite ? DOUBLE : TEXT;
  }

  private static ColumnKind list(JsonNode list) {
    ColumnKind kind = EMPTIES;
    for (JsonNode element : list) {
      ColumnKind one =
          switch (of(element)) {
            case WHOLE -> WHOLES;
            case LONG -> LONGS;
            case DOUBLE -> DOUBLES;
            case TEXT -> element.isTextual() ? TEXTS : TEXT;
            default -> TEXT;
          };
      kind = kind.with(one);
    }
    return kind;
  }

  /** The narrowest kind that holds the values of both. */
  ColumnKind with(ColumnKind other) {
    if (this == other || other == NOTHING) {
      return this;
    }
    ColumnKind low = ordinal() < other.ordinal() ? this : other;
    ColumnKind high = low == this ? other : this;
    boolean holds =
        switch (low) {
          case NOTHING -> true;
          case WHOLE -> high == LONG || high == DOUBLE;
          case EMPTIES -> true;
          case WHOLES -> high == LONGS || high == DOUBLES;
          default -> false;
        };
    return holds ? high : TEXT;
  }

  /** A value as this kind holds it; null for null. */
  Object value(JsonNode value) {
    if (value == null || value.isNull()) {
      return null;
    }
    return switch (this) {
      case BOOLEAN -> value.booleanValue();
      case WHOLE, LONG -> value.longValue();
      case DOUBLE -> value.doubleValue();
      case WHOLES, LONGS -> longs(value);
      case DOUBLES -> doubles(value);
      case TEXTS, EMPTIES -> texts(value);
      case TEXT, NOTHING -> value.isTextual() ? value.textValue() : value.toString();
    };
  }

  private static long[] longs(JsonNode list) {
    long[] values = new long[list.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = list.get(i).longValue();
    }
    return values;
  }

  private static double[] doubles(JsonNode list) {
    double[] values = new double[list.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = list.get(i).doubleValue();
    }
    return values;
  }

  private static String[] texts(JsonNode list) {
    String[] values = new String[list.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = list.get(i).textValue();
    }
    return values;
  }
}
