package scriptorium.job.report.page;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import scriptorium.engine.tokenizer.BytePairTokenizer;
import scriptorium.job.report.read.Figures;
import scriptorium.job.report.read.TokenScores;
import scriptorium.job.report.statistics.ChosenSample;
import scriptorium.job.report.statistics.SeriesStatistics;

/**
 * Writes a text token by token, each in the class of its rank, with its probability, rank and
 * entropy. Tokens that share a character are one element. Used by one thread.
 */
public final class TokenPainter {
  private static final int MOST_TOGETHER = 8;

  private final BytePairTokenizer tokenizer;

  /**
   * A painter of tokens.
   *
   * @param tokenizer of all texts; null if it is not known
   */
  public TokenPainter(BytePairTokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /** Whether a row's tokens are those of its text, so that they may be shown for it. */
  boolean knows(ChosenSample sample) {
    TokenScores scores = sample.tokens();
    if (tokenizer == null || scores == null) {
      return false;
    }
    int count = scores.tokens().length;
    for (int token : scores.tokens()) {
      if (token < 0 || token >= tokenizer.vocabSize()) {
        return false;
      }
    }
    if (count > 0 && scores.tokens()[count - 1] == tokenizer.endOfText()) {
      count--;
    }
    String decoded = tokenizer.decode(scores.tokens(), 0, count);
    int whole = decoded.length();
    while (whole > 0 && decoded.charAt(whole - 1) == '\uFFFD') {
      whole--; // a character that is cut, here or in the text
    }
    boolean cut = sample.textLength() > sample.text().length();
    String text = cut ? sample.text() : sample.text() + sample.stoppedBy();
    int length = Math.min(whole, text.length());
    return decoded.regionMatches(0, text, 0, length)
        && (length == whole || cut || !sample.stoppedBy().isEmpty());
  }

  /** Writes the first tokens, as many as are given. */
  void write(HtmlWriter html, TokenScores scores, int limit) {
    int count = Math.min(limit, scores.tokens().length);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int from = 0;
    for (int i = 0; i < count; i++) {
      if (scores.tokens()[i] == tokenizer.endOfText()) {
        bytes.writeBytes("<|endoftext|>".getBytes(StandardCharsets.UTF_8));
      } else {
        bytes.writeBytes(tokenizer.decodeBytes(scores.tokens(), i, i + 1));
      }
      if (isWhole(bytes.toByteArray()) || i - from + 1 == MOST_TOGETHER || i == count - 1) {
        write(html, bytes.toString(StandardCharsets.UTF_8), scores, from, i);
        bytes.reset();
        from = i + 1;
      }
    }
  }

  /** Whether no character of UTF-8 is cut at the end. */
  public static boolean isWhole(byte[] bytes) {
    for (int back = 1; back <= Math.min(3, bytes.length); back++) {
      int b = bytes[bytes.length - back] & 0xFF;
      if (b >= 0xC0) {
        int length = b >= 0xF0 ? 4 : b >= 0xE0 ? 3 : 2;
        return back >= length;
      }
      if (b < 0x80) {
        return true;
      }
    }
    return true;
  }

  private void write(HtmlWriter html, String text, TokenScores scores, int from, int to) {
    int worst = from;
    StringBuilder title = new StringBuilder();
    for (int i = from; i <= to; i++) {
      worst = scores.ranks()[i] > scores.ranks()[worst] ? i : worst;
      title.append(i == from ? "" : "; ").append("p ");
      title.append(Figures.probability(StrictMath.exp(scores.logLikelihoods()[i])));
      title.append(", rank ").append(Figures.count(scores.ranks()[i]));
      title.append(", entropy ").append(Figures.decimal(scores.entropies()[i], 2));
    }
    boolean end = scores.tokens()[from] == tokenizer.endOfText();
    String style = style(scores.ranks()[worst]) + (end ? " e" : "");
    html.element("b", end ? "end of text" : text, "class", style, "title", title.toString());
  }

  /** The class of a rank: a to d. */
  public static String style(int rank) {
    return String.valueOf((char) ('a' + Math.max(0, SeriesStatistics.rankClass(rank) - 1)));
  }
}
