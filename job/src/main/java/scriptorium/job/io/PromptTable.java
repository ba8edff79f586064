package scriptorium.job.io;

import java.io.ByteArrayOutputStream;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.List;

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

  /** Prompts that stand in no file; null is one that is none. */
  public static PromptTable of(List<String> prompts) {
    ByteArrayOutputStream texts = new ByteArrayOutputStream();
    int[] ends = new int[prompts.size()];
    boolean[] errors = new boolean[prompts.size()];
    for (int i = 0; i < ends.length; i++) {
      String prompt = prompts.get(i);
      errors[i] = prompt == null;
      texts.writeBytes((errors[i] ? "prompt is null" : prompt).getBytes(StandardCharsets.UTF_8));
      ends[i] = texts.size();
    }
    return new PromptTable(texts.toByteArray(), ends, errors, null);
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

  /** SHA-256 of the file; null where there is none. */
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
