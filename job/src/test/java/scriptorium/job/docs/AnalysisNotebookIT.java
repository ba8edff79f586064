package scriptorium.job.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scriptorium.job.testing.DataSets;
import scriptorium.job.testing.Launcher;
import scriptorium.job.testing.PythonEnvironment;

/**
 * datasets/analysis.ipynb runs whole on small data sets of the README's walk, and what it computes
 * is what the rows, {@code report} and {@code detect} say.
 */
@Tag("python")
class AnalysisNotebookIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> FAMILIES = List.of("human", "k40", "nucleus", "t1");
  private static final String SAMPLES = "generate --model books-8M --count 80 --max-new-tokens 40 ";

  /** Pictures, and how many curves or bars each of their axes has at least. */
  private static final Map<String, Integer> PICTURES =
      Map.of(
          "likelihood",
          4,
          "length",
          4,
          "ended",
          4,
          "ranks",
          16,
          "zipf",
          4,
          "diversity",
          16,
          "roc",
          11,
          "sampling",
          4);

  @TempDir Path folder;

  private void run(String command) throws Exception {
    String line =
        command
            .replaceAll("\\b(FAMILIES|CORPUS|DETECTORS)\\b", folder + "/$1")
            .replace(" datasets/", " " + Launcher.HOME + "/datasets/");
    Launcher.Ended ended = new Launcher(folder).run(Map.of(), line.split(" +"));
    assertEquals(0, ended.status(), line + "\n" + ended.output());
  }

  private JsonNode json(String file) throws Exception {
    return JSON.readTree(folder.resolve(file).toFile());
  }

  @Test
  void everyCellRunsAndItsFiguresAreOurs() throws Exception {
    run(SAMPLES + "--name t1 --out FAMILIES/books-8M");
    run(SAMPLES + "--name k40 --top-k 40 --out FAMILIES/books-8M-k40");
    run(
        SAMPLES
            + "--name nucleus --top-p 0.8..1.0 --format parquet --out FAMILIES/books-8M-nucleus");
    run(
        "corpus --human datasets/human --group-column book --synthetic FAMILIES/books-8M"
            + " FAMILIES/books-8M-k40 FAMILIES/books-8M-nucleus --model books-8M --out CORPUS");
    run("detect --corpus CORPUS --out DETECTORS");
    run("report CORPUS DETECTORS --out " + folder.resolve("report.html"));

    Map<String, String> folders = new HashMap<>();
    for (String name : List.of("FAMILIES", "CORPUS", "DETECTORS")) {
      folders.put(name, folder.resolve(name).toString());
    }
    PythonEnvironment.open()
        .run(
            folders,
            PythonEnvironment.SCRIPTS.resolve("run_notebook.py").toString(),
            Launcher.HOME.resolve("datasets/analysis.ipynb").toString(),
            folder.resolve("executed.ipynb").toString(),
            folder.resolve("facts.json").toString());
    cells(json("executed.ipynb"));
    JsonNode facts = json("facts.json");
    pictures(facts.path("pictures"));
    figures(facts);
    page(facts);
    areas(facts.path("areas"));
    hostile(facts.path("hostile"));
  }

  /** Every cell has run, in order and without an error, and shows its picture. */
  private static void cells(JsonNode notebook) {
    int ran = 0;
    int pictures = 0;
    String html = "";
    for (JsonNode cell : notebook.path("cells")) {
      if (!cell.path("cell_type").asText().equals("code")) {
        continue;
      }
      ran++;
      assertEquals(ran, cell.path("execution_count").asInt(), cell.path("source").toString());
      for (JsonNode output : cell.path("outputs")) {
        assertFalse(output.path("output_type").asText().equals("error"), output.toString());
        pictures += output.path("data").has("image/png") ? 1 : 0;
        for (JsonNode part : output.path("data").path("text/html")) {
          html += part.asText();
        }
      }
    }
    assertTrue(ran > 15, "code cells: " + ran);
    assertEquals(PICTURES.size(), pictures);
    assertEquals(6, html.split("SYNTHETIC, written by a machine", -1).length - 1);
    assertEquals(2, html.split("<b>Human</b>", -1).length - 1);
  }

  /** Every picture has titles on both axes, a legend and what it must show. */
  private static void pictures(JsonNode pictures) {
    assertEquals(PICTURES.size(), pictures.size(), pictures.toString());
    PICTURES.forEach(
        (name, drawn) -> {
          assertTrue(pictures.path(name).size() > 0, name);
          for (JsonNode axes : pictures.path(name)) {
            for (String title : List.of("title", "x", "y")) {
              assertFalse(axes.path(title).asText().isBlank(), name + ": " + axes);
            }
            assertTrue(axes.path("drawn").asInt() >= drawn, name + ": " + axes);
            String legend = axes.path("legend").toString();
            assertTrue(axes.path("legend").size() >= 4, name + ": " + legend);
            if (!name.equals("roc") && !name.equals("sampling")) {
              FAMILIES.forEach(family -> assertTrue(legend.contains(family), name + ": " + legend));
              assertEquals(3, legend.split("\\(synthetic\\)", -1).length - 1, legend);
            }
          }
        });
    assertEquals(4, pictures.path("roc").size());
  }

  /** Rows, tokens and log-likelihoods of each family, against the corpus' rows; and samples. */
  private void figures(JsonNode facts) throws Exception {
    Map<String, double[]> sums = new TreeMap<>();
    for (JsonNode row : DataSets.rows(folder.resolve("CORPUS"))) {
      double[] sum = sums.computeIfAbsent(row.path("family").asText(), name -> new double[3]);
      sum[0]++;
      sum[1] += row.path("length").asLong();
      sum[2] += row.path("log_likelihood").asDouble();
    }
    assertEquals(FAMILIES, List.copyOf(sums.keySet()));
    JsonNode figures = facts.path("figures");
    assertEquals(FAMILIES.size(), figures.size());
    sums.forEach(
        (family, sum) -> {
          JsonNode found = figures.path(family);
          assertEquals(sum[0], found.path("rows").asDouble(), family);
          assertEquals(sum[1], found.path("tokens").asDouble(), family);
          assertEquals(sum[2] / sum[1], found.path("log_likelihood").asDouble(), 1e-12, family);
        });
    assertEquals(
        json("CORPUS/manifest.json").path("totals").path("rows").asLong(),
        sums.values().stream().mapToLong(sum -> (long) sum[0]).sum());
    for (String name : List.of("t1", "k40", "nucleus")) {
      Path samples = folder.resolve("FAMILIES/books-8M" + (name.equals("t1") ? "" : "-" + name));
      double sum = 0;
      long summands = 0;
      for (JsonNode row : DataSets.rows(samples)) {
        sum += row.path("log_likelihood").asDouble();
        summands += row.path("length").asLong() + (row.path("ended").asBoolean() ? 1 : 0);
      }
      JsonNode found = facts.path("samples").path(name);
      assertEquals(sum / summands, found.path("log_likelihood").asDouble(), 1e-12, name);
    }
  }

  /** The figures of the report's table are the notebook's, rounded. */
  private void page(JsonNode facts) throws Exception {
    Map<String, List<String>> table = table(Files.readString(folder.resolve("report.html")));
    List<String> order = table.get("").stream().map(head -> head.substring(2)).toList();
    assertEquals(List.of("human"), order.subList(0, 1));
    Map<String, String> rounded =
        Map.of(
            "mean length (tokens)", "length %.1f",
            "mean log-likelihood per token (nats)", "log_likelihood %.3f",
            "perplexity", "perplexity %,.1f",
            "mean ln rank", "mean_log_rank %.3f",
            "mean entropy (nats)", "mean_entropy %.3f",
            "mean Fast-DetectGPT", "fast_detect_gpt %.2f",
            "tokens", "tokens %,.0f");
    for (int i = 0; i < order.size(); i++) {
      JsonNode figures = facts.path("figures").path(order.get(i));
      for (Map.Entry<String, String> one : rounded.entrySet()) {
        String[] form = one.getValue().split(" ");
        String here = String.format(Locale.ROOT, form[1], figures.path(form[0]).asDouble());
        assertEquals(table.get(one.getKey()).get(i).replace('\u2212', '-'), here, one.getKey());
      }
      JsonNode diversity = facts.path("diversity").path(order.get(i));
      assertEquals(
          Double.parseDouble(table.get("repetition of 4 words").get(i)),
          diversity.path("repetition").asDouble(),
          0.00006);
      for (int n = 1; n <= 3; n++) { // other texts are drawn for it
        assertEquals(
            Double.parseDouble(table.get("distinct-" + n).get(i)),
            diversity.path("distinct-" + n).asDouble(),
            0.05,
            order.get(i));
      }
    }
  }

  private static Map<String, List<String>> table(String page) {
    int from = page.indexOf("<table id=\"figures\">");
    String table = page.substring(from, page.indexOf("</table>", from));
    Map<String, List<String>> rows = new LinkedHashMap<>();
    Matcher row = Pattern.compile("<tr>(.*?)</tr>", Pattern.DOTALL).matcher(table);
    while (row.find()) {
      List<String> cells =
          Pattern.compile("<t[hd][^>]*>(.*?)</t[hd]>", Pattern.DOTALL)
              .matcher(row.group(1))
              .results()
              .map(cell -> cell.group(1).replaceAll("<[^>]*>", ""))
              .toList();
      rows.put(cells.getFirst(), cells.subList(1, cells.size()));
    }
    return rows;
  }

  /** The area under the curve of a score, computed from the rows, is the one of detect. */
  private void areas(JsonNode areas) throws Exception {
    assertEquals(4, areas.size(), areas.toString());
    for (JsonNode group : json("DETECTORS/results.json").path("groups")) {
      for (JsonNode detector : group.path("detectors")) {
        if (detector.path("detector").asText().equals("mean_log_likelihood")) {
          JsonNode here =
              areas.findParents("family").stream()
                  .filter(one -> one.path("family").equals(group.path("family")))
                  .findFirst()
                  .orElseThrow();
          assertEquals(
              detector.path("results").path(0).path("roc_auc").asDouble(),
              here.path("area here").asDouble(),
              1e-12,
              group.path("family").asText());
        }
      }
    }
  }

  /** Nothing of a text becomes markup or reorders a line. */
  private static void hostile(JsonNode shown) {
    assertEquals(
        "&lt;script&gt;alert(1)&lt;/script&gt; <i>[U+202E]</i><i>[U+0000]</i> &amp;amp;"
            + " &quot;&#x27;",
        shown.path("text").asText());
    String row = shown.path("row").asText();
    assertFalse(row.contains("<script") || row.contains("\u202A"), row);
    assertTrue(row.contains("SYNTHETIC") && row.contains("[U+202A]"), row);
  }
}
