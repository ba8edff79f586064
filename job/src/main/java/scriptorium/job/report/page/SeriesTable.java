package scriptorium.job.report.page;

import java.util.List;
import java.util.function.Function;
import scriptorium.job.report.read.Figures;
import scriptorium.job.report.statistics.Series;
import scriptorium.job.report.statistics.SeriesStatistics;

/** The figures of the series as a table, a column a series. Used by one thread. */
final class SeriesTable {
  private final HtmlWriter html;
  private final List<Series> series;

  SeriesTable(HtmlWriter html, List<Series> series) {
    this.html = html;
    this.series = series;
  }

  void write() {
    int words = SeriesPlots.distinctWords(series);
    html.open("div", "class", "scroll").open("table", "id", "figures").open("tr").element("th", "");
    for (Series one : series) {
      html.open("th", "scope", "col").text(one.letter() + " ").isolated(one.name()).close();
    }
    html.closeLine().open("tr").element("th", "who wrote it", "scope", "row");
    series.forEach(one -> html.element("td", one.origin().word()));
    html.closeLine();
    row("rows", s -> Figures.count(s.rows()));
    row("tokens", s -> Figures.count(s.tokens()));
    row("mean length (tokens)", s -> Figures.decimal(s.meanLength(), 1));
    row("ended by the end token", s -> Figures.percent(s.ended()));
    row("mean log-likelihood per token (nats)", s -> Figures.decimal(s.meanLikelihood(), 3));
    row("perplexity", s -> Figures.decimal(StrictMath.exp(-s.meanLikelihood()), 1));
    row("mean ln rank", s -> Figures.decimal(s.meanLogRank(), 3));
    row("mean entropy (nats)", s -> Figures.decimal(s.meanEntropy(), 3));
    row("mean Fast-DetectGPT", s -> Figures.decimal(s.curvature(), 2));
    for (int n = 1; n <= 3; n++) {
      int runs = n;
      row("distinct-" + n, s -> Figures.decimal(s.distinct().distinct(runs, words), 3));
    }
    row("repetition of 4 words", s -> Figures.decimal(s.repetition(), 4));
    html.close().closeLine();
  }

  private void row(String name, Function<SeriesStatistics, String> value) {
    html.open("tr").element("th", name, "scope", "row");
    series.forEach(one -> html.element("td", value.apply(one.statistics())));
    html.closeLine();
  }
}
