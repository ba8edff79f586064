package scriptorium.job.row;

import java.util.ArrayList;
import java.util.List;

/** The columns of a corpus, in their order. */
public final class CorpusColumns {
  /** Columns without which no row is. */
  public static final List<String> ALWAYS =
      List.of("id", "split", "text", "label", "source", "source_id", "family");

  private CorpusColumns() {}

  /** All columns of a corpus with these scores. */
  public static List<SampleSchema.Column> of(List<ScoreColumn> scores) {
    List<SampleSchema.Column> columns =
        new ArrayList<>(
            List.of(
                column("id", "long", "0.. within the split"),
                column("split", "string", "train, valid, test"),
                column("text", "string", "the text as its source has it"),
                column("label", "string", "human or synthetic: written by a machine"),
                column("source", "string", "data set or file that it comes from"),
                column("source_id", "long", "row within the source, from 0"),
                column(
                    "family",
                    "string",
                    "human, or how it was sampled: t1 (temperature 1), k40 (top-k 40), nucleus, ..."),
                column("model", "string", "that wrote it; null for human text"),
                column("temperature", "double", "of sampling"),
                column("top_k", "int", "null where all tokens could be drawn"),
                column("top_p", "double", "of the row where drawn per row"),
                column("prompt", "string", "that it continues; null for none"),
                column("ended", "boolean", "the end token was drawn; null where not known")));
    for (ScoreColumn score : scores) {
      columns.add(column(score.columnName(), score.type(), score.meaning()));
    }
    return columns;
  }

  private static SampleSchema.Column column(String name, String type, String meaning) {
    return new SampleSchema.Column(name, type, meaning);
  }
}
