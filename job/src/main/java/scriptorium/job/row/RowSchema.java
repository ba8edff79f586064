package scriptorium.job.row;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.Type;

/**
 * The columns that a written row must have, in their order: those of a generated row all, those of
 * a scored one after the columns of its input, which may be any. Immutable.
 */
public final class RowSchema implements Serializable {
  private static final long serialVersionUID = 1;
  private static final String LIKELIHOOD = "log_likelihood";
  private static final Set<String> NUMBER_WORDS = Set.of("NaN", "Infinity", "-Infinity");

  /** All columns; null where the first are the input's. */
  private final SampleSchema.Column[] sample;

  /** Of all columns, those that hold null in good rows too. */
  private final HashSet<String> nullable;

  private final ScoreSchema score;

  /**
   * Whether rows that have neither tokens nor an end are error rows: a sample has one of the two,
   * and not every schema has a column for the error.
   */
  private final boolean emptyIsError;

  private RowSchema(
      SampleSchema.Column[] sample, Set<String> nullable, ScoreSchema score, boolean emptyIsError) {
    this.sample = sample;
    this.nullable = new HashSet<>(nullable);
    this.score = score;
    this.emptyIsError = emptyIsError;
  }

  /** That of generated rows. */
  public static RowSchema generated(SampleSchema schema) {
    SampleSchema.Column[] columns = schema.columns().toArray(SampleSchema.Column[]::new);
    boolean told = columns[columns.length - 1].name().equals("error");
    return new RowSchema(columns, Set.of("error", "stopped_by"), null, !told);
  }

  /** That of a corpus; columns that are not always there may be null. */
  public static RowSchema corpus(List<SampleSchema.Column> columns, List<String> always) {
    Set<String> nullable = new HashSet<>();
    columns.forEach(column -> nullable.add(column.name()));
    always.forEach(nullable::remove);
    return new RowSchema(columns.toArray(SampleSchema.Column[]::new), nullable, null, false);
  }

  /** That of scored rows. */
  public static RowSchema scored(ScoreSchema schema) {
    return new RowSchema(null, Set.of(), schema, false);
  }

  /** The columns that are ours in a row or table with columns of these names. */
  private List<SampleSchema.Column> ours(List<String> found) {
    if (sample != null) {
      return List.of(sample);
    }
    Set<String> input = new HashSet<>(found.subList(0, inputs(found.size())));
    return score.added(input::contains);
  }

  /** How many columns are the input's in a row or table that has so many. */
  private int inputs(int found) {
    return sample != null ? 0 : Math.max(0, found - score.columns().size() - 2);
  }

  /** What is wrong with a row; null for nothing. */
  public String wrong(ObjectNode row) {
    if (row.isEmpty()) {
      return "cannot be read as an object that has each column once";
    }
    List<String> found = names(row);
    List<SampleSchema.Column> ours = ours(found);
    String wrong = wrongNames(found, ours);
    if (wrong != null) {
      return wrong;
    }
    boolean error = isError(row);
    for (int i = 0; i < ours.size(); i++) {
      SampleSchema.Column column = ours.get(i);
      JsonNode value = row.get(column.name());
      if (value.isNull() ? !error && !mayBeNull(i, ours.size()) : !holds(column.type(), value)) {
        return "has "
            + RowJson.kind(value)
            + " in the column "
            + column.name()
            + ", no "
            + column.type();
      }
      String infinite = column.name().contains(LIKELIHOOD) ? nonFinite(value) : null;
      if (infinite != null) {
        return "has "
            + infinite
            + " in the column "
            + column.name()
            + ", which is no likelihood: its model or settings overflowed";
      }
    }
    return null;
  }

  /** What a value, or one of its values, has that is NaN or infinite; null for nothing. */
  private static String nonFinite(JsonNode value) {
    if (NUMBER_WORDS.contains(value.asText()) || !Double.isFinite(value.doubleValue())) {
      return value.asText();
    }
    for (JsonNode one : value) {
      String found = nonFinite(one);
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  /** What is wrong with the columns of a Parquet file; null for nothing. */
  public String wrong(GroupType table) {
    List<String> found = table.getFields().stream().map(Type::getName).toList();
    List<SampleSchema.Column> ours = ours(found);
    String wrong = wrongNames(found, ours);
    if (wrong != null) {
      return wrong;
    }
    List<Type> types = ParquetRowWriter.type(ours).getFields();
    for (int i = 0; i < types.size(); i++) {
      Type there = table.getType(inputs(found.size()) + i);
      if (!there.equals(types.get(i))) {
        return "has the column " + words(there) + ", no " + words(types.get(i));
      }
    }
    return null;
  }

  private static String words(Type type) {
    return type.toString().replaceAll("\\s+", " ");
  }

  private String wrongNames(List<String> found, List<SampleSchema.Column> ours) {
    List<String> expected = ours.stream().map(SampleSchema.Column::name).toList();
    int inputs = inputs(found.size());
    if (expected.equals(found.subList(inputs, found.size()))) {
      return null;
    }
    String last = found.getLast();
    if (sample == null
        && found.contains("error")
        && !last.replaceFirst("^(scored_)+", "").equals("error")) {
      return "has the column " + last + ", which the settings do not promise";
    }
    for (String name : expected) {
      if (!found.contains(name)) {
        return "lacks the column " + name;
      }
    }
    for (int i = inputs; i < found.size(); i++) {
      if (!expected.contains(found.get(i))) {
        return "has the column " + found.get(i) + ", which the settings do not promise";
      }
    }
    int at = 0;
    while (found.get(inputs + at).equals(expected.get(at))) {
      at++;
    }
    return "has the column " + found.get(inputs + at) + " where " + expected.get(at) + " belongs";
  }

  /** Whether a good row may have null in one of our columns, of which there are so many. */
  private boolean mayBeNull(int column, int count) {
    if (sample != null) {
      return nullable.contains(sample[column].name());
    }
    return column == count - 1 || column > 0 && score.columns().get(column - 1).mayBeNull();
  }

  private static boolean holds(String type, JsonNode value) {
    return switch (type) {
      case "string" -> value.isTextual();
      case "boolean" -> value.isBoolean();
      case "int" -> value.isIntegralNumber() && value.canConvertToInt();
      case "long" -> value.isIntegralNumber() && value.canConvertToLong();
      case "double" ->
          value.isNumber() || value.isTextual() && NUMBER_WORDS.contains(value.textValue());
      default -> {
        String element = type.substring("array of ".length());
        boolean all = value.isArray();
        for (JsonNode one : value) {
          all &= holds(element, one);
        }
        yield all;
      }
    };
  }

  /** Whether a row that is as it must be stands for one that could not be generated or scored. */
  public boolean isError(ObjectNode row) {
    if (emptyIsError) {
      return row.path("length").asInt(-1) == 0 && !row.path("ended").asBoolean(true);
    }
    List<String> found = names(row);
    String name = ours(found).getLast().name();
    return (sample == null || name.equals("error")) && row.hasNonNull(name);
  }

  /** Tokens of a row that is as it must be. */
  public long length(ObjectNode row) {
    return row.path(sample != null ? "length" : name(row, ScoreColumn.LENGTH)).asLong();
  }

  /** Whether a row that is as it must be was generated and ended by the end token. */
  public boolean ended(ObjectNode row) {
    return sample != null && row.path("ended").asBoolean();
  }

  /** The columns of a scored row that were its input's. */
  public ObjectNode input(ObjectNode row) {
    List<String> found = names(row);
    return row.deepCopy().retain(found.subList(0, inputs(found.size())));
  }

  /** The names that a scored row gives to our columns, from their names without a prefix. */
  public String name(ObjectNode row, ScoreColumn column) {
    return ours(names(row)).get(1 + score.columns().indexOf(column)).name();
  }

  private static List<String> names(ObjectNode row) {
    List<String> names = new ArrayList<>(row.size());
    row.fieldNames().forEachRemaining(names::add);
    return names;
  }
}
