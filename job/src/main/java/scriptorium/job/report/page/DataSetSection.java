package scriptorium.job.report.page;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import scriptorium.job.base.Texts;
import scriptorium.job.report.read.Figures;
import scriptorium.job.report.read.RecordedDataSet;
import scriptorium.job.report.statistics.ReadDataSet;

/** What the manifests say: counts of all data sets in one table, then all settings of each. */
final class DataSetSection {
  private static final int SETTINGS = 60;

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
    JsonNode totals = data.manifest().path("totals");
    html.open("tr").open("td").isolated(data.source()).close();
    cell(data.kind().name().toLowerCase(Locale.ROOT));
    cell(Figures.count(totals.path("rows").asLong()));
    cell(Figures.count(totals.path("tokens").asLong()));
    boolean ends = data.kind() == RecordedDataSet.Kind.GENERATE;
    cell(
        ends
            ? Figures.percent(totals.path("ended").asDouble() / totals.path("rows").asDouble())
            : Figures.NONE);
    cell(Figures.count(totals.path("errors").asLong()));
    cell(Figures.count(totals.path("shards").asLong()));
    cell(Figures.bytes(totals.path("bytes").asLong()));
    cell(Figures.decimal(totals.path("tokens").asDouble() / data.seconds(), 0));
    cell(word(data.manifest().path("started"), 30));
    cell(word(data.manifest().path("ended"), 30));
    html.closeLine();
  }

  private void cell(String text) {
    html.element("td", text.isEmpty() ? Figures.NONE : text);
  }

  private void details(ReadDataSet read) {
    RecordedDataSet data = read.data();
    JsonNode manifest = data.manifest();
    html.open("details", "open", sets.size() == 1 ? "open" : null).open("summary");
    html.isolated(data.source()).text(": settings and hashes").close();
    if (!manifest.path("state").asText("").equals("done")) {
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
        word(manifest.path("code").path("version"), 80)
            + " (commit "
            + word(manifest.path("code").path("commit"), 80)
            + "), numerics version "
            + word(manifest.path("numericsVersion"), 20));
    pair("manifest, SHA-256", data.sha256());
    JsonNode model = manifest.path("model");
    pair(
        "model",
        word(model.path("name"), 80)
            + ", "
            + word(model.path("dataType"), 20)
            + ", "
            + Figures.count(model.path("parameters").asLong())
            + " parameters");
    pair("weights, SHA-256", word(model.path("weightsSha256"), 80));
    pair("tokenizer, SHA-256", word(model.path("tokenizerSha256"), 80));
    pair("observer, SHA-256", word(manifest.path("observer").path("weightsSha256"), 80));
    pair("prompts, SHA-256", word(manifest.path("prompts").path("sha256"), 80));
    pair("inputs, SHA-256", word(manifest.path("inputs").path("sha256"), 80));
    for (JsonNode split : manifest.path("splits")) {
      pair(
          "split " + word(split.path("name"), 40),
          Figures.count(split.path("rows").asLong()) + " rows");
    }
    int left = SETTINGS;
    for (Map.Entry<String, JsonNode> setting : manifest.path("settings").properties()) {
      if (left > 0) {
        pair(Texts.head(setting.getKey(), 80), word(setting.getValue(), 400));
      }
      left--;
    }
    if (left < 0) {
      pair("more settings", Figures.count(-left) + " are not shown");
    }
    html.close().close().closeLine();
  }

  private void pair(String name, String value) {
    if (!value.isEmpty()) {
      html.open("tr").open("th", "scope", "row").isolated(name).close();
      html.open("td").open("code").isolated(value).close().close().closeLine();
    }
  }

  /** A value from a manifest as text, cut to a limit; empty if it is missing. */
  static String word(JsonNode value, int limit) {
    if (value.isMissingNode() || value.isNull()) {
      return "";
    }
    return Texts.head(value.isTextual() ? value.textValue() : value.toString(), limit);
  }
}
