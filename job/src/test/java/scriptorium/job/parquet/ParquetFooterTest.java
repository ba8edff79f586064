package scriptorium.job.parquet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.Encoding;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.PageEncodingStats;
import org.apache.parquet.format.Util;
import org.junit.jupiter.api.Test;
import scriptorium.job.row.ParquetRowWriter;
import scriptorium.job.row.SampleSchema;

/** A Parquet file's footer does not depend on the hashes that a JVM gives its objects. */
class ParquetFooterTest {
  private static final List<SampleSchema.Column> COLUMNS =
      List.of(
          new SampleSchema.Column("id", "long", ""),
          new SampleSchema.Column("text", "string", ""),
          new SampleSchema.Column("tokens", "array of int", ""));

  private static byte[] file() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ParquetRowWriter writer = new ParquetRowWriter(out, COLUMNS)) {
      for (long row = 0; row < 100; row++) {
        writer.write(new Object[] {row, "text " + row % 7, new int[] {1, (int) row % 3}});
      }
    }
    return out.toByteArray();
  }

  private static int footerLength(byte[] file) {
    return ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getInt(file.length - 8);
  }

  private static FileMetaData footer(byte[] file) throws Exception {
    int length = footerLength(file);
    return Util.readFileMetaData(new ByteArrayInputStream(file, file.length - 8 - length, length));
  }

  private static List<ColumnMetaData> columns(FileMetaData footer) {
    List<ColumnMetaData> columns = new ArrayList<>();
    for (ColumnChunk chunk : footer.getRow_groups().getFirst().getColumns()) {
      columns.add(chunk.getMeta_data());
    }
    return columns;
  }

  @Test
  void encodingsAreInTheirOrder() throws Exception {
    int several = 0;
    for (ColumnMetaData column : columns(footer(file()))) {
      List<Encoding> sorted = new ArrayList<>(column.getEncodings());
      Collections.sort(sorted);
      assertEquals(sorted, column.getEncodings(), column.getPath_in_schema().toString());
      several += sorted.size() > 1 ? 1 : 0;
    }
    assertEquals(COLUMNS.size(), several, "columns of several encodings");
  }

  /** Whatever order another JVM would have written, the same bytes come out. */
  @Test
  void everyOrderBecomesTheSame() throws Exception {
    byte[] file = file();
    FileMetaData other = footer(file);
    for (ColumnMetaData column : columns(other)) {
      List<Encoding> reversed = new ArrayList<>(column.getEncodings());
      Collections.reverse(reversed);
      column.setEncodings(reversed);
      List<PageEncodingStats> pages = new ArrayList<>(column.getEncoding_stats());
      Collections.reverse(pages);
      column.setEncoding_stats(pages);
    }
    ByteArrayOutputStream end = new ByteArrayOutputStream();
    Util.writeFileMetaData(other, end);
    byte[] tail = new byte[end.size() + 8];
    System.arraycopy(end.toByteArray(), 0, tail, 0, end.size());
    ByteBuffer.wrap(tail).order(ByteOrder.LITTLE_ENDIAN).putInt(end.size(), end.size());
    System.arraycopy(file, file.length - 4, tail, end.size() + 4, 4);
    ByteArrayOutputStream mended = new ByteArrayOutputStream();
    ParquetFooter.write(tail, mended);
    byte[] expected = new byte[footerLength(file) + 8];
    System.arraycopy(file, file.length - expected.length, expected, 0, expected.length);
    assertTrue(java.util.Arrays.equals(expected, mended.toByteArray()));
    assertTrue(!java.util.Arrays.equals(expected, tail));
  }
}
