package scriptorium.job.report.page;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import scriptorium.job.report.read.Figures;
import scriptorium.job.report.statistics.Histogram;
import scriptorium.job.report.statistics.Series;
import scriptorium.job.report.statistics.SeriesStatistics;

/** Histograms of several series in one plot. Used by one thread. */
final class HistogramPlot {
  /** Columns at most, and at least. */
  private static final int COLUMNS = 60;

  private static final int LEAST_COLUMNS = 16;

  /** Share of the values of every series that may lie outside at either end. */
  private static final double TAIL = 0.005;

  private final List<Series> shown;
  private final List<Histogram> histograms;
  private final int first;
  private final int group;
  private final int columns;

  HistogramPlot(List<Series> shown, Function<SeriesStatistics, Histogram> of) {
    this.shown = shown;
    histograms = shown.stream().map(series -> of.apply(series.statistics())).toList();
    first = histograms.stream().mapToInt(h -> h.binOf(TAIL)).min().orElseThrow();
    int last = histograms.stream().mapToInt(h -> h.binOf(1 - TAIL)).max().orElseThrow() + 1;
    int wanted = columnsWanted();
    group = Math.max(1, (last - first + wanted - 1) / wanted);
    columns = (last - first + group - 1) / group;
  }

  /** The fewer values the smallest series has, the fewer columns, lest they show noise. */
  private int columnsWanted() {
    long least = histograms.stream().mapToLong(Histogram::count).min().orElseThrow();
    return Math.clamp(Math.round(3 * Math.cbrt(least)), LEAST_COLUMNS, COLUMNS);
  }

  private int end() {
    return Math.min(first + columns * group, histograms.getFirst().bins());
  }

  /**
   * Writes the plot.
   *
   * @param density whether heights are those of a density; percent of the rows otherwise
   */
  void write(
      HtmlWriter html, String id, String title, String unit, String yTitle, boolean density) {
    double[] edges = new double[columns + 1];
    for (int i = 0; i <= columns; i++) {
      edges[i] = histograms.getFirst().edge(Math.min(first + i * group, end()));
    }
    List<double[]> heights = new ArrayList<>();
    double highest = 0;
    for (Histogram histogram : histograms) {
      double[] scaled = heights(histogram, edges, density);
      heights.add(scaled);
      for (double height : scaled) {
        highest = Math.max(highest, height);
      }
    }
    SvgPlot plot =
        new SvgPlot(
            id,
            title,
            "Histogram of the " + unit + " of " + SeriesPlots.names(shown) + ".",
            Axis.linear(unit, edges[0], edges[columns]),
            Axis.upTo(yTitle, highest));
    for (int i = 0; i < shown.size(); i++) {
      plot.steps(shown.get(i).index(), edges, heights.get(i));
      plot.legend(shown.get(i));
    }
    plot.write(html, outside());
  }

  private double[] heights(Histogram histogram, double[] edges, boolean density) {
    long[] counts = histogram.grouped(first, end(), group);
    double[] heights = new double[counts.length];
    for (int i = 0; i < heights.length; i++) {
      double scale = density ? 1 / (edges[i + 1] - edges[i]) : 100;
      heights[i] = scale * counts[i] / histogram.count();
    }
    return heights;
  }

  /** How many values lie outside the columns that are drawn. */
  private String outside() {
    long inside = 0;
    long count = 0;
    for (Histogram histogram : histograms) {
      count += histogram.count();
      for (long column : histogram.grouped(first, end(), 1)) {
        inside += column;
      }
    }
    return Figures.count(count)
        + " rows"
        + (count == inside
            ? "."
            : ", " + Figures.count(count - inside) + " of them outside what is drawn.");
  }
}
