package scriptorium.job.row;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Serializable;
import java.util.List;
import scriptorium.engine.generation.GenerationConfig;

/**
 * Settings that columns of the prompts replace for their rows. Immutable.
 *
 * @param columns the columns that are read, in the order of {@link SamplingSetting}
 * @param general the settings of rows that have nothing there
 */
public record PromptSettings(List<String> columns, GenerationConfig general)
    implements Serializable {
  /** Puts the columns into the order of {@link SamplingSetting}; leaves out others. */
  public PromptSettings {
    columns = SamplingSetting.columnNames().stream().filter(columns::contains).toList();
  }

  /** What a row has of the columns; empty for nothing. */
  public ObjectNode own(JsonNode row) {
    ObjectNode own = JsonNodeFactory.instance.objectNode();
    columns.stream().filter(row::hasNonNull).forEach(name -> own.set(name, row.get(name)));
    return own;
  }

  /** Whether rows may stop at strings of their own. */
  public boolean stops() {
    return columns.contains(SamplingSetting.STOP.columnName());
  }

  /**
   * The settings of a row.
   *
   * @throws IllegalArgumentException for an invalid value, with column and value
   */
  public GenerationConfig config(JsonNode row) {
    return SamplingSetting.config(general, columns, row);
  }
}
