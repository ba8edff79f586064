package scriptorium.job.row;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Serializable;
import java.util.HashSet;
import java.util.Set;
import scriptorium.job.base.Texts;

/**
 * Which columns of the input are scored.
 *
 * @param text the text's
 * @param tokens that of the text's token ids, null where the text is encoded
 * @param prompt that of what the text is conditioned on, null for nothing
 */
public record InputColumns(String text, String tokens, String prompt) implements Serializable {
  /** For reading rows of which none is scored. */
  public static final InputColumns NONE = new InputColumns("", null, null);

  /** A row that cannot be read, and why. */
  public static InputRow error(String error) {
    return new InputRow(JsonNodeFactory.instance.objectNode(), null, null, "", error);
  }

  /** Those that are text. */
  public Set<String> texts() {
    Set<String> texts = new HashSet<>();
    if (tokens == null) {
      texts.add(text);
    }
    if (prompt != null) {
      texts.add(prompt);
    }
    return texts;
  }

  /** The row of some columns. */
  public InputRow row(ObjectNode columns) {
    String error = tokens == null ? wrongText(columns, text) : wrongTokens(columns);
    if (error == null && prompt != null) {
      error = wrongText(columns, prompt);
    }
    if (error != null) {
      return new InputRow(columns, null, null, "", error);
    }
    String before = prompt == null ? "" : columns.get(prompt).textValue();
    if (tokens == null) {
      return new InputRow(
          columns, Texts.wellFormed(columns.get(text).textValue()), null, before, null);
    }
    JsonNode ids = columns.get(tokens);
    int[] values = new int[ids.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = ids.get(i).intValue();
    }
    return new InputRow(columns, null, values, before, null);
  }

  /**
   * The row of some columns that have gone through a Parquet table, whose column of token ids holds
   * what any row has: it may be text, or numbers with a fraction, because of rows that are bad.
   */
  public InputRow fromTable(ObjectNode columns) {
    JsonNode ids = tokens == null ? null : columns.get(tokens);
    if (ids != null && ids.isTextual()) {
      ids = RowJson.value(ids.textValue());
    }
    if (ids == null || !ids.isArray()) {
      return row(columns);
    }
    ArrayNode whole = JsonNodeFactory.instance.arrayNode(ids.size());
    for (JsonNode id : ids) {
      boolean integer = id.isNumber() && id.canConvertToExactIntegral();
      whole.add(integer && id.canConvertToInt() ? IntNode.valueOf(id.intValue()) : id);
    }
    return row(columns.set(tokens, whole));
  }

  private static String wrongText(ObjectNode columns, String name) {
    JsonNode value = columns.get(name);
    if (value == null) {
      return "no column " + name;
    }
    return value.isTextual() ? null : "column " + name + " is " + RowJson.kind(value) + ", no text";
  }

  private String wrongTokens(ObjectNode columns) {
    JsonNode value = columns.get(tokens);
    if (value == null) {
      return "no column " + tokens;
    }
    if (!value.isArray()) {
      return "column " + tokens + " is " + RowJson.kind(value) + ", no array of token ids";
    }
    for (JsonNode id : value) {
      if (!id.canConvertToInt() || !id.isIntegralNumber()) {
        return "column " + tokens + " holds " + RowJson.kind(id) + ", no token id";
      }
    }
    return null;
  }
}
