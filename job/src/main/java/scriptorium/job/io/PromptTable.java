package scriptorium.job.io;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;

/**
 * The prompts of a run, in the order of their file, held compactly for a broadcast. A line that is
 * no prompt holds its error instead. Immutable.
 */
public final class PromptTable implements Serializable {
  private static final long serialVersionUID = 1;

  private final byte[] texts;
  private final int[] ends;
  private final boolean[] errors;
  private final String sha256;

  PromptTable(byte[] texts, int[] ends, boolean[] errors, String sha256) {
    this.texts = texts;
    this.ends = ends;
    this.errors = errors;
    this.sha256 = sha256;
  }

  /** Number of prompts, bad lines included. */
  public int size() {
    return ends.length;
  }

  /** Number of bad lines. */
  public int errorCount() {
    int count = 0;
    for (boolean error : errors) {
      count += error ? 1 : 0;
    }
    return count;
  }

  /** SHA-256 of the file. */
  public String sha256() {
    return sha256;
  }

  /** Whether a row is a bad line. */
  public boolean isError(int row) {
    return errors[row];
  }

  /** The prompt of a row, or what is wrong with its line. */
  public String text(int row) {
    int start = row == 0 ? 0 : ends[row - 1];
    return new String(texts, start, ends[row] - start, StandardCharsets.UTF_8);
  }
}
