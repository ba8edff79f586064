package scriptorium.job.report.statistics;

import scriptorium.job.base.Texts;
import scriptorium.job.report.read.Origin;
import scriptorium.job.report.read.RecordedDataSet;
import scriptorium.job.report.read.ReportRow;
import scriptorium.job.report.read.TokenScores;

/**
 * A row that is shown.
 *
 * @param place which row of which data set it is, in words
 * @param origin who wrote it
 * @param text its first characters
 * @param textLength characters of all of it
 * @param stoppedBy the stop string that it was cut before, which its tokens have; empty for none
 * @param tokens its first tokens, null where the row has none
 * @param data the data set that it is of
 */
public record ChosenSample(
    String place,
    Origin origin,
    String model,
    String prompt,
    String text,
    int textLength,
    String stoppedBy,
    long length,
    double logLikelihood,
    TokenScores tokens,
    RecordedDataSet data) {
  /** Characters and tokens that are kept of a text; what is shown may be less. */
  static final int CHARACTERS = 4000;

  static final int TOKENS = 400;
  private static final int PROMPT = 1000;

  static ChosenSample of(ReportRow row, String place) {
    String text = row.text();
    return new ChosenSample(
        place,
        row.origin(),
        row.series().model(),
        Texts.head(row.prompt(), PROMPT),
        Texts.head(text, CHARACTERS),
        text.length(),
        row.stoppedBy(),
        row.length(),
        row.number("log_likelihood") / row.summands(),
        row.tokens(TOKENS),
        row.data());
  }

  ChosenSample with(TokenScores scores) {
    return new ChosenSample(
        place,
        origin,
        model,
        prompt,
        text,
        textLength,
        stoppedBy,
        length,
        logLikelihood,
        scores,
        data);
  }
}
