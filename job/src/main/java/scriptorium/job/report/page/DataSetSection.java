package scriptorium.job.report.page;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Map;
import scriptorium.job.base.Texts;
import scriptorium.job.report.read.Figures;
import scriptorium.job.report.read.RecordedDataSet;
import scriptorium.job.report.statistics.ReadDataSet;
import scriptorium.job.store.Manifest;

/** What the manifests say: counts of all data sets in one table, then all settings of each. */
final class DataSetSection {
  private static final int SETTINGS = 60;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HtmlWriter html;
  private final List<ReadDataSet> sets;

  DataSetSection(HtmlWriter html, List<ReadDataSet> sets) {
    this.html = html;
    this.sets = sets;
  }

  void write() {
    html.element("h2", "Data sets", "id", "data").raw("\n");
    html.open("div", "class", "scroll").open("table").open("tr");
    for (String head :
        List.of(
            "data set",
            "command",
            "rows",
            "tokens",
            "ended",
            "errors",
            "shards",
            "bytes",
            "tokens/s",
            "started",
            "finished")) {
      html.element("th", head, "scope", "col");
    }
    html.closeLine();
    sets.forEach(this::row);
    html.close().closeLine();
    html.paragraph(
        "Counts are those of the manifests. Tokens/s: the mean from the start to the end of the run, pauses"
            + " of one that was begun again included.",
        "class",
        "dim");
    RunCoursePlot.write(html, sets);
    sets.forEach(this::details);
  }

  private void row(ReadDataSet read) {
    RecordedDataSet data = read.data();
    Manifest.Totals totals = data.manifest().totals();
    html.open("tr").open("td").isolated(data.source()).close();
    cell(data.command().toString());
    cell(Figures.count(totals.rows()));
    cell(Figures.count(totals.tokens()));
    boolean ends = data.command() == Manifest.Command.GENERATE;
    cell(ends ? Figures.percent((double) totals.ended() / totals.rows()) : Figures.NONE);
    cell(Figures.count(totals.errors()));
    cell(Figures.count(totals.shards()));
    cell(Figures.bytes(totals.bytes()));
    cell(Figures.decimal(totals.tokens() / data.seconds(), 0));
    cell(word(data.manifest().started(), 30));
    cell(word(data.manifest().ended(), 30));
    html.closeLine();
  }

  private void cell(String text) {
    html.element("td", text.isEmpty() ? Figures.NONE : text);
  }

  private void details(ReadDataSet read) {
    RecordedDataSet data = read.data();
    Manifest manifest = data.manifest();
    html.open("details", "open", sets.size() == 1 ? "open" : null).open("summary");
    html.isolated(data.source()).text(": settings and hashes").close();
    if (!manifest.finished()) {
      html.paragraph(
          "The run is not finished: only its shards that the manifest has are in this report.",
          "class",
          "warn");
    }
    for (String warning : read.warnings()) {
      html.paragraph(warning, "class", "warn");
    }
    html.open("div", "class", "scroll").open("table", "class", "words");
    pair("folder", data.folder());
    pair(
        "code",
        word(manifest.code().version(), 80)
            + " (commit "
            + word(manifest.code().commit(), 80)
            + "), numerics version "
            + manifest.numericsVersion());
    pair("manifest, SHA-256", data.sha256());
    model(manifest.model());
    Manifest.Model observer = manifest.observer();
    pair("observer, SHA-256", observer == null ? "" : word(observer.weightsSha256(), 80));
    Manifest.Prompts prompts = manifest.prompts();
    pair("prompts, SHA-256", prompts == null ? "" : word(prompts.sha256(), 80));
    Manifest.Inputs inputs = manifest.inputs();
    pair("inputs, SHA-256", inputs == null ? "" : word(inputs.sha256(), 80));
    for (Manifest.Split split : manifest.splits()) {
      pair("split " + word(split.name(), 40), Figures.count(split.rows()) + " rows");
    }
    settings(manifest.settings());
    html.close().close().closeLine();
  }

  private void model(Manifest.Model model) {
    if (model == null) { // a corpus that was not scored
      return;
    }
    pair(
        "model",
        word(model.name(), 80)
            + ", "
            + word(model.dataType(), 20)
            + ", "
            + Figures.count(model.parameters())
            + " parameters");
    pair("weights, SHA-256", word(model.weightsSha256(), 80));
    pair("tokenizer, SHA-256", word(model.tokenizerSha256(), 80));
  }

  private void settings(Map<String, Object> settings) {
    int left = SETTINGS;
    for (Map.Entry<String, Object> setting : settings.entrySet()) {
      if (left > 0) {
        pair(Texts.head(setting.getKey(), 80), word(setting.getValue(), 400));
      }
      left--;
    }
    if (left < 0) {
      pair("more settings", Figures.count(-left) + " are not shown");
    }
  }

  private void pair(String name, String value) {
    if (!value.isEmpty()) {
      html.open("tr").open("th", "scope", "row").isolated(name).close();
      html.open("td").open("code").isolated(value).close().close().closeLine();
    }
  }

  /** A value from a manifest as text, cut to a limit; empty if it is missing. */
  private static String word(Object value, int limit) {
    if (value == null) {
      return "";
    }
    return Texts.head(
        value instanceof String text ? text : JSON.valueToTree(value).toString(), limit);
  }
}
