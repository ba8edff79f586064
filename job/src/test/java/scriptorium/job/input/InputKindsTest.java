package scriptorium.job.input;

import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static scriptorium.job.testing.Messages.assertOneLine;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import scriptorium.job.base.Console;
import scriptorium.job.base.InputException;
import scriptorium.job.input.format.InputFormat;
import scriptorium.job.row.InputColumns;
import scriptorium.job.row.InputRow;
import scriptorium.job.row.ParquetRowWriter;
import scriptorium.job.row.RowWriter;
import scriptorium.job.row.SampleSchema;

/** Kinds of input files, each as prompts and as texts that are scored: read right, or refused. */
class InputKindsTest {
  private static final Configuration HADOOP = new Configuration();
  private static final String MARK = "\ufeff";
  private static final String LINES = "{\"text\": \"One.\"}\n{\"text\": \"Two.\"}\n";
  private static final String BEHIND = "no valid JSON: text behind its first value";
  private static final String ENDS_EARLY = "no valid JSON: it ends too early";

  @TempDir Path folder;

  /**
   * A kind.
   *
   * @param format what --input-format names, null for nothing
   * @param rows the texts; a row that begins with "!" is an error row that says what follows
   * @param refused what the message must say where the file is not read
   */
  record Kind(String name, byte[] bytes, String format, List<String> rows, String refused) {
    @Override
    public String toString() {
      return name + " " + new String(bytes, 0, Math.min(40, bytes.length), UTF_8);
    }
  }

  private static Kind read(String name, String content, String... rows) {
    return new Kind(name, content.getBytes(UTF_8), null, List.of(rows), null);
  }

  private static Kind read(String name, byte[] content, String... rows) {
    return new Kind(name, content, null, List.of(rows), null);
  }

  private static Kind as(String format, String name, String content, String... rows) {
    return new Kind(name, content.getBytes(UTF_8), format, List.of(rows), null);
  }

  private static Kind refused(String name, byte[] content, String words) {
    return new Kind(name, content, null, List.of(), words);
  }

  private static Kind refused(String name, String content, String words) {
    return refused(name, content.getBytes(UTF_8), words);
  }

  private static byte[] parquet() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (RowWriter writer =
        new ParquetRowWriter(bytes, List.of(new SampleSchema.Column("text", "string", "")))) {
      writer.write(new Object[] {"One."});
      writer.write(new Object[] {"Two."});
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    Arrays.stream(parts).forEach(all::writeBytes);
    return all.toByteArray();
  }

  static Stream<Kind> encodings() {
    List<Kind> kinds = new ArrayList<>();
    kinds.add(read("a.jsonl", MARK + LINES.replace("\n", "\r\n"), "One.", "Two."));
    kinds.add(read("a.txt", MARK + "One.\r\nTwo.\r\n", "One.", "Two."));
    kinds.add(read("a.csv", MARK + "text,n\r\nOne.,1\r\nTwo.,2\r\n", "One.", "Two."));
    kinds.add(read("a.json", MARK + "[{\"text\":\"One.\"}]", "One."));
    kinds.add(read("a.json", MARK + LINES, "One.", "Two."));
    kinds.add(read("a.jsonl.gz", Packed.GZIP.pack((MARK + LINES).getBytes(UTF_8)), "One.", "Two."));
    kinds.add(read("a.txt", MARK));
    kinds.add(read("a.txt", "One." + MARK + "\nTwo.", "One." + MARK, "Two."));
    kinds.add(read("a.txt", "a\0b\nand more of it\n", "a\0b", "and more of it"));
    kinds.add(read("a.jsonl", "{\"text\": \"a\u2028b\u0085c\"}\n", "a\u2028b\u0085c"));
    kinds.add(read("a.txt", "a\u2028b\u0085c\fd\n", "a\u2028b\u0085c\fd"));
    kinds.add(read("a.txt", "one\rstill one\n", "one\rstill one"));
    kinds.add(read("a.txt", "one\n\ntwo\n\n\n", "one", "", "two"));
    kinds.add(
        read(
            "a.txt", "ORC is a people.\nPAR1 is a gene.\n", "ORC is a people.", "PAR1 is a gene."));
    kinds.add(
        read("a.txt", new byte[] {'o', (byte) 0xff, '\n', 'a', '\n'}, "!no valid UTF-8", "a"));
    kinds.add(
        read("a.csv", new byte[] {'t', 'e', 'x', 't', '\n', (byte) 0xff, '\n'}, "!no valid UTF-8"));
    for (String name : List.of("a.jsonl", "a.json", "a.txt", "a.csv", "a.tsv")) {
      for (Charset charset : List.of(UTF_16LE, UTF_16BE)) {
        byte[] bare = LINES.getBytes(charset);
        kinds.add(refused(name, joined(MARK.getBytes(charset), bare), "UTF-16"));
        kinds.add(refused(name, bare, "UTF-16"));
        kinds.add(
            refused(
                name,
                "\u041f\u0440\u0438\u0432\u0435\u0442\n".repeat(9).getBytes(charset),
                "UTF-16"));
        for (String few :
            List.of("\u00df\u4e2d\u4e2d\u200d\u4e2d\u4e2d0\n", "\u4e2d\u4e2d\n\u4e2d\u4e2d\n")) {
          kinds.add(refused(name, few.getBytes(charset), "UTF-16"));
        }
      }
      kinds.add(refused(name, (MARK + LINES).getBytes(Charset.forName("UTF-32LE")), "UTF-32"));
      kinds.add(refused(name, (MARK + LINES).getBytes(Charset.forName("UTF-32BE")), "UTF-32"));
    }
    return kinds.stream();
  }

  static Stream<Kind> json() {
    String three = "One.,Two.,Three.";
    return Stream.of(
        read("a.ndjson", LINES, "One.", "Two."),
        read("a.jsonlines", LINES, "One.", "Two."),
        read("A.JSONL", LINES, "One.", "Two."),
        read(
            "a.jsonl",
            "{\"text\":\"a\"}\n\n \n{\"text\":\"b\"}\n\n",
            "a",
            "!the line is blank",
            "!the line is blank",
            "b"),
        read(
            "a.jsonl",
            "{\"text\":\"One.\"}{\"text\":\"Two.\"}\n{\"text\":\"b\"}",
            "!two values on one line",
            "b"),
        read(
            "a.jsonl",
            "{\"text\":\"One.\"} trailing\n{\"text\":\"b\"},\n",
            "!" + BEHIND,
            "!" + BEHIND),
        read(
            "a.jsonl",
            "{\"text\":\"a\"\n[{\"text\":\"a\"}]\n7\nnull\n{,}\n",
            "!" + ENDS_EARLY,
            "!no JSON object, but an array",
            "!no JSON object, but a number",
            "!no JSON object, but null",
            "!no valid JSON"),
        read(
            "a.jsonl",
            "{\"text\":\"a\",\"text\":\"b\"}\n{\"text\":\"a\",\"n\":{\"k\":1,\"k\":2}}\n",
            "!the key text occurs twice",
            "!the key k occurs twice"),
        read("a.jsonl", "{\"text\":\"a\",\"n\":NaN,\"m\":[Infinity,-Infinity]}\n", "a"),
        read("a.jsonl", "{\"text\":NaN}\n", "!text is a number, no text"),
        read(
            "a.json",
            "[{\"text\":\"One.\"}, {\"text\":\"Two.\"}, {\"text\":\"Three.\"}]",
            three.split(",")),
        read(
            "a.json",
            "[\n  {\"text\":\"One.\"},\n  {\"text\":\"Two.\"},\n  {\"text\":\"Three.\"}\n]\n",
            three.split(",")),
        read(
            "a.json",
            "{\n \"text\": \"One\\n [}\",\n \"n\": {\"a\": [1]}\n}\n{\n \"text\": \"b\"\n}\n",
            "One\n [}",
            "b"),
        read("a.json", "[]"),
        read("a.json", ""),
        read(
            "a.json",
            "[{\"text\":\"a\",\"text\":\"b\"},{\"text\":\"c\"}, 7, {\"text\":}, {\"text\":\"d\"}]",
            "!the key text occurs twice",
            "c",
            "!no JSON object, but a number",
            "!no valid JSON",
            "d"),
        as("json", "a.jsonl", "{\"text\":\"One.\"}{\"text\":\"Two.\"}\n", "One.", "Two."),
        as("jsonl", "a.txt", LINES, "One.", "Two."),
        as("text", "a.jsonl", "{\"text\": 1}\n", "{\"text\": 1}"),
        as("jsonl", "part-00000", LINES, "One.", "Two."));
  }

  static Stream<Kind> delimited() {
    return Stream.of(
        read(
            "a.csv",
            "id,text\n1,\"Hello, \"\"you\"\" there\"\n2,\"two\nlines\"\n",
            "Hello, \"you\" there",
            "two\nlines"),
        read("a.tsv", "id\ttext\n1\tHello, there\n2\t\"a\ttab\"\n", "Hello, there", "a\ttab"),
        read("a.csv", "text\n\na\n\r\n b \n\"\"\n", "a", " b ", ""),
        read(
            "a.csv",
            "n,text\n1\n1,2,3\n1,b",
            "!cells: 1, of which the header has 2",
            "!cells: 3, of which the header has 2",
            "b"),
        read(
            "a.csv",
            "n,text\n1,\"a\" b\n1,\"a \\\"b\\\" c\"\n1,5\" pipe\n",
            "!text behind a quoted cell",
            "a \"b\" c",
            "5\" pipe"),
        read("a.csv", "text\na\n\"never closed\nb\n", "a", "!a quote that is not closed"),
        read("a.csv", "text\r\n\"a\r\nb\"\r\n#c\r\n", "a\r\nb", "#c"),
        read("a.csv", "text,n\n"),
        read("a.csv", ""),
        as("csv", "table.dat", "text\na\n", "a"),
        as("tsv", "table.csv", "text\tn\na\t1\n", "a"),
        refused("a.csv", "text,text\na,b\n", "names the column text twice"),
        refused("a.csv", "n,text\r1,a\r2,b\r", "line 1, has \\r without \\n: end lines in"),
        refused("a.tsv", "text\ra\r", "line 1, has \\r without \\n: end lines in"),
        refused("a.csv", "\"text\na\n", "a quote that is not closed"));
  }

  static Stream<Kind> formatsAndCodecs() {
    List<Kind> kinds = new ArrayList<>();
    byte[] lines = LINES.getBytes(UTF_8);
    for (Packed codec : Packed.values()) {
      byte[] packed = codec.pack(lines);
      kinds.add(read("a.jsonl" + codec.ending(), packed, "One.", "Two."));
      if (codec.concatenates()) {
        kinds.add(
            read(
                "a.jsonl" + codec.ending(),
                joined(packed, packed),
                "One.",
                "Two.",
                "One.",
                "Two."));
      }
      kinds.add(
          refused(
              "a.jsonl" + codec.ending(), "no such data at all", codec.ending().substring(1, 2)));
      kinds.add(refused("a.parquet" + codec.ending(), codec.pack(parquet()), "Parquet under"));
      kinds.add(
          refused(
              "a.jsonl" + codec.ending(),
              codec.pack(Packed.GZIP.pack(lines)),
              "gzip data: unpack it once"));
    }
    kinds.add(read("a.parquet", parquet(), "One.", "Two."));
    kinds.add(read("part-00000", parquet(), "One.", "Two."));
    kinds.add(
        new Kind("part-0.gz", Packed.GZIP.pack(lines), "jsonl", List.of("One.", "Two."), null));
    kinds.add(new Kind("part-0", Packed.ZSTD.pack(lines), "jsonl", List.of("One.", "Two."), null));
    kinds.add(
        refused(
            "part-0.gz", Packed.GZIP.pack(lines), "unknown format: name it with --input-format"));
    kinds.add(refused("part-0", lines, "unknown format: name it with --input-format"));
    kinds.add(refused("notes.md", "a text", "unknown format: name it with --input-format"));
    kinds.add(refused("a.txt", parquet(), "is of the format Parquet, not text lines"));
    kinds.add(refused("a.jsonl", parquet(), "is of the format Parquet, not JSON lines"));
    kinds.add(refused("a.parquet", lines, "is no file of the format Parquet"));
    kinds.add(refused("a.parquet", new byte[0], "is no file of the format Parquet"));
    kinds.add(
        refused(
            "a.jsonl",
            Packed.GZIP.pack(lines),
            "gzip data by its first bytes: give its name the ending .gz"));
    kinds.add(refused("a.jsonl.gz", Packed.ZSTD.pack(lines), "is zstd data, not gzip"));
    kinds.add(refused("a.jsonl.gz", new byte[0], "is empty, no gzip data"));
    kinds.add(refused("a.jsonl", "[\n{\"text\":\"a\"},\n{}\n]\n", "holds one JSON array"));
    kinds.add(
        refused("part-0.dat", Packed.LZ4_HADOOP.pack(lines), "many NUL or control characters"));
    kinds.add(refused("a.txt", Packed.DEFLATE.pack(lines), "zlib data"));
    kinds.add(refused("a.txt", LINES, "--input-format jsonl"));
    kinds.add(refused("a.txt", "PK\3\4\0\0", "a ZIP archive"));
    kinds.add(refused("a.txt", "SEQ\6\0\0", "a Hadoop sequence file"));
    kinds.add(refused("a.jsonl", "ARROW1\0\0", "an Arrow file"));
    kinds.add(refused("a.parquet", "PARE\0\1", "an encrypted Parquet file"));
    byte[] tar = Arrays.copyOf("a.txt".getBytes(UTF_8), 512);
    System.arraycopy("ustar".getBytes(UTF_8), 0, tar, 257, 5);
    kinds.add(refused("a.txt.gz", Packed.GZIP.pack(tar), "a tar archive"));
    kinds.add(refused("a.xlsx", "PK\3\4\0\0", "a ZIP archive"));
    return kinds.stream();
  }

  @ParameterizedTest
  @MethodSource({"encodings", "json", "delimited", "formatsAndCodecs"})
  void isReadRightOrRefused(Kind kind) throws IOException {
    Path file = folder.resolve(kind.name());
    Files.write(file, kind.bytes());
    InputFormat format = kind.format() == null ? null : InputFormat.of(kind.format()).orElseThrow();
    if (kind.refused() != null) {
      assertRefused(kind, () -> scored(file, format));
      assertRefused(kind, () -> prompts(file, format));
      return;
    }
    assertRows(kind, scored(file, format));
    assertRows(kind, prompts(file, format));
  }

  private static void assertRefused(Kind kind, Runnable reading) {
    String message = assertThrows(InputException.class, reading::run).getMessage();
    assertOneLine(message);
    assertTrue(message.startsWith("Input /") && message.contains(kind.refused()), message);
    assertTrue(message.contains(kind.name()), message);
  }

  private static void assertRows(Kind kind, List<String> rows) {
    assertEquals(kind.rows().size(), rows.size(), rows::toString);
    for (int i = 0; i < rows.size(); i++) {
      String expected = kind.rows().get(i);
      String row = rows.get(i);
      boolean same =
          expected.startsWith("!")
              ? row.startsWith("!") && row.contains(expected.substring(1))
              : row.equals(expected);
      assertTrue(same, "row " + i + ": " + row + " instead of " + expected);
    }
  }

  /** The rows of a file as score reads them, twice: whole, and entered at each row. */
  static List<String> scored(Path file, InputFormat format) {
    InputColumns columns = new InputColumns("text", null, null);
    InputFile input =
        InputListing.of(List.of(file.toString()), "out", format, HADOOP).files().getFirst();
    InputTable table = new InputTable(List.of(InputScan.of(input, columns, true, HADOOP)));
    List<String> rows = new ArrayList<>();
    for (long from = 0; from < table.rows(); from++) {
      try (InputTable.Rows read = table.rows(from, table.rows(), columns, HADOOP)) {
        String row = row(read.next());
        if (from == 0) {
          rows.add(row);
          read.forEachRemaining(next -> rows.add(row(next)));
        }
        assertEquals(rows.get((int) from), row);
      }
    }
    return rows;
  }

  private static String row(InputRow row) {
    return row.error() == null ? row.text() : "!" + row.error();
  }

  private static List<String> prompts(Path file, InputFormat format) {
    PromptTable table =
        PromptReader.read(file.toString(), "text", null, format, HADOOP, Console.SILENT);
    List<String> rows = new ArrayList<>();
    for (int i = 0; i < table.size(); i++) {
      rows.add(table.isError(i) ? "!" + table.text(i) : table.text(i));
    }
    return rows;
  }
}
