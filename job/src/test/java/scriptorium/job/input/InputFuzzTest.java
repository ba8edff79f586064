package scriptorium.job.input;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static scriptorium.job.testing.Messages.assertOneLine;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.zip.GZIPOutputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.Util;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scriptorium.engine.Mutations;
import scriptorium.job.base.InputException;
import scriptorium.job.row.InputColumns;
import scriptorium.job.row.InputRow;
import scriptorium.job.row.ParquetRowWriter;
import scriptorium.job.row.RowWriter;
import scriptorium.job.row.SampleSchema;

/**
 * Mutated inputs: every reader gives as many rows as the first reading counted, bad ones as error
 * rows, and the same rows wherever it enters the file. {@code -Dfuzz.rounds=100000} for more.
 */
class InputFuzzTest {
  private static final int ROUNDS = Integer.getInteger("fuzz.rounds", 1000);
  private static final long SEED = 5;
  private static final Configuration HADOOP = new Configuration();
  private static final InputColumns COLUMNS = new InputColumns("text", null, null);
  @TempDir Path folder;

  private static byte[] lines(int count) {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < count; i++) {
      lines
          .append("{\"id\":")
          .append(i)
          .append(",\"text\":\"caf\u00e9 \\u00e9 \\\"")
          .append("x".repeat(i % 9))
          .append("\",\"list\":[1,2.5,null,{\"a\":true}]}\n");
    }
    return lines.toString().getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void jsonLines() throws Exception {
    fuzz("a.jsonl", lines(20), ROUNDS, Mutations::json);
  }

  @Test
  void textLines() throws Exception {
    fuzz(
        "a.txt",
        "one\n\ntwo\r\n\r\n\nthree\n\n\n".getBytes(StandardCharsets.UTF_8),
        ROUNDS,
        Mutations::bytes);
  }

  @Test
  void compressedLines() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(bytes)) {
      out.write(lines(200));
    }
    fuzz("a.jsonl.gz", bytes.toByteArray(), ROUNDS, Mutations::bytes);
  }

  @Test
  void parquet() throws Exception {
    List<SampleSchema.Column> columns =
        List.of(
            new SampleSchema.Column("text", "string", ""),
            new SampleSchema.Column("n", "long", ""),
            new SampleSchema.Column("values", "array of double", ""));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (RowWriter writer = new ParquetRowWriter(bytes, columns)) {
      for (int i = 0; i < 50; i++) {
        writer.write(new Object[] {"text " + i, (long) i, new double[] {i, 0.5}});
      }
    }
    fuzz("a.parquet", bytes.toByteArray(), Math.max(200, ROUNDS / 5), Mutations::bytes);
  }

  /** Row groups of ten rows. */
  private byte[] parquetGroups() throws IOException {
    MessageType type =
        MessageTypeParser.parseMessageType(
            "message t { required binary text (STRING); optional int32 n; }");
    Path file = folder.resolve("groups.parquet");
    Files.deleteIfExists(file);
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(new LocalOutputFile(file))
            .withType(type)
            .withRowGroupRowCountLimit(10)
            .withDictionaryEncoding(false)
            .build()) {
      for (int i = 0; i < 45; i++) {
        Group row = new SimpleGroup(type).append("text", "text " + i);
        writer.write(i % 3 == 0 ? row : row.append("n", i));
      }
    }
    return Files.readAllBytes(file);
  }

  @Test
  void parquetOfSeveralRowGroups() throws Exception {
    fuzz("a.parquet", parquetGroups(), Math.max(200, ROUNDS / 5), Mutations::bytes);
  }

  @Test
  void damageOfARowGroupLeavesTheOthersWhole() throws Exception {
    byte[] bytes = parquetGroups();
    Path path = folder.resolve("a.parquet");
    Files.write(path, bytes);
    long begin;
    try (ParquetFileReader footer = ParquetFileReader.open(new LocalInputFile(path))) {
      begin = footer.getRowGroups().get(1).getStartingPos();
    }
    Arrays.fill(bytes, (int) begin, (int) begin + 8, (byte) 0xff);
    Files.write(path, bytes);
    InputFile file =
        InputListing.of(List.of(path.toString()), "out", null, HADOOP).files().getFirst();
    InputTable table = new InputTable(List.of(InputScan.of(file, COLUMNS, true, HADOOP)));
    assertEquals(45, table.rows());
    List<String> all = rows(table, 0);
    for (int row = 0; row < 45; row++) {
      boolean damaged = row >= 10 && row < 20;
      String expected = damaged ? "damaged from row 10 on" : "\"text " + row + "\"";
      assertTrue(all.get(row).contains(expected), all.get(row));
      assertEquals(all.subList(row, 45), rows(table, row));
    }
  }

  @Test
  void linesThatNoReaderCanHoldAreErrorRows() throws Exception {
    for (String value :
        new String[] {
          "1e99999999999",
          "-1e-99999999999",
          "1" + "0".repeat(2000),
          "[".repeat(100_000),
          "{\"a\":".repeat(100_000),
          "[".repeat(300) + "]".repeat(300)
        }) {
      Path path = folder.resolve("a.jsonl");
      Files.writeString(path, "{\"text\":\"a\",\"n\":" + value + "}\n{\"text\":\"b\"}\n");
      InputFile file =
          InputListing.of(List.of(path.toString()), "out", null, HADOOP).files().getFirst();
      InputTable table = new InputTable(List.of(InputScan.of(file, COLUMNS, true, HADOOP)));
      List<String> rows = rows(table, 0);
      assertEquals(2, rows.size());
      assertTrue(rows.getFirst().contains(", line 1: no valid JSON"), rows.getFirst());
      assertTrue(rows.getLast().startsWith("null"), rows.getLast());
    }
  }

  @Test
  void aParquetFooterThatCountsMoreRowsThanThereCanBeIsDamaged() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (RowWriter writer =
        new ParquetRowWriter(bytes, List.of(new SampleSchema.Column("text", "string", "")))) {
      writer.write(new Object[] {"a"});
    }
    ByteBuffer good = ByteBuffer.wrap(bytes.toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
    int end = good.capacity() - 8;
    int begin = end - good.getInt(end);
    FileMetaData footer =
        Util.readFileMetaData(new ByteArrayInputStream(good.array(), begin, end - begin));
    footer.setNum_rows(1L << 50);
    footer.getRow_groups().getFirst().setNum_rows(1L << 50);
    ByteArrayOutputStream bad = new ByteArrayOutputStream();
    bad.write(good.array(), 0, begin);
    Util.writeFileMetaData(footer, bad);
    int length = bad.size() - begin;
    bad.write(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(length).array());
    bad.write(good.array(), end + 4, 4);
    Path path = folder.resolve("a.parquet");
    Files.write(path, bad.toByteArray());
    InputFile file =
        InputListing.of(List.of(path.toString()), "out", null, HADOOP).files().getFirst();
    InputScan scan = InputScan.of(file, COLUMNS, true, HADOOP);
    assertEquals(1, scan.rows());
    assertEquals("damaged: its footer counts rows that the file cannot hold", scan.error());
  }

  @Test
  void aParquetPageThatUnpacksToMoreThanTheHeapIsDamaged() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (RowWriter writer =
        new ParquetRowWriter(bytes, List.of(new SampleSchema.Column("text", "string", "")))) {
      writer.write(new Object[] {"a"});
    }
    byte[] good = bytes.toByteArray();
    int begin = 4; // behind the magic number
    ByteArrayInputStream in = new ByteArrayInputStream(good, begin, good.length - begin);
    PageHeader header = Util.readPageHeader(in);
    int body = good.length - in.available();
    for (int[] sizes : new int[][] {{Integer.MAX_VALUE, 9}, {9, Integer.MAX_VALUE}, {-1, 9}}) {
      header.setCompressed_page_size(sizes[0]);
      header.setUncompressed_page_size(sizes[1]);
      ByteArrayOutputStream bad = new ByteArrayOutputStream();
      bad.write(good, 0, begin);
      Util.writePageHeader(header, bad);
      int longer = bad.size() - body;
      bad.write(good, body + longer, good.length - body - longer); // so that the footer is right
      Path path = folder.resolve("a.parquet");
      Files.write(path, bad.toByteArray());
      InputFile file =
          InputListing.of(List.of(path.toString()), "out", null, HADOOP).files().getFirst();
      List<String> rows =
          rows(new InputTable(List.of(InputScan.of(file, COLUMNS, true, HADOOP))), 0);
      assertEquals(1, rows.size());
      assertTrue(rows.getFirst().contains("row 0: damaged from row 0 on"), rows.getFirst());
    }
  }

  private void fuzz(
      String name, byte[] good, int rounds, BiFunction<Mutations, byte[], byte[]> damage)
      throws IOException {
    Random random = new Random(SEED);
    Mutations mutations = new Mutations(random);
    Path path = folder.resolve(name);
    int read = 0;
    for (int round = 0; round < rounds; round++) {
      Files.write(path, round == 0 ? good : damage.apply(mutations, good));
      InputFile file;
      try {
        file = InputListing.of(List.of(path.toString()), "out", null, HADOOP).files().getFirst();
      } catch (InputException e) { // its first bytes are no longer those of its format
        assertTrue(round > 0, e.getMessage());
        assertOneLine(e.getMessage());
        continue;
      }
      read++;
      InputScan scan = InputScan.of(file, COLUMNS, true, HADOOP);
      InputTable table = new InputTable(List.of(scan));
      List<String> all = rows(table, 0);
      assertEquals(table.rows(), all.size(), "round " + round);
      long from = random.nextLong(table.rows() + 1);
      assertEquals(all.subList((int) from, all.size()), rows(table, from), "round " + round);
    }
    assertTrue(read > rounds / 2, read + " of " + rounds + " were read");
  }

  private static List<String> rows(InputTable table, long from) {
    List<String> rows = new ArrayList<>();
    try (InputTable.Rows read = table.rows(from, table.rows(), COLUMNS, HADOOP)) {
      while (read.hasNext()) {
        InputRow row = read.next();
        assertNotNull(row.error() == null ? row.text() : row.error());
        rows.add(row.error() + row.columns());
      }
    }
    return rows;
  }
}
