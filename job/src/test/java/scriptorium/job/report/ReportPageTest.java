package scriptorium.job.report;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import scriptorium.job.base.Console;
import scriptorium.job.report.read.ManifestReader;
import scriptorium.job.report.read.RecordedDataSet;
import scriptorium.job.report.statistics.ReadDataSet;
import scriptorium.job.report.statistics.RowReader;
import scriptorium.job.report.statistics.SeriesSet;
import scriptorium.job.row.SampleRow;

/** Whole pages: well-formed, complete, the same for the same rows, small. */
class ReportPageTest {
  @TempDir Path folder;

  /** Parses a page as XML, so that an element that is not closed or a stray character fails. */
  private static Document parse(String page) throws Exception {
    DocumentBuilder builder = DocumentBuilderFactory.newInstance().newDocumentBuilder();
    builder.setErrorHandler(null);
    return builder.parse(new ByteArrayInputStream(page.getBytes(StandardCharsets.UTF_8)));
  }

  private static List<Element> elements(Document document, String tag) {
    NodeList found = document.getElementsByTagName(tag);
    List<Element> elements = new ArrayList<>();
    for (int i = 0; i < found.getLength(); i++) {
      elements.add((Element) found.item(i));
    }
    return elements;
  }

  private static List<Element> ofClass(Document document, String tag, String style) {
    return elements(document, tag).stream()
        .filter(e -> List.of(e.getAttribute("class").split(" ")).contains(style))
        .toList();
  }

  private Path generated(String name, String format, int topK, int seed) {
    List<SampleRow> rows = ReportFolders.rows(150, seed, 60, true);
    return ReportFolders.generate(folder.resolve(name), format, topK, rows, 40);
  }

  @Test
  void everyPlotHasAxisTitlesUnitsAndALegend() throws Exception {
    Path human =
        ReportFolders.lines(
            folder.resolve("corpus"),
            "corpus",
            List.of(
                "{\"id\":0,\"text\":\"It was a day of calm.\",\"label\":\"human\",\"family\":\"human\",\"length\":7,"
                    + "\"log_likelihood\":-20.5,\"top_10_share\":0.5,\"top_100_share\":0.75,\"top_1000_share\":1.0}",
                "{\"id\":1,\"text\":\"We went on and on.\",\"label\":\"synthetic\",\"family\":\"t1\",\"model\":\"mini\","
                    + "\"length\":6,\"log_likelihood\":-9.5}"));
    Document page =
        parse(
            ReportFolders.page(
                generated("a", "jsonl", 40, 1),
                generated("b", "jsonl", 0, 2),
                human,
                ReportFolders.detect(folder.resolve("d"), "k40")));
    List<Element> figures = elements(page, "figure");
    assertEquals(
        List.of("likelihood", "length", "ended", "ranks", "zipf", "diversity", "roc1"),
        figures.stream().map(e -> e.getAttribute("id")).toList());
    for (Element figure : figures) {
      String id = figure.getAttribute("id");
      Element svg = (Element) figure.getElementsByTagName("svg").item(0);
      assertEquals("img", svg.getAttribute("role"));
      assertFalse(svg.getElementsByTagName("title").item(0).getTextContent().isBlank());
      assertFalse(svg.getElementsByTagName("desc").item(0).getTextContent().isBlank());
      List<String> titles = new ArrayList<>();
      NodeList texts = svg.getElementsByTagName("text");
      for (int i = 0; i < texts.getLength(); i++) {
        if (((Element) texts.item(i)).getAttribute("class").contains("axis-title")) {
          titles.add(texts.item(i).getTextContent());
        }
      }
      assertEquals(2, titles.size(), id);
      titles.forEach(title -> assertFalse(title.isBlank(), id));
      assertTrue(figure.getElementsByTagName("li").getLength() >= 2, id);
    }
    assertTrue(axisTitles(figures.get(0)).contains("log-likelihood per token (nats)"));
    assertTrue(axisTitles(figures.get(1)).contains("length (tokens)"));
    assertEquals(
        1,
        ofClass(page, "p", "dim").stream()
            .filter(p -> p.getTextContent().contains("Tokens/s: the mean"))
            .count());
    List<String> series =
        ofClass(page, "details", "series").stream()
            .map(e -> e.getElementsByTagName("bdi").item(0).getTextContent())
            .toList();
    assertEquals("human", series.getFirst());
    assertEquals(
        List.of("human", "k40", "t1, set [2]", "t1, synthetic: written by a machine"), series);
  }

  private static String axisTitles(Element figure) {
    return figure.getElementsByTagName("svg").item(0).getTextContent();
  }

  @Test
  void nothingIsLoadedAndTheRulesLetOnlyOurOwnIn() throws Exception {
    String page = ReportFolders.page(generated("a", "jsonl", 40, 1));
    Document document = parse(page);
    String bare =
        page.replace("http://www.w3.org/1999/xhtml", "").replace("http://www.w3.org/2000/svg", "");
    assertFalse(bare.contains("http:") || bare.contains("https:") || bare.contains("src="));
    for (String tag : List.of("link", "img", "iframe", "object", "base", "form", "use", "image")) {
      assertEquals(List.of(), elements(document, tag));
    }
    elements(document, "a").forEach(a -> assertTrue(a.getAttribute("href").startsWith("#")));
    String policy =
        elements(document, "meta").stream()
            .filter(m -> m.getAttribute("http-equiv").equals("Content-Security-Policy"))
            .map(m -> m.getAttribute("content"))
            .findFirst()
            .orElseThrow();
    assertTrue(policy.startsWith("default-src 'none';"), policy);
    for (String tag : List.of("style", "script")) {
      assertEquals(1, elements(document, tag).size());
      byte[] hash =
          MessageDigest.getInstance("SHA-256")
              .digest(
                  elements(document, tag)
                      .getFirst()
                      .getTextContent()
                      .getBytes(StandardCharsets.UTF_8));
      assertTrue(policy.contains(Base64.getEncoder().encodeToString(hash)), tag);
    }
    for (Element element : elements(document, "*")) {
      assertEquals("", element.getAttribute("style"), element.getTagName());
      for (int i = 0; i < element.getAttributes().getLength(); i++) {
        assertFalse(element.getAttributes().item(i).getNodeName().startsWith("on"));
      }
    }
  }

  @Test
  void samplesAreMarkedAndTheirTokensColoured() throws Exception {
    String page = ReportFolders.page(3, generated("a", "jsonl", 40, 1));
    Document document = parse(page);
    assertEquals(3, elements(document, "article").size());
    for (Element article : elements(document, "article")) {
      assertEquals("synthetic", article.getAttribute("class"));
      assertTrue(article.getTextContent().startsWith("SYNTHETIC, written by a machine"));
    }
    List<Element> coloured = ofClass(document, "div", "tok");
    assertEquals(3, coloured.size());
    for (Element text : coloured) {
      NodeList tokens = text.getElementsByTagName("b");
      assertTrue(tokens.getLength() > 0);
      for (int i = 0; i < tokens.getLength(); i++) {
        Element token = (Element) tokens.item(i);
        assertTrue(
            token.getAttribute("title").matches("p [0-9.e-]+, rank [0-9,]+, entropy [0-9.]+"));
        assertTrue(token.getAttribute("class").matches("[abcd]"));
      }
    }
    assertEquals(2, ReportFolders.page(2, folder.resolve("a")).split("<article", -1).length - 1);
  }

  @Test
  void theSameRowsGiveTheSameBytes() throws Exception {
    Path jsonl = generated("a", "jsonl", 40, 1);
    String first = ReportFolders.page(jsonl);
    assertEquals(first, ReportFolders.page(jsonl));
    String parquet = ReportFolders.page(generated("b", "parquet", 40, 1));
    assertEquals(rows(first), rows(parquet));
    assertFalse(rows(first).equals(rows(ReportFolders.page(generated("c", "jsonl", 40, 2)))));
  }

  /** All that is made of rows. */
  private static String rows(String page) {
    return page.substring(page.indexOf("<h2 id=\"series\""));
  }

  @Test
  void hostileRowsDoNoHarm() throws Exception {
    List<String> lines = new ArrayList<>();
    String evil = "</script><script>alert(1)</script>\\\"'<img src=x onerror=alert(1)>";
    lines.add("{\"text\":\"" + evil + "\",\"family\":\"" + evil + "\",\"synthetic\":true}");
    lines.add(
        "{\"text\":\"a\\u202eb\\u2066c\\u0000d\\ud800e\\u0007\\u200bf\",\"label\":\"human\"}");
    lines.add("{\"text\":\"" + "x".repeat(100_000) + "\",\"label\":\"human\"}");
    lines.add("{\"text\":\"" + "<".repeat(100_000) + "\",\"length\":-5,\"log_likelihood\":1e999}");
    lines.add(
        "{\"text\":\"t\",\"length\":\"x\",\"log_likelihood\":{},\"token_ranks\":{\"a\":1},\"ended\":\"no\"}");
    lines.add(
        "{\"text\":\"t\",\"tokens\":[1,2],\"token_log_likelihoods\":[\"a\",null],\"token_ranks\":[-1,1e30],"
            + "\"token_entropies\":[],\"length\":2147483647,\"log_likelihood\":-1e308}");
    lines.add(
        "{\"text\":\"not these tokens\",\"tokens\":[50255,50256],\"token_log_likelihoods\":[-1,-1],\"token_ranks\":[1,1],"
            + "\"token_entropies\":[0,0],\"length\":2,\"log_likelihood\":-2}");
    lines.add(
        "{\"text\":\"t\",\"tokens\":[1,2],\"token_log_likelihoods\":{\"a\":1,\"b\":2},\"token_ranks\":{\"a\":1,\"b\":2}}");
    lines.add("{\"text\":7}");
    lines.add("{\"text\":null,\"error\":\"no text\"}");
    lines.add("no JSON");
    lines.add("[1,2]");
    lines.add("{\"text\":\"\u202e עברית\",\"prompt\":\"<p>\",\"label\":\"human\"}");
    for (int i = 0; i < 50; i++) {
      lines.add("{\"text\":\"of many\",\"synthetic\":true,\"family\":\"f" + i + "\u202e<b>\"}");
    }
    Path out = ReportFolders.lines(folder.resolve("hostile"), "score", lines);
    Files.createDirectories(out.resolve("texts.train"));
    String page =
        ReportFolders.page(out, ReportFolders.detect(folder.resolve("d"), "</title><script>"));
    Document document = parse(page);
    assertEquals(1, elements(document, "script").size());
    assertEquals(List.of(), elements(document, "img"));
    assertFalse(page.contains("\u202e") || page.contains("\0") || page.contains("\u2066"));
    assertTrue(
        page.contains(
            "<i class=\"u\">U+202E</i>b<i class=\"u\">U+2066</i>c<i class=\"u\">U+0000</i>d"));
    assertTrue(page.length() < 300_000, String.valueOf(page.length()));
    assertFalse(page.contains("Shard texts.train"), "a row ends its shard");
    assertTrue(
        document
            .getDocumentElement()
            .getTextContent()
            .contains("of 100,000 characters are shown]"));
    List<Element> series = ofClass(document, "details", "series");
    assertEquals(SeriesSet.SHOWN, series.size());
    long synthetic =
        elements(document, "article").stream()
            .filter(article -> article.getTextContent().contains("of many"))
            .peek(article -> assertEquals("synthetic", article.getAttribute("class")))
            .count();
    assertTrue(page.contains("3 rows hold an error in the place of a text, or cannot be read"));
    assertTrue(synthetic > 20, String.valueOf(synthetic));
    assertTrue(series.getLast().getTextContent().startsWith("H others ("));
  }

  @Test
  void damagedAndMissingShardsAreTold() throws Exception {
    Path out = generated("a", "jsonl", 40, 1);
    Files.delete(out.resolve("set.train/part-00001.jsonl"));
    Path cut = out.resolve("set.train/part-00002.jsonl");
    Files.write(cut, Files.readAllLines(cut).subList(0, 5));
    String page = ReportFolders.page(out);
    parse(page);
    assertTrue(
        page.contains("Shard set.train/part-00001.jsonl cannot be read: it is missing"), page);
    assertTrue(
        page.contains("part-00002.jsonl has 5 rows, the manifest 40: verify names what is wrong."));
  }

  @Test
  void aHugeDataSetIsReadByChosenShards() throws Exception {
    Path out = generated("a", "jsonl", 40, 1);
    RecordedDataSet data =
        ManifestReader.read(out.toString(), 1, false, ReportFolders.HADOOP).data();
    SeriesSet set = new SeriesSet(5);
    ReadDataSet read = new RowReader(set, Console.SILENT).read(data, 85, Long.MAX_VALUE);
    assertEquals(2, read.shards());
    assertEquals(read.rows(), set.shown().getFirst().statistics().rows());
    assertTrue(read.warnings().getFirst().contains("2 of its 4 shards, chosen by a hash"));
    assertEquals(data.chosen(85, Long.MAX_VALUE), data.chosen(85, Long.MAX_VALUE));
    assertEquals(4, data.chosen(150, Long.MAX_VALUE).size());
    assertEquals(1, data.chosen(150, 1).size());
  }

  @Test
  void theCourseOfARunIsDrawnByTheTimesOfItsShards() throws Exception {
    List<SampleRow> rows = ReportFolders.rows(150, 3, 60, false);
    Path out = ReportFolders.generate(folder.resolve("a"), "jsonl", 40, rows, 10);
    RecordedDataSet data =
        ManifestReader.read(out.toString(), 1, false, ReportFolders.HADOOP).data();
    Instant start = Instant.parse("2026-11-25T08:00:00Z"); // of a run of ten seconds
    int[] millis = new int[15];
    for (int shard = 0; shard < 15; shard++) {
      millis[shard] = shard < 10 ? 390 * (shard + 1) : 3900 + 1200 * (shard - 9);
      Path file = out.resolve(data.shards().get(shard).file());
      Files.setLastModifiedTime(file, FileTime.from(start.plusMillis(millis[shard])));
    }
    double[] expected = new double[2]; // half of the time passes in gaps of 1.2 s
    for (int shard = 0; shard < 15; shard++) {
      expected[millis[shard] / 5000] += data.shards().get(shard).tokens() / 5.0;
    }
    ReadDataSet read = new RowReader(new SeriesSet(5), Console.SILENT).read(data);
    assertTrue(read.course().isKnown());
    assertArrayEquals(expected, read.course().rates(), 1e-9);
    Document page = parse(ReportFolders.page(out));
    assertEquals("course", elements(page, "figure").getFirst().getAttribute("id"));
    String axes = axisTitles(elements(page, "figure").getFirst());
    assertTrue(axes.contains("tokens/s") && axes.contains("time since the start (s)"), axes);

    Path copied = out.resolve(data.shards().getFirst().file());
    Files.setLastModifiedTime(copied, FileTime.from(start.plusSeconds(3600)));
    assertFalse(new RowReader(new SeriesSet(5), Console.SILENT).read(data).course().isKnown());
    assertTrue(ReportFolders.page(out).contains("course of tokens/s is not shown"));

    Path manifest = out.resolve("manifest.json");
    String early = "-1000000000-01-01T00:00:00Z"; // more milliseconds ago than a long holds
    Files.writeString(manifest, Files.readString(manifest).replace("2026-11-25T08:00:00Z", early));
    RecordedDataSet wrong =
        ManifestReader.read(out.toString(), 1, false, ReportFolders.HADOOP).data();
    assertEquals(List.of(), new RowReader(new SeriesSet(5), Console.SILENT).read(wrong).warnings());
  }

  @Test
  void tenThousandRowsMakeASmallPage() throws Exception {
    List<SampleRow> rows = ReportFolders.rows(10_000, 9, 60, true);
    Path out = ReportFolders.generate(folder.resolve("large"), "jsonl", 40, rows, 1000);
    String page = ReportFolders.page(out);
    assertTrue(page.length() < 5_000_000, String.valueOf(page.length()));
    List<Path> many = new ArrayList<>();
    for (int i = 1; i <= 7; i++) {
      many.add(
          ReportFolders.generate(folder.resolve("s" + i), "jsonl", i, rows.subList(0, 300), 1000));
    }
    many.add(out);
    String eight = ReportFolders.page(200, many.toArray(Path[]::new));
    assertTrue(eight.length() < 8_000_000, String.valueOf(eight.length()));
  }
}
