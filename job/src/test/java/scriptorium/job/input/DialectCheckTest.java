package scriptorium.job.input;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static scriptorium.job.testing.Messages.assertOneLine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scriptorium.job.base.InputException;
import scriptorium.job.input.format.InputFormat;

/** In which dialect of CSV files are read, by their contents, their folders and by option. */
class DialectCheckTest {
  private static final String PLAIN = "n,text\n1,\"say \"\"hi\"\", then\"\n";
  private static final String SPARK = "n,text\n1,\"say \\\"hi\\\", then\"\n";
  private static final String EITHER = "n,text\n1,\"C:\\\\, or\"\n";

  @TempDir Path folder;

  private Path write(String name, String content) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, content);
  }

  private static List<InputFormat> formats(Path path) {
    return InputListing.of(List.of(path.toString()), "out", null, new Configuration())
        .files()
        .stream()
        .map(InputFile::format)
        .toList();
  }

  private static String refused(Path path) {
    String message = assertThrows(InputException.class, () -> formats(path)).getMessage();
    assertOneLine(message);
    assertTrue(message.contains("give --input-format csv or --input-format spark-csv"), message);
    return message;
  }

  @Test
  void bothDialectsAreReadRight() throws Exception {
    List<String> hi = List.of("say \"hi\", then");
    assertEquals(hi, InputKindsTest.scored(write("a.csv", PLAIN), null));
    assertEquals(hi, InputKindsTest.scored(write("b.csv", SPARK), null));
    assertEquals(
        hi,
        InputKindsTest.scored(
            write("a.tsv", SPARK.replace("1,", "1\t").replace("n,", "n\t")), null));
    assertEquals(
        List.of("C:\\\\, or"), InputKindsTest.scored(write("e.csv", EITHER), InputFormat.CSV));
    assertEquals(
        List.of("C:\\, or"), InputKindsTest.scored(write("e.csv", EITHER), InputFormat.SPARK_CSV));
    assertEquals(
        List.of("a\nb\\", "\\x", "", "c \\n"),
        InputKindsTest.scored(
            write("f.csv", "text\n\"a\nb\\\\\"\n\\x\n\"\"\n\"c \\n\"\n"), InputFormat.SPARK_CSV));
  }

  /** Python's csv module with an escapechar; a part of Spark's has such cells as they were. */
  @Test
  void escapesInCellsWithoutQuotesAreNotSparks() throws Exception {
    String escaped = SPARK + "2,C:\\\\x\n";
    String told = refused(write("a.csv", escaped.replace("\\n", "\n")));
    assertTrue(told.contains("in cells without quotes too"), told);
    Path part = write("out/part-00000-a.csv", escaped.replace("\\n", "\n"));
    assertEquals(List.of(InputFormat.SPARK_CSV), formats(part.getParent()));
    assertEquals(
        List.of("say \"hi\", then", "C:\\\\x"), InputKindsTest.scored(part, InputFormat.SPARK_CSV));
  }

  @Test
  void aRowOfTheOtherDialectNamesTheRemedy() throws Exception {
    Path plain = write("a.csv", SPARK + "2,b\n");
    List<String> rows = InputKindsTest.scored(plain, InputFormat.CSV);
    assertTrue(
        rows.getFirst()
            .endsWith(
                "line 2: text behind a quoted cell: quotes within a cell are doubled; if Spark wrote"
                    + " the file, give --input-format spark-csv"),
        rows::toString);
    assertEquals("b", rows.getLast());
    Path spark = write("a.csv", PLAIN + "2,b\n");
    rows = InputKindsTest.scored(spark, InputFormat.SPARK_CSV);
    assertTrue(
        rows.getFirst()
            .endsWith(
                "quotes within a cell stand behind a backslash; if quotes within cells are doubled,"
                    + " give --input-format csv"),
        rows::toString);
    assertEquals("b", rows.getLast());
    rows = InputKindsTest.scored(write("b.csv", "n,text\n1,\"a\\\",b\"\n"), InputFormat.CSV);
    assertTrue(
        rows.getFirst()
            .endsWith("header has 2; if Spark wrote the file, give --input-format spark-csv"),
        rows::toString);
    rows = InputKindsTest.scored(write("c.csv", "n,text\n1,\"a\"b\n"), InputFormat.CSV);
    assertTrue(rows.getFirst().endsWith("are doubled"), rows::toString);
  }

  @Test
  void whatFollowsBehindTheHeadDoesNotChangeTheDialect() throws Exception {
    String rows = "2,plain text without quotes\n".repeat(50_000);
    Path file = write("a.csv", "n,text\n" + rows + SPARK.substring(SPARK.indexOf('\n') + 1));
    assertEquals(List.of(InputFormat.CSV), formats(file));
    Path told = write("b.csv", SPARK + rows + PLAIN.substring(PLAIN.indexOf('\n') + 1));
    assertEquals(List.of(InputFormat.SPARK_CSV), formats(told));
  }

  @Test
  void aFileThatShowsBothIsRefused() throws Exception {
    Path file = write("a.csv", PLAIN + SPARK.substring(SPARK.indexOf('\n') + 1));
    assertTrue(
        refused(file)
            .contains("a.csv has quotes within cells both doubled and behind backslashes"));
    assertEquals(2, InputKindsTest.scored(file, InputFormat.CSV).size());
  }

  @Test
  void partsOfOneOutputHaveOneDialect() throws Exception {
    write("s/year=2020/part-00000-a-c000.csv", SPARK);
    write("s/year=2021/part-00000-a-c000.csv", EITHER);
    write("s/year=2021/part-00001-a-c000.csv", "n,text\n");
    assertEquals(
        List.of(InputFormat.SPARK_CSV, InputFormat.SPARK_CSV, InputFormat.SPARK_CSV),
        formats(folder.resolve("s")));
    write("s/other.csv", EITHER); // no part: it goes by itself
    assertEquals(InputFormat.CSV, formats(folder.resolve("s")).getFirst());
    write("s/year=2022/part-00000-b-c000.csv", PLAIN);
    assertTrue(refused(folder.resolve("s")).contains("other parts of its folder have both"));
    write("t/part-00000.csv", PLAIN);
    write("t/part-00001.csv", SPARK);
    assertEquals(List.of(InputFormat.CSV, InputFormat.SPARK_CSV), formats(folder.resolve("t")));
  }
}
