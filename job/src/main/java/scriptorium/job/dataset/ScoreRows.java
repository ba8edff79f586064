package scriptorium.job.dataset;

import java.nio.charset.StandardCharsets;
import scriptorium.engine.ScoringText;
import scriptorium.engine.tokenizer.BytePairTokenizer;
import scriptorium.job.row.InputRow;

/**
 * From a row of texts to what is scored of it: the same where rows are scored and where they are
 * verified. Used by one thread.
 */
public final class ScoreRows {
  private final BytePairTokenizer tokenizer;

  /**
   * A row, and what is scored.
   *
   * @param row the row; with its error where it cannot be scored
   * @param text null where the row cannot be scored
   * @param bytes those of the text in UTF-8
   */
  public record Read(InputRow row, ScoringText text, long bytes) {}

  /** Rows of texts that a tokenizer encodes. */
  public ScoreRows(BytePairTokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /** Reads a row, whose text is called {@code id}. */
  public Read read(long id, InputRow row) {
    if (row.error() != null) {
      return new Read(row, null, 0);
    }
    int[] tokens = row.tokens() == null ? tokenizer.encode(row.text()) : row.tokens();
    for (int token : tokens) {
      if (token < 0 || token >= tokenizer.vocabSize()) {
        String error = "token id " + token + " is not in 0.." + (tokenizer.vocabSize() - 1);
        return new Read(row.withError(error), null, 0);
      }
    }
    long bytes =
        row.text() == null
            ? tokenizer.decodeBytes(tokens, 0, tokens.length).length
            : row.text().getBytes(StandardCharsets.UTF_8).length;
    return new Read(row, new ScoringText(id, tokenizer.encode(row.prompt()), tokens), bytes);
  }
}
