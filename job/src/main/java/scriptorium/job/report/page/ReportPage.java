package scriptorium.job.report.page;

import java.util.List;
import scriptorium.job.report.read.DetectResults;
import scriptorium.job.report.read.Figures;
import scriptorium.job.report.read.Origin;
import scriptorium.job.report.statistics.ChosenSample;
import scriptorium.job.report.statistics.ReadDataSet;
import scriptorium.job.report.statistics.Series;
import scriptorium.job.report.statistics.SeriesSet;

/**
 * The whole page. It depends on what is given alone: no date, no random number, no order of a hash
 * table.
 *
 * @param title of the page
 * @param program that wrote it, with its version
 * @param errors rows without a text that was generated or scored
 * @param scorer the model that scored samples for the page, in words; null for none
 */
public record ReportPage(
    String title,
    String program,
    List<ReadDataSet> sets,
    List<DetectResults> results,
    List<Series> series,
    long errors,
    List<List<ChosenSample>> samples,
    TokenPainter painter,
    String scorer) {
  /** What a file begins with that may be replaced. */
  public static final String MARK = "<meta name=\"generator\" content=\"scriptorium report\"/>";

  private static final List<List<String>> SECTIONS =
      List.of(
          List.of("data", "Data sets"),
          List.of("series", "Series"),
          List.of("detectors", "Detectors"),
          List.of("samples", "Samples"));

  /** The page as XHTML that any browser reads as HTML. */
  public String html() {
    HtmlWriter html = new HtmlWriter();
    html.raw("<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>");
    html.open("meta", "charset", "utf-8").raw("\n").raw(MARK).raw("\n");
    html.raw(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"" + PageStyle.POLICY + "\"/>\n");
    html.open("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
    html.open("meta", "name", "color-scheme", "content", "light dark").raw("\n");
    html.plain("title", title).raw("\n");
    html.raw("<style>" + PageStyle.CSS + "</style>\n</head>\n<body>\n");
    head(html);
    if (!sets.isEmpty()) {
      new DataSetSection(html, sets).write();
      series(html);
    }
    new DetectorSection(html).write(results);
    if (!sets.isEmpty()) {
      new SampleSection(html, painter, scorer).write(series, samples);
    }
    html.paragraph(
        "Written by " + program + " from the folders named above and from nothing else.",
        "class",
        "dim");
    html.raw("<script>" + PageStyle.SCRIPT + "</script>\n</body>\n</html>\n");
    return html.toString();
  }

  private void head(HtmlWriter html) {
    html.open("h1").isolated(title).closeLine();
    html.paragraph(
        "What data sets of GPT-2 samples and scored texts hold: their counts and settings, how"
            + " likely, how long and how varied their texts are beside human ones, what detectors"
            + " make of them, and some of them to read. This file needs no network.");
    html.open("nav");
    for (List<String> section : SECTIONS) {
      if (!sets.isEmpty() || section.getFirst().equals("detectors")) {
        html.element("a", section.getLast(), "href", "#" + section.getFirst());
      }
    }
    html.closeLine();
  }

  private void series(HtmlWriter html) {
    html.element("h2", "Series", "id", "series");
    if (series.isEmpty()) {
      html.paragraph("No row of the data sets can be shown: all are error rows.", "class", "warn");
      return;
    }
    html.paragraph(
        "A series is all human text, or all synthetic text of one family of sampling settings: t1"
            + " is temperature 1 with nothing cut off, k40 keeps the 40 likeliest tokens, nucleus"
            + " the likeliest of a probability mass that is drawn per row, p0.9 of a fixed one. At"
            + " most "
            + SeriesSet.SHOWN
            + " are told apart; the smallest are put together as others. Log-likelihoods are those"
            + " under the model itself, at temperature 1 with nothing cut off.");
    if (series.stream().noneMatch(one -> one.origin() == Origin.HUMAN)) {
      html.paragraph(
          "No human text stands beside the others: score some with the same model and name its folder by --human.",
          "class",
          "warn");
    }
    new SeriesTable(html, series).write();
    if (errors > 0) {
      html.paragraph(
          Figures.count(errors)
              + " rows hold an error in the place of a text, or cannot be read; the figures leave them out.",
          "class",
          "warn");
    }
    new SeriesPlots(html, series).write();
  }
}
