package scriptorium.job.input;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static scriptorium.job.testing.Messages.assertOneLine;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.avro.Schema;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hive.ql.exec.vector.BytesColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.ColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.VectorizedRowBatch;
import org.apache.orc.OrcFile;
import org.apache.orc.TypeDescription;
import org.apache.orc.Writer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import scriptorium.job.base.InputException;

/** ORC and Avro files: whole, empty, damaged, under wrong names, with each codec. */
class TypedFilesTest {
  private static final Configuration HADOOP = new Configuration();
  private static final int ROUNDS = Integer.getInteger("fuzz.rounds", 60);

  @TempDir Path folder;

  private Path file(String name, int rows) throws IOException {
    Path file = folder.resolve(name);
    return name.contains("avro")
        ? TypedFiles.avro(file, "null", rows, 300)
        : TypedFiles.orc(file, "NONE", rows, 10_000);
  }

  private static List<String> prompts(Path file) {
    PromptTable table = PromptReader.read(file.toString(), "text", HADOOP);
    List<String> rows = new ArrayList<>();
    for (int i = 0; i < table.size(); i++) {
      rows.add(table.isError(i) ? "!" + table.text(i) : table.text(i));
    }
    return rows;
  }

  /** Entered at each row, across stripes and blocks. */
  @ParameterizedTest
  @ValueSource(strings = {"a.orc", "a.avro", "avro", "orc"})
  void areRead(String name) throws IOException {
    Path file = file(name, 250);
    assertEquals(TypedFiles.texts(250), InputKindsTest.scored(file, null));
    assertEquals(TypedFiles.texts(250), prompts(file));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a.orc", "a.avro"})
  void areEntered(String name) throws IOException {
    Path file = file(name, 5000);
    InputFile input =
        InputListing.of(List.of(file.toString()), "out", null, HADOOP).files().getFirst();
    var columns = new scriptorium.job.row.InputColumns("text", null, null);
    InputScan scan = InputScan.of(input, columns, false, HADOOP);
    InputTable table = new InputTable(List.of(scan));
    assertEquals(name.equals("a.avro") ? 5 : 1, scan.marks().size(), scan.marks()::toString);
    for (long row : List.of(0L, 999L, 1000L, 2600L, 4999L)) {
      try (InputTable.Rows rows = table.rows(row, row + 1, columns, HADOOP)) {
        assertEquals("text " + row, rows.next().text());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"NONE", "ZLIB", "SNAPPY", "LZO", "LZ4", "ZSTD"})
  void orcUnderEachCodec(String codec) throws IOException {
    Path file = TypedFiles.orc(folder.resolve("a.orc"), codec, 30, 1000);
    assertEquals(TypedFiles.texts(30), InputKindsTest.scored(file, null));
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "deflate", "snappy", "bzip2", "xz", "zstandard"})
  void avroUnderEachCodec(String codec) throws IOException {
    Path file = TypedFiles.avro(folder.resolve("a.avro"), codec, 30, 100);
    assertEquals(TypedFiles.texts(30), InputKindsTest.scored(file, null));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a.orc", "a.avro"})
  void withoutRows(String name) throws IOException {
    assertEquals(List.of(), InputKindsTest.scored(file(name, 0), null));
    assertEquals(List.of(), prompts(file(name, 0)));
  }

  @ParameterizedTest
  @CsvSource({
    "a.orc, a.csv, is of the format ORC",
    "a.orc, a.avro, is of the format ORC",
    "a.avro, a.jsonl, is of the format Avro",
    "a.avro, a.parquet, is of the format Avro",
    "a.orc, a.orc.gz, no gzip data"
  })
  void underWrongNames(String name, String wrong, String words) throws IOException {
    Path file = Files.move(file(name, 3), folder.resolve(wrong));
    refused(file, words);
  }

  private static void refused(Path file, String words) {
    for (Runnable reading :
        List.<Runnable>of(() -> InputKindsTest.scored(file, null), () -> prompts(file))) {
      String message = assertThrows(InputException.class, reading::run).getMessage();
      assertOneLine(message);
      assertTrue(message.startsWith("Input " + file) && message.contains(words), message);
    }
  }

  @Test
  void otherContent() throws IOException {
    for (String name : List.of("a.orc", "a.avro")) {
      refused(
          Files.writeString(folder.resolve(name), "{\"text\": 1}\n"), "is no file of the format");
      refused(Files.write(folder.resolve(name), new byte[0]), "is no file of the format");
    }
  }

  @Test
  void withoutColumns() throws IOException {
    Path avro = folder.resolve("a.avro");
    Schema text = Schema.create(Schema.Type.STRING);
    try (DataFileWriter<String> writer = new DataFileWriter<>(new GenericDatumWriter<>(text))) {
      writer.create(text, avro.toFile());
      writer.append("a");
    }
    refused(avro, "has rows of the type string, which have no columns");
    Path orc = folder.resolve("a.orc");
    write(orc, "string");
    refused(orc, "has rows of the type string, which have no columns");
  }

  private static void write(Path file, String type) throws IOException {
    TypeDescription schema = TypeDescription.fromString(type);
    VectorizedRowBatch batch = schema.createRowBatch();
    if (batch.cols[0] instanceof BytesColumnVector texts) {
      texts.setVal(0, "a".getBytes(StandardCharsets.UTF_8));
    } else {
      for (ColumnVector column : batch.cols) {
        column.noNulls = false;
        column.isNull[0] = true;
      }
    }
    batch.size = 1;
    try (Writer writer =
        OrcFile.createWriter(
            new org.apache.hadoop.fs.Path(file.toUri()),
            OrcFile.writerOptions(HADOOP).overwrite(true).setSchema(schema))) {
      writer.addRowBatch(batch);
    }
  }

  @Test
  void transactionalTablesOfHive() throws IOException {
    Path file = folder.resolve("bucket_00000.orc");
    write(
        file,
        "struct<operation:int,originalTransaction:bigint,bucket:int,rowId:bigint,"
            + "currentTransaction:bigint,row:struct<text:string>>");
    refused(file, "is of a transactional table of Hive");
  }

  @Test
  void avroOfAnUnknownCodec() throws IOException {
    Path file = file("a.avro", 3);
    String content = Files.readString(file, StandardCharsets.ISO_8859_1);
    Files.writeString(
        file, content.replace("avro.codec\bnull", "avro.codec\blzo4"), StandardCharsets.ISO_8859_1);
    refused(file, "is compressed by lzo4, which is not read");
  }

  /** The rest of the file is one error row; prompts are refused. */
  @Test
  void avroThatIsCut() throws IOException {
    Path whole = file("a.avro", 50);
    byte[] bytes = Files.readAllBytes(whole);
    for (int size = 200; size < bytes.length; size += 3) {
      Path file = folder.resolve("cut.avro");
      Files.write(file, Arrays.copyOf(bytes, size));
      List<String> rows = InputKindsTest.scored(file, null);
      String last = rows.getLast();
      boolean betweenBlocks = !last.startsWith("!");
      int good = rows.size() - (betweenBlocks ? 0 : 1);
      assertEquals(TypedFiles.texts(good), rows.subList(0, good));
      if (!betweenBlocks) {
        assertEquals(
            "!"
                + file
                + " is damaged after row "
                + good
                + " (it ends too early): the rest of it is lost",
            last.replace("(it has no valid header of an Avro file)", "(it ends too early)"));
        assertThrows(InputException.class, () -> prompts(file));
      }
    }
  }

  @Test
  void orcThatIsCut() throws IOException {
    Path file = file("a.orc", 250);
    Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 3000));
    assertEquals(
        List.of(
            "!"
                + file
                + " is damaged after row 0 (it has no footer of an ORC file): the rest of it is lost"),
        InputKindsTest.scored(file, null));
    assertThrows(InputException.class, () -> prompts(file));
  }

  /** Blocks without rows, as some writers leave them, end nothing. */
  @Test
  void avroWithAnEmptyBlock() throws IOException {
    byte[] one = Files.readAllBytes(file("a.avro", 3));
    ByteArrayOutputStream both = new ByteArrayOutputStream();
    int sync = one.length - 16;
    byte[] mark = Arrays.copyOfRange(one, sync, one.length);
    both.writeBytes(one);
    both.write(0);
    both.write(0);
    both.writeBytes(mark);
    int block = block(one, mark);
    both.write(one, block, one.length - block);
    Path file = folder.resolve("both.avro");
    Files.write(file, both.toByteArray());
    assertEquals(
        List.of("text 0", "text 1", "text 2", "text 0", "text 1", "text 2"),
        InputKindsTest.scored(file, null));
  }

  /** Where the only block of a file begins. */
  private static int block(byte[] file, byte[] mark) {
    for (int at = 0; ; at++) {
      if (Arrays.equals(Arrays.copyOfRange(file, at, at + mark.length), mark)) {
        return at + mark.length;
      }
    }
  }

  /** Wrong bytes anywhere: rows stay, are wrong, or are errors; nothing else happens. */
  @ParameterizedTest
  @CsvSource({"a.orc,NONE", "a.orc,ZLIB", "a.orc,SNAPPY", "a.avro,null", "a.avro,snappy"})
  void wrongBytes(String name, String codec) throws IOException {
    Path file = folder.resolve(name);
    if (name.equals("a.orc")) {
      TypedFiles.orc(file, codec, 12, 500);
    } else {
      TypedFiles.avro(file, codec, 12, 60);
    }
    byte[] bytes = Files.readAllBytes(file);
    Random random = new Random(7);
    int damaged = 0;
    int refused = 0;
    for (int round = 0; round < ROUNDS; round++) {
      byte[] wrong = bytes.clone();
      wrong[random.nextInt(wrong.length)] = (byte) random.nextInt();
      Files.write(file, wrong);
      try {
        List<String> rows = InputKindsTest.scored(file, null);
        assertTrue(rows.size() < 1000, String.valueOf(rows.size()));
        damaged += rows.stream().anyMatch(row -> row.startsWith("!")) ? 1 : 0;
      } catch (InputException e) {
        assertOneLine(e.getMessage());
        refused++;
      }
    }
    assertTrue(damaged > ROUNDS / 10, damaged + " damaged, " + refused + " refused");
  }
}
