package scriptorium.job.row;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.Serializable;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;
import scriptorium.engine.TextScore;
import scriptorium.job.base.Texts;

/**
 * What a scored row holds: the input's columns, then model, scores and error. Where the input has a
 * column of the same name, it keeps it, and ours is called {@code scored_NAME}: in JSON row by row,
 * in Parquet for the whole table.
 *
 * @param columns the scores
 * @param model the model's name
 * @param inputs the columns of all input rows, for Parquet; null for JSON, which keeps each row's
 *     own
 */
public record ScoreSchema(List<ScoreColumn> columns, String model, Map<String, TableColumn> inputs)
    implements Serializable {
  private static final String PREFIX = "scored_";

  /** A row with its scores, or with its error and no scores ({@code score} null). */
  public ScoredRow row(InputRow row, TextScore score, long bytes) {
    int tokens = score == null ? 0 : score.length();
    boolean error = row.error() != null;
    return inputs == null
        ? new ScoredRow(line(row, score, bytes), null, tokens, error)
        : new ScoredRow(null, values(row, score, bytes), tokens, error);
  }

  /** The Parquet table. */
  public MessageType table() {
    List<Type> all = new ArrayList<>();
    inputs.forEach((name, column) -> all.add(column.type(name)));
    all.addAll(ParquetRowWriter.type(added(inputs::containsKey)).getFields());
    return new MessageType(ParquetRowWriter.NAME, all);
  }

  /**
   * Our columns.
   *
   * @param taken which names the input has
   */
  List<SampleSchema.Column> added(Predicate<String> taken) {
    List<SampleSchema.Column> added = new ArrayList<>();
    added.add(new SampleSchema.Column(free("model", taken), "string", ""));
    for (ScoreColumn column : columns) {
      added.add(
          new SampleSchema.Column(
              free(column.columnName(), taken), column.type(), column.meaning()));
    }
    added.add(new SampleSchema.Column(free("error", taken), "string", ""));
    return added;
  }

  /** The name of one of our columns where the input has some already. */
  private static String free(String name, Predicate<String> taken) {
    return taken.test(name) ? free(PREFIX + name, taken) : name;
  }

  private Object[] values(InputRow row, TextScore score, long bytes) {
    List<Object> values = new ArrayList<>();
    inputs.forEach((name, column) -> values.add(column.value(name, row)));
    values.add(model);
    for (ScoreColumn column : columns) {
      values.add(value(column, score, bytes));
    }
    values.add(row.error());
    return values.toArray();
  }

  private static Object value(ScoreColumn column, TextScore score, long bytes) {
    if (score == null) {
      return column == ScoreColumn.LENGTH ? (Object) 0 : null;
    }
    return column.value(score, bytes);
  }

  private byte[] line(InputRow row, TextScore score, long bytes) {
    ObjectNode input = row.columns();
    StringWriter out = new StringWriter(256);
    try (JsonGenerator json = RowJson.MAPPER.createGenerator(out)) {
      json.writeStartObject();
      for (Map.Entry<String, JsonNode> column : input.properties()) {
        json.writeFieldName(column.getKey());
        RowJson.MAPPER.writeTree(json, column.getValue());
      }
      json.writeFieldName(free("model", input::has));
      json.writeString(model);
      for (ScoreColumn column : columns) {
        json.writeFieldName(free(column.columnName(), input::has));
        JsonlRowWriter.value(json, value(column, score, bytes));
      }
      json.writeFieldName(free("error", input::has));
      json.writeString(row.error());
      json.writeEndObject();
    } catch (IOException e) {
      throw new IllegalStateException("Writing to memory cannot fail", e);
    }
    return Texts.wellFormed(out.toString()).getBytes(StandardCharsets.UTF_8);
  }
}
