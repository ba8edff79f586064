package scriptorium.job.report.page;

import java.util.List;
import scriptorium.job.base.Texts;
import scriptorium.job.report.read.Figures;
import scriptorium.job.report.read.Origin;
import scriptorium.job.report.read.TokenScores;
import scriptorium.job.report.statistics.ChosenSample;
import scriptorium.job.report.statistics.Series;

/** The browser of samples: some of each series, chosen by a hash, marked by who wrote them. */
final class SampleSection {
  /**
   * Tokens that a page shows in all, so that it stays small; fewer of each where there are more.
   */
  private static final int TOKENS = 40_000;

  private static final int CHARACTERS = 400_000;
  private static final int LEAST = 40;

  private final HtmlWriter html;
  private final TokenPainter painter;
  private final String scorer;

  /**
   * @param scorer the model that scored samples for this report, in words; null for none
   */
  SampleSection(HtmlWriter html, TokenPainter painter, String scorer) {
    this.html = html;
    this.painter = painter;
    this.scorer = scorer;
  }

  /** Writes the samples of each series. */
  void write(List<Series> series, List<List<ChosenSample>> samples) {
    int count = Math.max(1, samples.stream().mapToInt(List::size).sum());
    html.element("h2", "Samples", "id", "samples");
    html.paragraph(
        "Chosen by a hash of their place, not by what they say. Texts of the series marked synthetic were written by a"
            + " machine: they may be untrue or offensive, and must not be passed on as human.",
        "class",
        "warn");
    legend();
    pick(series);
    for (int i = 0; i < series.size(); i++) {
      Series one = series.get(i);
      html.open(
          "details",
          "class",
          "series",
          "id",
          "series-" + one.letter(),
          "open",
          i < 2 ? "open" : null);
      html.open("summary").element("span", one.letter() + " ").isolated(one.name());
      html.text(
          ": "
              + samples.get(i).size()
              + " of "
              + Figures.count(one.statistics().rows())
              + " rows, ");
      html.text(one.origin().words()).close();
      remedy(samples.get(i));
      for (ChosenSample sample : samples.get(i)) {
        write(sample, count);
      }
      html.closeLine();
    }
    html.element("p", "", "id", "tip", "role", "status", "hidden", "hidden");
  }

  private void legend() {
    html.open("p", "class", "tokens").text("Tokens by their rank in the model's distribution: ");
    html.element("b", "top 10", "class", "a").text(" plain green, ");
    html.element("b", "top 100", "class", "b").text(" dotted yellow, ");
    html.element("b", "top 1,000", "class", "c").text(" dashed red, ");
    html.element("b", "beyond", "class", "d").text(" doubly underlined purple. ");
    html.text(
        "Point at a token, or tap it, for its probability p, its rank and the entropy of the distribution (nats).");
    html.text(
        scorer == null
            ? ""
            : " Rows without token columns were scored for this page by " + scorer + ".");
    html.closeLine();
  }

  private void pick(List<Series> series) {
    if (series.size() > 1) {
      html.open("p", "id", "pick", "hidden", "hidden").open("label").text("Show ").open("select");
      html.element("option", "all series", "value", "all");
      for (Series one : series) {
        html.plain(
            "option",
            one.letter() + " " + Texts.head(one.name(), 60),
            "value",
            "series-" + one.letter());
      }
      html.close().close().closeLine();
    }
  }

  private void write(ChosenSample sample, int count) {
    String origin = sample.origin() == Origin.SYNTHETIC ? "synthetic" : "";
    html.open("article", "class", origin.isEmpty() ? null : origin).open("div", "class", "head");
    html.element("span", badge(sample.origin()), "class", "badge");
    html.open("span").isolated(sample.place()).close();
    if (!sample.model().isEmpty()) {
      html.open("span").text("model ").isolated(sample.model()).close();
    }
    if (sample.length() >= 0) {
      html.element("span", Figures.count(sample.length()) + " tokens");
    }
    if (Double.isFinite(sample.logLikelihood())) {
      html.element("span", Figures.decimal(sample.logLikelihood(), 3) + " nats per token");
    }
    html.close();
    if (!sample.prompt().isEmpty()) {
      html.open("div", "class", "text given").text("Prompt: " + sample.prompt()).close();
    }
    if (painter.knows(sample)) {
      tokens(sample, Math.max(LEAST, TOKENS / count));
    } else {
      plain(sample, Math.max(4 * LEAST, CHARACTERS / count));
    }
    html.closeLine();
  }

  private static String badge(Origin origin) {
    return switch (origin) {
      case HUMAN -> "Human";
      case SYNTHETIC -> "SYNTHETIC, written by a machine";
      case UNSTATED -> "Origin not stated";
    };
  }

  private void tokens(ChosenSample sample, int limit) {
    TokenScores scores = sample.tokens();
    html.open("div", "class", "text tok");
    painter.write(html, scores, limit);
    html.close();
    int shown = Math.min(limit, scores.tokens().length);
    if (shown < scores.count()) {
      cut(Figures.count(shown) + " of " + Figures.count(scores.count()) + " tokens");
    }
  }

  private void plain(ChosenSample sample, int limit) {
    String shown = Texts.head(sample.text(), limit);
    html.open("div", "class", "text").text(shown).close();
    if (shown.length() < sample.textLength()) {
      cut(
          Figures.count(shown.length())
              + " of "
              + Figures.count(sample.textLength())
              + " characters");
    }
  }

  /** Why samples of a series have no colours, said once. */
  private void remedy(List<ChosenSample> samples) {
    boolean lacking = samples.stream().anyMatch(sample -> sample.tokens() == null);
    if (lacking) {
      html.paragraph(
          "No colours where rows have no token columns: generate with --token-columns, score with --columns"
              + " tokens,token_log_likelihoods,token_ranks,token_entropies, or give report --model.",
          "class",
          "cut");
    }
    if (samples.stream().anyMatch(sample -> sample.tokens() != null && !painter.knows(sample))) {
      html.paragraph(
          "No colours where a row's tokens are not those of its text under the tokenizer at hand: name the model by --model.",
          "class",
          "cut");
    }
  }

  private void cut(String what) {
    html.paragraph("[cut here: " + what + " are shown]", "class", "cut");
  }
}
