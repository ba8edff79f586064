package scriptorium.job.report.page;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import scriptorium.job.report.statistics.Series;
import scriptorium.job.report.statistics.SeriesSet;

/**
 * A plot as inline SVG in a figure with its legend: curves, steps and bars of series, told apart by
 * colour and dashes or letters, which the page's style sheet gives. Not thread-safe.
 */
final class SvgPlot {
  private static final int WIDTH = 480;
  private static final int HEIGHT = 310;
  private static final int LEFT = 62;
  private static final int RIGHT = 452;
  private static final int TOP = 14;
  private static final int BOTTOM = 256;

  private final String id;
  private final String title;
  private final String description;
  private final Axis x;
  private final Axis y;
  private final List<Mark> marks = new ArrayList<>();
  private final List<Entry> legend = new ArrayList<>();

  /** Something drawn: a path of a class of the style sheet, or a letter. */
  private record Mark(String tag, String style, String path, double x, double y, String letter) {}

  /** A line of the legend. */
  private record Entry(String letter, String style, String name, String more) {}

  /**
   * @param id of the figure in the page
   * @param description what is seen, for those who do not see it
   */
  SvgPlot(String id, String title, String description, Axis x, Axis y) {
    this.id = id;
    this.title = title;
    this.description = description;
    this.x = x;
    this.y = y;
  }

  private String across(double value) {
    return coordinate(LEFT + (RIGHT - LEFT) * x.place(value));
  }

  private String up(double value) {
    return coordinate(BOTTOM - (BOTTOM - TOP) * y.place(value));
  }

  private static String coordinate(double value) {
    String text = String.format(Locale.ROOT, "%.1f", value);
    return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
  }

  /** A curve through points. */
  void curve(int series, double[] xs, double[] ys) {
    StringBuilder path = new StringBuilder();
    for (int i = 0; i < xs.length; i++) {
      path.append(i == 0 ? 'M' : 'L').append(across(xs[i])).append(' ').append(up(ys[i]));
    }
    line(style(series), path.toString());
  }

  /** The class of a curve: the ninth is as the first, but broad and pale. */
  private static String style(int index) {
    return "s" + index % SeriesSet.SHOWN + (index < SeriesSet.SHOWN ? "" : " w");
  }

  /** The outline of columns that touch: one edge more than heights. */
  void steps(int series, double[] edges, double[] heights) {
    StringBuilder path = new StringBuilder("M" + across(edges[0]) + " " + up(0));
    for (int i = 0; i < heights.length; i++) {
      path.append('V').append(up(heights[i])).append('H').append(across(edges[i + 1]));
    }
    line("s" + series, path.append('V').append(up(0)).toString());
  }

  /** A thin line from one point to another, which belongs to no series. */
  void guide(double fromX, double fromY, double toX, double toY) {
    line("guide", "M" + across(fromX) + " " + up(fromY) + "L" + across(toX) + " " + up(toY));
  }

  private void line(String style, String path) {
    marks.add(new Mark("path", style, path, 0, 0, null));
  }

  /** A bar from x to x + width, with a letter above it. */
  void bar(int series, double from, double width, double height, String letter) {
    String path =
        "M"
            + across(from)
            + " "
            + up(0)
            + "V"
            + up(height)
            + "H"
            + across(from + width)
            + "V"
            + up(0)
            + "Z";
    marks.add(new Mark("path", "f" + series, path, 0, 0, null));
    double middle = LEFT + (RIGHT - LEFT) * x.place(from + width / 2);
    double top = BOTTOM - (BOTTOM - TOP) * y.place(height) - 3;
    marks.add(new Mark("text", "letter", null, middle, top, letter));
  }

  /** A line of the legend for a curve of a series. */
  void legend(Series series) {
    legend.add(new Entry(series.letter(), "s" + series.index(), series.name(), ""));
  }

  /** A line of the legend for bars of a series. */
  void barLegend(Series series) {
    legend.add(new Entry(series.letter(), "f" + series.index(), series.name(), ""));
  }

  /** A line of the legend for a curve of another kind. */
  void legend(int index, String name, String more) {
    legend.add(new Entry(String.valueOf((char) ('A' + index)), style(index), name, more));
  }

  /** Writes the figure; {@code notes} stand below the legend. */
  void write(HtmlWriter html, String... notes) {
    html.open("figure", "id", id).element("h3", title);
    html.open(
        "svg",
        "xmlns",
        "http://www.w3.org/2000/svg",
        "viewBox",
        "0 0 " + WIDTH + " " + HEIGHT,
        "role",
        "img",
        "aria-labelledby",
        id + "-t " + id + "-d");
    html.plain("title", title, "id", id + "-t").plain("desc", description, "id", id + "-d");
    writeAxes(html);
    for (Mark mark : marks) {
      if (mark.letter() == null) {
        html.open("path", "class", mark.style(), "d", mark.path()).close();
      } else {
        text(html, "letter", mark.x(), mark.y(), mark.letter());
      }
    }
    html.closeLine().open("figcaption").open("ul", "class", "legend");
    for (Entry entry : legend) {
      html.open("li");
      html.open("svg", "class", "key", "viewBox", "0 0 30 10", "aria-hidden", "true");
      String key = entry.style().startsWith("s") ? "M0 5H30" : "M0 0H30V10H0Z";
      html.open("path", "class", entry.style(), "d", key).close().close();
      html.element("b", entry.letter()).text(" ").isolated(entry.name());
      html.text(entry.more().isEmpty() ? "" : " " + entry.more()).close();
    }
    html.close();
    for (String note : notes) {
      html.paragraph(note);
    }
    html.close().closeLine();
  }

  private void writeAxes(HtmlWriter html) {
    for (Axis.Tick tick : y.ticks()) {
      html.open("path", "class", "grid", "d", "M" + LEFT + " " + up(tick.value()) + "H" + RIGHT)
          .close();
      text(
          html, "end", LEFT - 6, BOTTOM - (BOTTOM - TOP) * y.place(tick.value()) + 4, tick.label());
    }
    for (Axis.Tick tick : x.ticks()) {
      String at = across(tick.value());
      html.open("path", "class", "grid", "d", "M" + at + " " + BOTTOM + "v5").close();
      text(
          html, "middle", LEFT + (RIGHT - LEFT) * x.place(tick.value()), BOTTOM + 19, tick.label());
    }
    html.open("path", "class", "axis", "d", "M" + LEFT + " " + TOP + "V" + BOTTOM + "H" + RIGHT)
        .close();
    text(html, "middle axis-title", (LEFT + RIGHT) / 2.0, HEIGHT - 12, x.title());
    html.element(
        "text",
        y.title(),
        "class",
        "middle axis-title",
        "transform",
        "translate(14 " + (TOP + BOTTOM) / 2 + ") rotate(-90)");
  }

  private static void text(HtmlWriter html, String style, double x, double y, String text) {
    html.element("text", text, "class", style, "x", coordinate(x), "y", coordinate(y));
  }
}
