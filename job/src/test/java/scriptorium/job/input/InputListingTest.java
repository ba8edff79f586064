package scriptorium.job.input;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static scriptorium.job.testing.Messages.assertOneLine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scriptorium.engine.generation.GenerationConfig;
import scriptorium.job.base.InputException;
import scriptorium.job.input.format.InputFormat;
import scriptorium.job.row.InputColumns;
import scriptorium.job.row.PromptSettings;
import scriptorium.job.row.SamplingSetting;
import scriptorium.job.testing.RecordingConsole;

/** Which files of folders are read, and what is told of the others. */
class InputListingTest {
  private static final Configuration HADOOP = new Configuration();
  @TempDir Path folder;

  private Path write(String name, byte[] content) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.write(file, content);
  }

  private Path write(String name, String content) throws IOException {
    return write(name, content.getBytes(UTF_8));
  }

  private InputListing list(InputFormat format, Path... paths) {
    List<String> names = new ArrayList<>();
    for (Path path : paths) {
      names.add(path.toString());
    }
    return InputListing.of(names, folder.resolve("out").toString(), format, HADOOP);
  }

  private List<String> names(InputListing listing) {
    return listing.files().stream()
        .map(file -> folder.relativize(Path.of(file.path())).toString())
        .toList();
  }

  private static String refused(Runnable listing) {
    String message = assertThrows(InputException.class, listing::run).getMessage();
    assertOneLine(message);
    return message;
  }

  @Test
  void foldersOfSparkAreReadWhateverTheCodecsOfTheirParts() throws Exception {
    List<String> expected = new ArrayList<>();
    List<String> texts = new ArrayList<>();
    for (Packed codec : Packed.values()) {
      String name = "s/part-0000" + codec.ordinal() + "-a-c000.json" + codec.ending();
      String text = codec.name();
      write(name, codec.pack(("{\"text\":\"" + text + "\"}\n").getBytes(UTF_8)));
      expected.add(name);
      texts.add(text);
    }
    write("s/_SUCCESS", "");
    write("s/.part-00000.json.crc", "crc");
    write("s/_temporary/0/x.json", "{}");
    write("s/_spark_metadata/0", "v1");
    InputListing listing = list(null, folder.resolve("s"));
    assertEquals(expected, names(listing));
    assertEquals(Optional.empty(), listing.warning());
    List<String> read = new ArrayList<>();
    listing.files().forEach(file -> read.addAll(InputKindsTest.scored(Path.of(file.path()), null)));
    assertEquals(texts, read);
    PromptTable prompts = PromptReader.read(folder.resolve("s").toString(), "text", HADOOP);
    assertEquals(texts.size(), prompts.size());
    assertEquals(texts.getLast(), prompts.text(prompts.size() - 1));
    assertEquals(0, prompts.errorCount());
  }

  @Test
  void whatIsLeftOutIsCounted() throws Exception {
    write("a.jsonl", "{}");
    write("notes.md", "no texts");
    write("sub/page.html", "<p>");
    write("sub/part-00000", "of no ending");
    write("_hidden.jsonl", "{}");
    write("_SUCCESS", "");
    write("out/part.jsonl", "{}");
    InputListing listing = list(null, folder);
    assertEquals(List.of("a.jsonl"), names(listing));
    assertEquals(4, listing.leftOut());
    String warning = listing.warning().orElseThrow();
    assertTrue(
        warning.startsWith("4 files are left out of the input, such as _hidden.jsonl"), warning);
    assertOneLine(warning);
    RecordingConsole told = new RecordingConsole();
    PromptReader.read(
        folder.resolve("sub").getParent().toString(), "text", null, null, HADOOP, told);
    assertEquals(1, told.warnings().size());
  }

  @Test
  void aFolderOfWhichAllIsLeftOutIsRefused() throws Exception {
    write("in/notes.md", "no texts");
    write("in/part-00000", "one\ntwo\n");
    String message = refused(() -> list(null, folder.resolve("in")));
    assertTrue(message.contains("no files of a known format (2 left out, such as"), message);
    assertTrue(message.contains("--input-format"), message);
    assertEquals(
        List.of("in/notes.md", "in/part-00000"),
        names(list(InputFormat.TEXT, folder.resolve("in"))));
  }

  @Test
  void aDataSetsOwnFilesAreNoInputAndNotTold() throws Exception {
    write("set/manifest.json", "{}");
    write("set/README.md", "card");
    write("set/set.train/part-00000.jsonl", "{}");
    InputListing listing = list(null, folder.resolve("set"));
    assertEquals(List.of("set/set.train/part-00000.jsonl"), names(listing));
    assertEquals(Optional.empty(), listing.warning());
  }

  /** Columns that Hive and Spark keep in the names of folders, which no file holds then. */
  @Test
  void foldersOfPartitionsKeepTheirColumns() throws Exception {
    write("t/year=2020/lang=a%2Fb/part-0.jsonl", "{\"text\":\"One.\"}\n");
    write(
        "t/year=2021/lang=__HIVE_DEFAULT_PARTITION__/p.jsonl", "{\"text\":\"Two.\",\"year\":7}\n");
    List<String> rows = new ArrayList<>();
    for (InputFile file : list(null, folder.resolve("t")).files()) {
      rows.add(
          file.head(1, new InputColumns("text", null, null), HADOOP).getFirst().columns() + "");
    }
    assertEquals(
        List.of(
            "{\"text\":\"One.\",\"year\":\"2020\",\"lang\":\"a/b\"}",
            "{\"text\":\"Two.\",\"year\":7,\"lang\":null}"),
        rows);
  }

  @Test
  void tablesAreRefusedWithAllThatIsInThem() throws Exception {
    for (String mark :
        new String[] {
          "_delta_log/0.json", "metadata/v1.metadata.json", ".hoodie/hoodie.properties"
        }) {
      String kind = mark.startsWith("_") ? "Delta" : mark.startsWith(".") ? "Hudi" : "Iceberg";
      Path table = folder.resolve("in-" + kind).resolve("table");
      write(folder.relativize(table.resolve(mark)).toString(), "{}");
      Path file = write(folder.relativize(table.resolve("year=1/a.jsonl")).toString(), "{}");
      for (Path path :
          new Path[] {
            table, table.getParent(), file, file.getParent(), file.resolveSibling("*.jsonl")
          }) {
        String message = refused(() -> list(null, path));
        assertTrue(message.contains(kind + " table (it has "), message);
        assertTrue(message.contains("gpt2_log_likelihood"), message);
      }
    }
    write("plain/metadata/notes.jsonl", "{}");
    assertEquals(1, list(null, folder.resolve("plain")).files().size());
  }

  @Test
  void settingsOfPromptsMayStandInAnyFormatWithColumns() throws Exception {
    Path csv = write("p.csv", "text,temperature,stop\nOne.,0.5,.\nTwo.,,\nThree.,hot,\n");
    Path json =
        write(
            "p.json",
            "[{\"text\":\"One.\",\"temperature\":0.5,\"stop\":\".\"},{\"text\":\"Two.\"}]");
    GenerationConfig general = new GenerationConfig(1, 0, 1, 1, 12, 1, false);
    PromptSettings settings =
        new PromptSettings(
            List.of(SamplingSetting.TEMPERATURE.columnName(), SamplingSetting.STOP.columnName()),
            general);
    for (Path file : new Path[] {csv, json}) {
      PromptTable table = PromptReader.read(file.toString(), "text", settings, HADOOP);
      assertEquals(0.5, table.settings(0).sampling().temperature());
      assertEquals(List.of("."), table.settings(0).stops());
      assertEquals("Two.", table.text(1));
    }
    PromptTable table = PromptReader.read(csv.toString(), "text", settings, HADOOP);
    assertTrue(table.isError(2) && table.text(2).startsWith("line 4: temperature"), table.text(2));
    Path text = write("p.txt", "One.");
    assertTrue(
        refused(() -> PromptReader.read(text.toString(), "text", settings, HADOOP))
            .contains("which has no columns"));
  }
}
