package scriptorium.job.row;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.parquet.example.data.Group;

/**
 * A row of texts to be scored.
 *
 * @param columns what the input has of it; empty for a line that could not be read
 * @param text the text, null where token ids are given
 * @param tokens ids of the text, null where it is given itself
 * @param prompt what the text is conditioned on, empty for nothing
 * @param error why the row cannot be scored, null where it can
 * @param stored the row as its Parquet file holds it; null where it comes from none
 */
public record InputRow(
    ObjectNode columns, String text, int[] tokens, String prompt, String error, Group stored) {
  /** A row that comes from no Parquet file. */
  public InputRow(ObjectNode columns, String text, int[] tokens, String prompt, String error) {
    this(columns, text, tokens, prompt, error, null);
  }

  /** The row with what its Parquet file holds. */
  public InputRow withStored(Group group) {
    return new InputRow(columns, text, tokens, prompt, error, group);
  }

  /** The row where it cannot be scored. */
  public InputRow withError(String why) {
    return new InputRow(columns, null, null, "", why, stored);
  }
}
