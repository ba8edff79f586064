package scriptorium.job.output;

import java.util.List;
import java.util.Locale;
import scriptorium.job.row.ScoreColumn;
import scriptorium.job.store.Manifest;

/** The README.md of scored texts, in the form that the Hugging Face hub reads. */
public final class ScoreCard {
  private ScoreCard() {}

  /** The card's text. */
  public static String text(Manifest manifest, List<ScoreColumn> columns, String format) {
    StringBuilder card = new StringBuilder(4096);
    Manifest.Totals totals = manifest.totals();
    card.append("---\ntags:\n- gpt2\n- log-likelihood\nsize_categories:\n- ")
        .append(DatasetCard.size(totals.rows()))
        .append("\nconfigs:\n- config_name: default\n  data_files:\n");
    for (Manifest.Split split : manifest.splits()) {
      card.append("  - split: train\n    path: \"")
          .append(split.folder())
          .append("/*.")
          .append(format)
          .append("\"\n");
    }
    card.append("---\n# ").append(manifest.name()).append(", scored\n");
    card.append("Texts with their log-likelihoods under the language model ")
        .append(manifest.model().name())
        .append(", by Scriptorium ")
        .append(manifest.code().version())
        .append(" (")
        .append(manifest.code().commit())
        .append("), numerics version ")
        .append(manifest.numericsVersion())
        .append(
            ".\nThe first token is conditioned on the end-of-text token; texts longer than the context go through windows, in"
                + "\nwhich each token is scored once.\n\n");
    card.append(
        String.format(
            Locale.ROOT,
            "%d rows, %d tokens, %d error rows, in the order of the input.%n%n",
            totals.rows(),
            totals.tokens(),
            totals.errors()));
    card.append(
        "## Columns\nThe columns of the input, and\n\n| column | type | meaning |\n|---|---|---|\n");
    card.append("| model | string | the model |\n");
    for (ScoreColumn column : columns) {
      card.append("| ")
          .append(column.columnName())
          .append(" | ")
          .append(column.type())
          .append(" | ")
          .append(column.meaning())
          .append(" |\n");
    }
    card.append("| error | string | why a row could not be scored; null in good rows |\n\n");
    card.append("If the input has a column of the same name, ours is called `scored_NAME`.\n");
    card.append("\n## Input\n| file | rows | SHA-256 | |\n|---|---|---|---|\n");
    DatasetCard.appendInputs(card, manifest);
    DatasetCard.appendSettings(card, manifest);
    return card.toString();
  }
}
