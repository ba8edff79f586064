package scriptorium.job.io;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import scriptorium.engine.TextScore;

/**
 * A scored row as the line that is written: the input's columns, then model and scores. Where the
 * input has a column of the same name, it keeps it, and ours is written as {@code scored_NAME}.
 *
 * @param line the JSON object, without a line end
 * @param tokens tokens scored
 * @param error whether it is an error row
 */
public record ScoredRow(byte[] line, int tokens, boolean error) {
  private static final String PREFIX = "scored_";

  /** A row with its scores, or with its error and no scores. */
  public static ScoredRow of(
      InputRow row, TextScore score, long bytes, String model, List<ScoreColumn> columns) {
    ObjectNode input = row.columns();
    StringWriter out = new StringWriter(256);
    try (JsonGenerator json = LineInputReader.JSON.createGenerator(out)) {
      json.writeStartObject();
      for (Map.Entry<String, JsonNode> column : input.properties()) {
        json.writeFieldName(column.getKey());
        LineInputReader.JSON.writeTree(json, column.getValue());
      }
      json.writeFieldName(free("model", input));
      json.writeString(model);
      for (ScoreColumn column : columns) {
        json.writeFieldName(free(column.columnName(), input));
        write(json, score == null ? nothing(column) : column.value(score, bytes));
      }
      json.writeFieldName(free("error", input));
      json.writeString(row.error());
      json.writeEndObject();
    } catch (IOException e) {
      throw new IllegalStateException("Writing to memory cannot fail", e);
    }
    byte[] line = Texts.wellFormed(out.toString()).getBytes(StandardCharsets.UTF_8);
    return new ScoredRow(line, score == null ? 0 : score.length(), row.error() != null);
  }

  private static Object nothing(ScoreColumn column) {
    return column == ScoreColumn.LENGTH ? (Object) 0 : null;
  }

  /** The name of one of our columns in a row that has the columns of the input. */
  static String free(String name, ObjectNode input) {
    String free = name;
    while (input.has(free)) {
      free = PREFIX + free;
    }
    return free;
  }

  /** The name that one of our columns has in a written row. */
  static String written(String name, JsonNode row) {
    String written = name;
    while (row.has(PREFIX + written)) {
      written = PREFIX + written;
    }
    return written;
  }

  private static void write(JsonGenerator json, Object value) throws IOException {
    switch (value) {
      case null -> json.writeNull();
      case Integer number -> json.writeNumber(number);
      case Double number -> json.writeNumber(number);
      case int[] numbers -> json.writeArray(numbers, 0, numbers.length);
      case double[] numbers -> json.writeArray(numbers, 0, numbers.length);
      default -> throw new IllegalArgumentException("No JSON for " + value.getClass());
    }
  }
}
