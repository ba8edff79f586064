package scriptorium.job.report.page;

import java.util.List;
import java.util.function.Function;
import scriptorium.job.report.statistics.Series;

/**
 * Groups of bars: a group for each name of the axis, and a bar for each series in it. Immutable.
 */
record BarPlot(String id, String title, Axis names, String yTitle) {
  /** Share of a group's room that its bars take, and that one bar takes at most. */
  private static final double ROOM = 0.86;

  private static final double WIDEST = 0.2;

  /**
   * Writes the plot.
   *
   * @param heights of a series' bars, one a group; no bar where one is not finite
   * @param notes what stands below
   */
  void write(
      HtmlWriter html, List<Series> shown, Function<Series, double[]> heights, String... notes) {
    List<double[]> all = shown.stream().map(heights).toList();
    double highest = 0;
    for (double[] bars : all) {
      for (double height : bars) {
        highest = Double.isFinite(height) ? Math.max(highest, height) : highest;
      }
    }
    SvgPlot plot =
        new SvgPlot(
            id,
            title,
            "Bars of "
                + SeriesPlots.names(shown)
                + ": "
                + names.title()
                + "; "
                + String.join(", ", names.ticks().stream().map(Axis.Tick::label).toList())
                + ".",
            names,
            Axis.upTo(yTitle, highest));
    double width = Math.min(ROOM / shown.size(), WIDEST);
    for (int i = 0; i < shown.size(); i++) {
      Series series = shown.get(i);
      for (int group = 0; group < all.get(i).length; group++) {
        double height = all.get(i)[group];
        double from = group + 0.5 + (i - shown.size() / 2.0) * width;
        if (Double.isFinite(height)) {
          plot.bar(series.index(), from, 0.92 * width, height, series.letter());
        }
      }
      plot.barLegend(series);
    }
    plot.write(html, notes);
  }
}
