package scriptorium.job.input;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.FilterInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.PositionedReadable;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.Seekable;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scriptorium.job.base.InputException;
import scriptorium.job.input.format.Codec;
import scriptorium.job.input.format.InputFormat;
import scriptorium.job.row.InputColumns;
import scriptorium.job.row.InputRow;
import scriptorium.job.row.ParquetRowWriter;
import scriptorium.job.row.RowWriter;
import scriptorium.job.row.SampleSchema;

/** What a file system fails at once never becomes an error row, as another attempt would differ. */
class FailingReadsTest {
  private static final InputColumns COLUMNS = new InputColumns("text", null, null);
  private static int left;

  @TempDir Path folder;

  /** The local disk, which fails once at the n-th opening or reading. */
  public static final class FailingOnce extends RawLocalFileSystem {
    @Override
    public FSDataInputStream open(org.apache.hadoop.fs.Path path, int buffer) throws IOException {
      countDown();
      return new FSDataInputStream(new Stream(super.open(path, buffer)));
    }
  }

  private static void countDown() throws IOException {
    left--;
    if (left == 0) {
      throw new IOException("the disk is asleep");
    }
  }

  private static final class Stream extends FilterInputStream
      implements Seekable, PositionedReadable {
    private final FSDataInputStream file;

    Stream(FSDataInputStream file) {
      super(file);
      this.file = file;
    }

    @Override
    public int read() throws IOException {
      countDown();
      return super.read();
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
      countDown();
      return super.read(bytes, from, length);
    }

    @Override
    public void seek(long position) throws IOException {
      file.seek(position);
    }

    @Override
    public long getPos() throws IOException {
      return file.getPos();
    }

    @Override
    public boolean seekToNewSource(long position) {
      return false;
    }

    @Override
    public int read(long position, byte[] bytes, int from, int length) throws IOException {
      countDown();
      return file.read(position, bytes, from, length);
    }

    @Override
    public void readFully(long position, byte[] bytes, int from, int length) throws IOException {
      countDown();
      file.readFully(position, bytes, from, length);
    }

    @Override
    public void readFully(long position, byte[] bytes) throws IOException {
      countDown();
      file.readFully(position, bytes);
    }
  }

  private static Configuration settings() {
    Configuration conf = new Configuration();
    conf.set("fs.file.impl", FailingOnce.class.getName());
    conf.setBoolean("fs.file.impl.disable.cache", true);
    return conf;
  }

  private static List<String> rows(String path, InputFormat format, Codec codec) {
    InputFile file = new InputFile(path, format, codec);
    InputTable table = new InputTable(List.of(InputScan.of(file, COLUMNS, true, settings())));
    List<String> rows = new ArrayList<>();
    try (InputTable.Rows read = table.rows(0, table.rows(), COLUMNS, settings())) {
      while (read.hasNext()) {
        InputRow row = read.next();
        assertNull(row.error());
        rows.add(row.text());
      }
    }
    return rows;
  }

  /** Fails at each opening and reading in turn; every failure is told, and no row differs. */
  private void failEverywhere(String path, InputFormat format, Codec codec) {
    left = Integer.MAX_VALUE;
    List<String> expected = rows(path, format, codec);
    int operations = Integer.MAX_VALUE - left;
    assertTrue(operations > 3, String.valueOf(operations));
    int told = 0;
    for (int at = 1; at <= operations; at++) {
      left = at;
      try {
        assertEquals(expected, rows(path, format, codec));
      } catch (InputException e) {
        assertTrue(e.getMessage().endsWith("cannot be read: the disk is asleep"), e.getMessage());
        told++;
      }
    }
    assertEquals(operations, told);
  }

  @Test
  void ofParquet() throws Exception {
    Path file = folder.resolve("a.parquet");
    try (var out = Files.newOutputStream(file);
        RowWriter writer =
            new ParquetRowWriter(out, List.of(new SampleSchema.Column("text", "string", "")))) {
      for (int i = 0; i < 50; i++) {
        writer.write(new Object[] {"text " + i});
      }
    }
    failEverywhere(file.toString(), InputFormat.PARQUET, Codec.NONE);
  }

  @Test
  void rowGroupsBeforeARangeAreNotRead() throws Exception {
    MessageType type = MessageTypeParser.parseMessageType("message t { required int32 text; }");
    Path file = folder.resolve("a.parquet");
    try (var writer =
        ExampleParquetWriter.builder(new LocalOutputFile(file))
            .withType(type)
            .withRowGroupRowCountLimit(10)
            .build()) {
      for (int i = 0; i < 500; i++) {
        writer.write(new SimpleGroup(type).append("text", i));
      }
    }
    InputFile input = new InputFile(file.toString(), InputFormat.PARQUET, Codec.NONE);
    left = Integer.MAX_VALUE;
    InputTable table = new InputTable(List.of(InputScan.of(input, COLUMNS, false, settings())));
    int first = readings(table, 0, 10);
    int last = readings(table, 490, 500);
    assertEquals(first, last);
    assertEquals(first, readings(table, 495, 500));
    assertTrue(readings(table, 485, 495) > first);
  }

  /** How often the file is read for a range of rows. */
  private static int readings(InputTable table, long from, long to) {
    int before = left;
    try (InputTable.Rows rows = table.rows(from, to, COLUMNS, settings())) {
      rows.forEachRemaining(row -> {});
    }
    return before - left;
  }

  @Test
  void ofOrc() throws Exception {
    Path file = TypedFiles.orc(folder.resolve("a.orc"), "ZSTD", 50, 4096);
    failEverywhere(file.toString(), InputFormat.ORC, Codec.NONE);
  }

  @Test
  void ofAvro() throws Exception {
    Path file = TypedFiles.avro(folder.resolve("a.avro"), "deflate", 50, 100);
    failEverywhere(file.toString(), InputFormat.AVRO, Codec.NONE);
  }

  @Test
  void ofLines() throws Exception {
    Path file = folder.resolve("a.txt");
    Files.writeString(file, "one\ntwo\n");
    failEverywhere(file.toString(), InputFormat.TEXT, Codec.NONE);
  }

  @Test
  void ofGzips() throws Exception {
    Path file = folder.resolve("a.txt.gz");
    try (var out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write("one\ntwo\n".repeat(40_000).getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
    failEverywhere(file.toString(), InputFormat.TEXT, Codec.GZIP);
  }
}
