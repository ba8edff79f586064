package scriptorium.job.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import scriptorium.job.base.Console;
import scriptorium.job.base.UserException;

/** What cannot be reported is refused in one line: what, the value, the remedy. */
class ReportWrongInputTest {
  @TempDir Path folder;

  private String refused(ReportOptions options) {
    String message =
        assertThrows(
                UserException.class,
                () -> new ReportJob(options, "test", null, null, ReportFolders.HADOOP))
            .getMessage();
    assertEquals(1, message.lines().count(), message);
    return message;
  }

  private ReportOptions options(String out, boolean overwrite) {
    return new ReportOptions(
        List.of(folder.toString()), List.of(), out, 20, null, overwrite, Console.SILENT);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "manifest.json|[]|it is not an object",
        "manifest.json|{|is not the manifest of a data set",
        "manifest.json|{\"formatVersion\":2}|its formatVersion is 2, this program reads 1",
        "manifest.json|{\"formatVersion\":1,\"command\":\"paint\"}|its command is paint",
        "manifest.json|{\"shards\":7}|its shards are not a list",
        "manifest.json|{\"shards\":[{\"file\":\"../../etc/passwd\"}]}|names the file ../../etc/passwd as a shard",
        "manifest.json|{\"shards\":[null]}|names the file null as a shard",
        "manifest.json|{\"shards\":[{\"file\":\"a/part-00000.jsonl\",\"rows\":-1}]}|has a count below 0",
        "manifest.json|{\"shards\":[{\"file\":\"a/part-00000.jsonl\",\"split\":\"a\"}]}|has no SHA-256",
        "results.json|{}|have the format version",
        "results.json|{\"format_version\":3,\"groups\":[]}|have the format version 3",
        "results.json|<html>|are no JSON",
      })
  void filesThatAreNoneOfOursAreNamed(String file, String content, String expected)
      throws Exception {
    Files.writeString(folder.resolve(file), content);
    String message = refused(options(null, false));
    assertTrue(message.contains(expected), message);
    assertTrue(message.contains(folder.resolve(file).toString()), message);
  }

  @Test
  void aFolderWithoutADataSetIsNamed() {
    assertEquals(
        "Folder "
            + folder
            + " has neither manifest.json nor results.json: give a folder that generate, score, corpus or detect wrote",
        refused(options(null, false)));
    ReportOptions nowhere =
        new ReportOptions(
            List.of("/nowhere/at all"), List.of(), null, 20, null, false, Console.SILENT);
    assertTrue(refused(nowhere).startsWith("Folder /nowhere/at all has neither"));
  }

  @Test
  void samplesAreBounded() {
    assertThrows(
        UserException.class,
        () -> new ReportOptions(List.of("a"), List.of(), null, -1, null, false, Console.SILENT));
    assertThrows(
        UserException.class,
        () -> new ReportOptions(List.of("a"), List.of(), null, 201, null, false, Console.SILENT));
  }

  @Test
  void onlyReportsAreReplaced() throws Exception {
    ReportFolders.generate(folder, "jsonl", 40, ReportFolders.rows(5, 1, 9, false), 5);
    Path other = Files.writeString(folder.resolve("thesis.html"), "<p>years of work</p>");
    String message = refused(options(other.toString(), false));
    assertEquals(
        "File " + other + " is there and no report: give another --out, or --overwrite", message);
    String nowhere = refused(options("/proc/nothing/page.html", false));
    assertTrue(nowhere.startsWith("Output /proc/nothing/"), nowhere);
    assertTrue(refused(options("/", false)).startsWith("Out / names no file"));
    Path sub = Files.createDirectory(folder.resolve("sub"));
    assertEquals(
        "Out " + sub + " is a folder: give a file, such as report.html in it",
        refused(options(sub.toString(), true)));
    ReportOptions overwrite = options(other.toString(), true);
    new ReportJob(overwrite, "test", null, null, ReportFolders.HADOOP).execute();
    String page = Files.readString(other);
    assertTrue(page.startsWith("<!DOCTYPE html>"));
    new ReportJob(options(other.toString(), false), "test", null, null, ReportFolders.HADOOP)
        .execute();
    assertEquals(page, Files.readString(other));
    try (var names = Files.list(folder)) {
      assertEquals(
          List.of("manifest.json", "set.train", "sub", "thesis.html"),
          names.map(path -> path.getFileName().toString()).sorted().toList());
    }
  }
}
