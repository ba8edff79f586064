package scriptorium.job.corpus;

import java.util.List;
import java.util.Locale;
import scriptorium.job.output.DatasetCard;
import scriptorium.job.row.CorpusColumns;
import scriptorium.job.row.ScoreColumn;
import scriptorium.job.store.Manifest;

/** The README.md of a corpus, in the form that the Hugging Face hub reads. */
final class CorpusCard {
  private CorpusCard() {}

  static String text(
      Manifest manifest, List<CorpusJob.SourceCounts> counts, List<ScoreColumn> scores) {
    StringBuilder card = new StringBuilder(4096);
    card.append(
        "---\nlicense: other\nlanguage: en\ntask_categories:\n- text-classification\ntags:\n- synthetic\n"
            + "- machine-generated-text-detection\n- gpt2\n");
    DatasetCard.appendFiles(card, manifest);
    card.append("---\n# ")
        .append(manifest.name())
        .append(
            "\nHuman texts and **synthetic** ones, written by a machine, to train and test detectors. ")
        .append(
            "Synthetic texts must not pass for human ones: keep the column `label` beside them.\n\n")
        .append("Made with Scriptorium ")
        .append(manifest.code().version())
        .append(" (")
        .append(manifest.code().commit())
        .append(")");
    if (manifest.model() != null) {
      card.append(", scored under ").append(manifest.model().name());
    }
    card.append(
        ".\n\n## Counts\n| source | family | rows | no usable text | equal to another | nearly equal | in the corpus |\n"
            + "|---|---|---|---|---|---|---|\n");
    for (CorpusJob.SourceCounts source : counts) {
      card.append(
          String.format(
              Locale.ROOT,
              "| %s | %s | %d | %d | %d | %d | %d |%n",
              source.source(),
              source.family(),
              source.rows(),
              source.unusable(),
              source.equal(),
              source.nearlyEqual(),
              source.kept()));
    }
    card.append("\n| split | rows |\n|---|---|\n");
    for (Manifest.Split split : manifest.splits()) {
      card.append("| ").append(split.name()).append(" | ").append(split.rows()).append(" |\n");
    }
    card.append(
        "\nOf equal texts (white space aside) and nearly equal ones one stays, a human one before a synthetic one. Rows with"
            + " the same prompt, or the same value of the group column, are in one split. Each side, human text and each"
            + " synthetic source, has as many rows in a split.\n");
    DatasetCard.appendColumns(card, CorpusColumns.of(scores));
    DatasetCard.appendSettings(card, manifest);
    card.append("\n## Sources\n| file | rows | SHA-256 | |\n|---|---|---|---|\n");
    DatasetCard.appendInputs(card, manifest);
    return card.toString();
  }
}
