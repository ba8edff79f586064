package scriptorium.job.row;

/**
 * A scored row as it is written, and what the counts need of it.
 *
 * @param line the JSON object without a line end, null in Parquet
 * @param values those of the table's columns, null in JSON
 * @param tokens tokens scored
 * @param error whether it is an error row
 */
public record ScoredRow(byte[] line, Object[] values, int tokens, boolean error) {}
