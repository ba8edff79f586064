package scriptorium.job.input;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.List;
import scriptorium.engine.generation.GenerationConfig;
import scriptorium.job.row.PromptSettings;

/**
 * The prompts of a run, in the order of their file, held compactly for a broadcast. A bad line has
 * its error instead. Immutable.
 */
public final class PromptTable implements Serializable {
  private static final long serialVersionUID = 1;

  private static final ObjectMapper JSON = new ObjectMapper();

  private static final char BEHIND_ERROR = '\n';

  private final TextList texts;
  private final boolean[] errors;
  private final PromptSettings settings;
  private final TextList ownSettings;
  private final String sha256;

  /**
   * @param settings null where prompts have none of their own
   * @param ownSettings objects in JSON, empty where a row has none
   */
  PromptTable(
      TextList texts,
      boolean[] errors,
      PromptSettings settings,
      TextList ownSettings,
      String sha256) {
    this.texts = texts;
    this.errors = errors;
    this.settings = settings;
    this.ownSettings = ownSettings;
    this.sha256 = sha256;
  }

  /** Prompts that come from no file; a null prompt is an error. */
  public static PromptTable of(List<String> prompts) {
    TextList texts = new TextList();
    boolean[] errors = new boolean[prompts.size()];
    for (int i = 0; i < errors.length; i++) {
      String prompt = prompts.get(i);
      errors[i] = prompt == null;
      texts.add((errors[i] ? "prompt is null" : prompt).getBytes(StandardCharsets.UTF_8));
    }
    return new PromptTable(texts.trimmed(), errors, null, null, null);
  }

  /** Number of prompts, bad lines included. */
  public int size() {
    return errors.length;
  }

  /** Number of bad lines. */
  public int errorCount() {
    int count = 0;
    for (boolean error : errors) {
      count += error ? 1 : 0;
    }
    return count;
  }

  /** SHA-256 of the file, or null if the prompts come from no file. */
  public String sha256() {
    return sha256;
  }

  /** Whether a row is a bad line. */
  public boolean isError(int row) {
    return errors[row];
  }

  /** The prompt of a row, or what is wrong with its line. */
  public String text(int row) {
    String text = texts.get(row);
    int end = errors[row] ? text.indexOf(BEHIND_ERROR) : -1;
    return end < 0 ? text : text.substring(0, end);
  }

  /** The prompt of a row, of a bad line too where only its settings are wrong; else null. */
  public String prompt(int row) {
    String text = texts.get(row);
    int end = errors[row] ? text.indexOf(BEHIND_ERROR) : -1;
    return errors[row] && end < 0 ? null : text.substring(end + 1);
  }

  /**
   * What is held of a bad line: its error, which is one line, and its prompt if that is not null.
   */
  static String bad(String error, String prompt) {
    return prompt == null ? error : error + BEHIND_ERROR + prompt;
  }

  /** The settings of a row that has its own; null for the run's. */
  public GenerationConfig settings(int row) {
    String own = settings == null ? "" : ownSettings.get(row);
    try {
      return own.isEmpty() ? null : settings.config(JSON.readTree(own));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Settings were written as JSON", e);
    }
  }
}
