package scriptorium.job.report.page;

import java.util.ArrayList;
import java.util.List;
import scriptorium.job.report.statistics.ReadDataSet;
import scriptorium.job.report.statistics.RunCourse;
import scriptorium.job.report.statistics.SeriesSet;

/** The rates of runs from their start to their end, as a plot. Stateless. */
final class RunCoursePlot {
  private RunCoursePlot() {}

  /** Draws the courses that are known, each over its own time. */
  static void write(HtmlWriter html, List<ReadDataSet> sets) {
    List<ReadDataSet> known = new ArrayList<>();
    List<double[]> rates = new ArrayList<>();
    double highest = 0;
    double longest = 0;
    for (ReadDataSet set : sets) {
      if (set.course().isKnown() && known.size() < SeriesSet.SHOWN) {
        known.add(set);
        rates.add(set.course().rates());
        longest = Math.max(longest, set.course().runSeconds());
        for (double rate : rates.getLast()) {
          highest = Math.max(highest, rate);
        }
      }
    }
    if (known.isEmpty()) {
      html.paragraph(
          "The course of tokens/s is not shown: it needs "
              + RunCourse.LEAST_SHARDS
              + " shards whose files still have the times at which the run wrote them.",
          "class",
          "dim");
      return;
    }
    boolean minutes = longest >= 300;
    double unit = minutes ? 60 : 1;
    SvgPlot plot =
        new SvgPlot(
            "course",
            "Tokens/s over the run",
            "Rate of each run from its start to its end.",
            Axis.linear(
                "time since the start (" + (minutes ? "min" : "s") + ")", 0, longest / unit),
            Axis.upTo("tokens/s", highest));
    html.open("div", "class", "plots");
    for (int i = 0; i < known.size(); i++) {
      RunCourse course = known.get(i).course();
      double[] columns = rates.get(i);
      double[] edges = new double[columns.length + 1];
      for (int k = 0; k < edges.length; k++) {
        edges[k] = course.runSeconds() / unit * k / columns.length;
      }
      plot.steps(i, edges, columns);
      plot.legend(i, known.get(i).data().source(), "");
    }
    plot.write(
        html,
        "By the times of the shards' files: a shard counts when it is written, so a run's first"
            + " columns are too low.");
    html.closeLine();
  }
}
