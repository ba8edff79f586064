package scriptorium.job.row;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * A row of texts to be scored.
 *
 * @param columns what the input has of it; empty for a line that could not be read
 * @param text the text, null where token ids are given
 * @param tokens ids of the text, null where it is given itself
 * @param prompt what the text is conditioned on, empty for nothing
 * @param error why the row cannot be scored, null where it can
 */
public record InputRow(
    ObjectNode columns, String text, int[] tokens, String prompt, String error) {}
