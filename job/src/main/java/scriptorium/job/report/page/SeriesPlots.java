package scriptorium.job.report.page;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import scriptorium.job.base.Texts;
import scriptorium.job.report.read.Figures;
import scriptorium.job.report.statistics.Histogram;
import scriptorium.job.report.statistics.Series;
import scriptorium.job.report.statistics.SeriesStatistics;
import scriptorium.job.report.statistics.WordCounter;
import scriptorium.job.report.statistics.Words;

/** The plots of the series, written one after the other. Used by one thread. */
public final class SeriesPlots {
  /** Words for distinct-n: as many of each series, if it has so many. */
  private static final int WORDS = 50_000;

  /** A series with fewer words does not lower the number for all. */
  private static final int FEW_WORDS = 1_000;

  private final HtmlWriter html;
  private final List<Series> series;

  SeriesPlots(HtmlWriter html, List<Series> series) {
    this.html = html;
    this.series = series;
  }

  /** All of them. */
  void write() {
    html.open("div", "class", "plots");
    histogram(
        "likelihood",
        "Log-likelihood per token",
        "log-likelihood per token (nats)",
        "density (1/nat)",
        SeriesStatistics::likelihoods,
        true);
    histogram(
        "length",
        "Length",
        "length (tokens)",
        "share of rows (%)",
        SeriesStatistics::lengths,
        false);
    ended();
    ranks();
    if (!having(s -> s.curvatures().count()).isEmpty()) {
      histogram(
          "curvature",
          "Fast-DetectGPT",
          "discrepancy (standard deviations)",
          "density (1/standard deviation)",
          SeriesStatistics::curvatures,
          true);
    }
    zipf();
    diversity();
    html.closeLine();
  }

  private List<Series> having(ToDoubleFunction<SeriesStatistics> value) {
    return series.stream().filter(s -> value.applyAsDouble(s.statistics()) > 0).toList();
  }

  private void nothing(String id, String title, String remedy) {
    html.open("figure", "id", id)
        .element("h3", title)
        .paragraph(remedy, "class", "none")
        .closeLine();
  }

  private void histogram(
      String id,
      String title,
      String unit,
      String yTitle,
      Function<SeriesStatistics, Histogram> of,
      boolean density) {
    List<Series> shown = having(s -> of.apply(s).count());
    if (shown.isEmpty()) {
      nothing(id, title, "No row says it: score the texts with scriptorium score.");
    } else {
      new HistogramPlot(shown, of).write(html, id, title, unit, yTitle, density);
    }
  }

  /** Letters and names, for descriptions. */
  static String names(List<Series> series) {
    return String.join(
        ", ", series.stream().map(s -> s.letter() + " " + Texts.head(s.name(), 40)).toList());
  }

  private void ended() {
    List<Series> shown = series.stream().filter(s -> s.statistics().ended() >= 0).toList();
    if (shown.isEmpty()) {
      nothing("ended", "Rows that ended", "No row says whether its text ended by the end token.");
      return;
    }
    new BarPlot(
            "ended",
            "Rows that ended",
            Axis.names("ended by the end token, before the maximum length", List.of("")),
            "share of rows (%)")
        .write(html, shown, s -> new double[] {100 * s.statistics().ended()});
  }

  private void ranks() {
    List<Series> shown = series.stream().filter(s -> s.statistics().hasShares()).toList();
    if (shown.isEmpty()) {
      nothing(
          "ranks",
          "Ranks of the tokens",
          "No row has ranks: generate with --token-columns, or score with --columns all.");
      return;
    }
    boolean five = shown.stream().allMatch(s -> s.statistics().hasRanks());
    Function<Series, double[]> heights =
        s -> {
          double[] shares = s.statistics().rankShares(five);
          for (int i = 0; i < shares.length; i++) {
            shares[i] *= 100;
          }
          return shares;
        };
    List<String> names =
        five
            ? List.of("1", "2–10", "11–100", "101–1,000", "> 1,000")
            : List.of("1–10", "11–100", "101–1,000", "> 1,000");
    String from =
        five
            ? "Counted token by token."
            : "From the shares of GLTR where rows have no token ranks.";
    new BarPlot(
            "ranks",
            "Ranks of the tokens",
            Axis.names("rank of the token in the model's distribution (1: the likeliest)", names),
            "share of tokens (%)")
        .write(html, shown, heights, from + without(shown));
  }

  private String without(List<Series> shown) {
    List<Series> others = series.stream().filter(one -> !shown.contains(one)).toList();
    return others.isEmpty() ? "" : " No ranks in the rows of " + names(others) + ".";
  }

  private void zipf() {
    List<Series> shown = having(s -> s.words().total());
    if (shown.isEmpty()) {
      nothing("zipf", "Words by rank", "No row has a text.");
      return;
    }
    double least = 1;
    long longest = 10;
    long error = 0;
    List<double[][]> curves = new ArrayList<>();
    for (Series one : shown) {
      double[][] curve = curve(one.statistics().words());
      curves.add(curve);
      least = Math.min(least, curve[1][curve[1].length - 1]);
      longest = Math.max(longest, (long) curve[0][curve[0].length - 1]);
      error = Math.max(error, one.statistics().words().error());
    }
    SvgPlot plot =
        new SvgPlot(
            "zipf",
            "Words by rank (Zipf)",
            "Frequency of each word against its rank, both logarithmic, of " + names(shown) + ".",
            Axis.logarithmic("rank of the word (1: the most frequent)", 1, longest),
            Axis.logarithmic("share of all words", least, 1));
    for (int i = 0; i < shown.size(); i++) {
      plot.curve(shown.get(i).index(), curves.get(i)[0], curves.get(i)[1]);
      plot.legend(shown.get(i));
    }
    plot.write(
        html,
        "Words are runs of letters and digits in lower case, the first "
            + Figures.count(Words.LIMIT)
            + " of a text. Of a series, "
            + Figures.count(WordCounter.LIMIT)
            + " different words are kept; "
            + (error == 0
                ? "there were no more: the counts are exact."
                : "the rarest were dropped where there were more: a count is too low by "
                    + Figures.count(error)
                    + " at most, and ranks of no larger count are not drawn."));
  }

  /** Ranks and shares of words, at most 20 points a decade. */
  public static double[][] curve(WordCounter words) {
    long[] counts = words.sorted();
    int ranks = counts.length;
    while (ranks > 1 && counts[ranks - 1] <= words.error()) {
      ranks--;
    }
    List<Integer> chosen = new ArrayList<>();
    for (double rank = 1; rank < ranks; rank = Math.max(rank + 1, rank * 1.122)) {
      chosen.add((int) rank);
    }
    chosen.add(ranks);
    double[][] curve = new double[2][chosen.size()];
    for (int i = 0; i < chosen.size(); i++) {
      curve[0][i] = chosen.get(i);
      curve[1][i] = (double) counts[chosen.get(i) - 1] / words.total();
    }
    return curve;
  }

  /** Words at which distinct-n is compared. */
  static int distinctWords(List<Series> series) {
    return series.stream()
        .mapToInt(s -> s.statistics().distinct().words())
        .filter(words -> words >= FEW_WORDS)
        .min()
        .stream()
        .map(words -> Math.min(words, WORDS))
        .findFirst()
        .orElse(WORDS);
  }

  private void diversity() {
    List<Series> shown = having(s -> s.distinct().words());
    if (shown.isEmpty()) {
      return;
    }
    int words = distinctWords(shown);
    Function<Series, double[]> heights =
        s ->
            new double[] {
              s.statistics().distinct().distinct(1, words),
              s.statistics().distinct().distinct(2, words),
              s.statistics().distinct().distinct(3, words),
              s.statistics().repetition()
            };
    new BarPlot(
            "diversity",
            "Distinct-n and repetition",
            Axis.names("measure", List.of("distinct-1", "distinct-2", "distinct-3", "repetition")),
            "share (0 to 1)")
        .write(
            html,
            shown,
            heights,
            "Distinct-n: different runs of n words over all runs, in the same number of words of"
                + " each series, "
                + Figures.count(words)
                + " (of texts that a hash chooses; a series that has fewer is shown with all it"
                + " has, and too high). Repetition: share of a text's runs of four words that it"
                + " has had before, mean over the texts.");
  }
}
