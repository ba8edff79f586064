package scriptorium.job.detect;

import java.util.Locale;

/** Results as tables: for a terminal, for a spreadsheet, for a card. */
public final class ResultTables {
  private ResultTables() {}

  /** A line for each group and detector, over all texts of the test split. */
  public static String text(Results results) {
    StringBuilder table =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                "%-10s %-20s %8s %17s %8s %12s%n",
                "family",
                "detector",
                "accuracy",
                "95 % interval",
                "ROC AUC",
                "TPR@1 % FPR"));
    for (Results.Group group : results.groups()) {
      for (Results.Detector detector : group.detectors()) {
        Metrics all = detector.results().getFirst();
        table.append(
            String.format(
                Locale.ROOT,
                "%-10s %-20s %8s %17s %8s %12s%n",
                group.family(),
                detector.detector(),
                percent(all.accuracy()),
                percent(all.accuracyLow()) + " .. " + percent(all.accuracyHigh()),
                number(all.rocAuc()),
                percent(all.tprAt1PercentFpr())));
      }
    }
    return table.toString();
  }

  static String csv(Results results) {
    StringBuilder csv =
        new StringBuilder(
            "family,detector,bucket,human,synthetic,accuracy,accuracy_low,accuracy_high,roc_auc,tpr_at_1_percent_fpr\n");
    for (Results.Group group : results.groups()) {
      for (Results.Detector detector : group.detectors()) {
        for (Metrics m : detector.results()) {
          csv.append(
              String.join(
                  ",",
                  group.family(),
                  detector.detector(),
                  m.bucket(),
                  String.valueOf(m.human()),
                  String.valueOf(m.synthetic()),
                  cell(m.accuracy()),
                  cell(m.accuracyLow()),
                  cell(m.accuracyHigh()),
                  cell(m.rocAuc()),
                  cell(m.tprAt1PercentFpr())));
          csv.append('\n');
        }
      }
    }
    return csv.toString();
  }

  static String card(Results results) {
    StringBuilder card = new StringBuilder("# Detectors of synthetic text\n");
    card.append("Trained on the corpus ")
        .append(results.corpus().name())
        .append(" (manifest.json ")
        .append(results.corpus().manifestSha256())
        .append(") by Scriptorium ")
        .append(results.code().version())
        .append(" (")
        .append(results.code().commit())
        .append("), and evaluated on its test split.\n\n")
        .append(
            "| family | detector | human | synthetic | accuracy | 95 % interval | ROC AUC | TPR at 1 % FPR |\n"
                + "|---|---|---|---|---|---|---|---|\n");
    for (Results.Group group : results.groups()) {
      for (Results.Detector detector : group.detectors()) {
        Metrics all = detector.results().getFirst();
        card.append(
            String.format(
                Locale.ROOT,
                "| %s | %s | %d | %d | %s | %s to %s | %s | %s |%n",
                group.family(),
                detector.detector(),
                all.human(),
                all.synthetic(),
                percent(all.accuracy()),
                percent(all.accuracyLow()),
                percent(all.accuracyHigh()),
                number(all.rocAuc()),
                percent(all.tprAt1PercentFpr())));
      }
    }
    card.append(
        "\nAccuracy is the mean of the shares of human and of synthetic texts told right. results.json and results.csv have"
            + " it by length (characters) and family too.\n\n## Caveats\nA detector says what is likely, and proves nothing"
            + " about a text. It knows the texts, models and settings that it was trained on, and is worse on others and on"
            + " short texts. Nobody should be accused on its word.\n");
    return card.toString();
  }

  private static String percent(Double share) {
    return share == null ? "-" : String.format(Locale.ROOT, "%.1f %%", 100 * share);
  }

  private static String number(Double value) {
    return value == null ? "-" : String.format(Locale.ROOT, "%.3f", value);
  }

  private static String cell(Double value) {
    return value == null ? "" : value.toString();
  }
}
