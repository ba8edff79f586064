package scriptorium.job.store;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.io.Serializable;

/**
 * What a written shard holds.
 *
 * @param file path from the output folder
 * @param tokens sum of the rows' lengths
 * @param ended rows that ended by the end token
 * @param errors error rows
 */
@JsonPropertyOrder({
  "split", "index", "file", "rows", "tokens", "ended", "errors", "bytes", "sha256"
})
public record ShardReceipt(
    String split,
    int index,
    String file,
    long rows,
    long tokens,
    long ended,
    long errors,
    long bytes,
    String sha256)
    implements Serializable {}
