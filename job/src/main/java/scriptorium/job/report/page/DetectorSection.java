package scriptorium.job.report.page;

import java.util.List;
import scriptorium.job.report.read.DetectResults;
import scriptorium.job.report.read.Figures;
import scriptorium.job.report.read.RecordedDataSet;

/** ROC curves and tables of {@code detect}, one figure and one table a group. */
final class DetectorSection {
  private final HtmlWriter html;
  private int number;

  DetectorSection(HtmlWriter html) {
    this.html = html;
  }

  void write(List<DetectResults> all) {
    html.element("h2", "Detectors", "id", "detectors");
    if (all.isEmpty()) {
      html.paragraph(
          "No results among the folders: scriptorium detect writes them from a corpus.",
          "class",
          "none");
    }
    all.forEach(this::write);
  }

  private void write(DetectResults results) {
    html.open("p")
        .text("Results of ")
        .isolated(RecordedDataSet.lastName(results.folder()))
        .text(", corpus ")
        .isolated(results.corpus());
    html.text(", code ").isolated(results.code()).text(".").closeLine();
    if (results.dropped() > 0) {
      html.paragraph(
          Figures.count(results.dropped()) + " more groups, detectors or results are not shown.",
          "class",
          "warn");
    }
    html.open("div", "class", "plots");
    for (DetectResults.Group group : results.groups()) {
      number++;
      roc(group);
    }
    html.closeLine();
    results.groups().forEach(this::table);
  }

  private void roc(DetectResults.Group group) {
    SvgPlot plot =
        new SvgPlot(
            "roc" + number,
            "ROC: human against " + group.family(),
            "Share of synthetic texts found against share of human texts wrongly accused, one curve a detector.",
            Axis.linear("false positives: human taken for synthetic", 0, 1),
            Axis.linear("true positives: synthetic found", 0, 1));
    plot.guide(0, 0, 1, 1);
    int index = 0;
    for (DetectResults.Detector detector : group.detectors()) {
      if (detector.falsePositives().length > 1) {
        plot.curve(index, detector.falsePositives(), detector.truePositives());
      }
      double auc =
          detector.results().isEmpty() ? Double.NaN : detector.results().getFirst().rocAuc();
      plot.legend(index, detector.name(), "(area " + Figures.decimal(auc, 3) + ")");
      index++;
    }
    plot.write(
        html, "Dotted: chance." + (group.rows().isEmpty() ? "" : " Rows: " + group.rows() + "."));
  }

  /** The results on all rows in one table, those of the other buckets behind it. */
  private void table(DetectResults.Group group) {
    html.open("h3").text("Human against ").isolated(group.family()).closeLine();
    table(group, true);
    html.open("details").element("summary", "By length and family, and the detectors' settings");
    table(group, false);
    for (DetectResults.Detector detector : group.detectors()) {
      html.open("p", "class", "dim").isolated(detector.name()).text(": ");
      html.isolated(detector.settings()).closeLine();
    }
    html.closeLine();
  }

  /**
   * Writes a table.
   *
   * @param first whether of the first bucket of each detector, or of the others
   */
  private void table(DetectResults.Group group, boolean first) {
    html.open("div", "class", "scroll").open("table").open("tr");
    for (String head :
        List.of(
            "detector",
            "rows of",
            "human",
            "synthetic",
            "accuracy",
            "interval",
            "ROC area",
            "found at 1 % accused")) {
      html.element("th", head, "scope", "col");
    }
    html.closeLine();
    for (DetectResults.Detector detector : group.detectors()) {
      int from = first ? 0 : 1;
      int to = first ? Math.min(1, detector.results().size()) : detector.results().size();
      for (int i = from; i < to; i++) {
        row(detector.name(), detector.results().get(i));
      }
    }
    html.close().closeLine();
  }

  private void row(String detector, DetectResults.Result result) {
    html.open("tr").open("td").isolated(detector).close();
    html.open("td").isolated(result.bucket()).close();
    boolean interval = Double.isFinite(result.low()) && Double.isFinite(result.high());
    for (String cell :
        List.of(
            Figures.count(result.human()),
            Figures.count(result.synthetic()),
            Figures.percent(result.accuracy()),
            interval
                ? Figures.percent(result.low()) + " to " + Figures.percent(result.high())
                : Figures.NONE,
            Figures.decimal(result.rocAuc(), 4),
            Figures.percent(result.truePositivesAtOnePercent()))) {
      html.element("td", cell);
    }
    html.closeLine();
  }
}
