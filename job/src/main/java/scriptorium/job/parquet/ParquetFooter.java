package scriptorium.job.parquet;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.Encoding;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.PageEncodingStats;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.format.Util;

/**
 * The end of a Parquet file, made the same in every JVM: parquet-hadoop writes the encodings of a
 * column in the order of a HashSet of enum constants, whose hashes are those of the JVM's objects.
 */
public final class ParquetFooter {
  private static final String MAGIC = "PAR1";

  /** Length of the footer, and the magic. */
  private static final int END = 8;

  private ParquetFooter() {}

  /** Whether these bytes end a file. */
  public static boolean isWhole(byte[] end) {
    return end.length > END
        && new String(end, end.length - MAGIC.length(), MAGIC.length(), StandardCharsets.US_ASCII)
            .equals(MAGIC);
  }

  /** Writes the end of a file with the encodings in their order in the format. */
  public static void write(byte[] end, OutputStream out) throws IOException {
    int length = ByteBuffer.wrap(end).order(ByteOrder.LITTLE_ENDIAN).getInt(end.length - END);
    int start = end.length - END - length;
    FileMetaData footer = Util.readFileMetaData(new ByteArrayInputStream(end, start, length));
    for (RowGroup group : footer.getRow_groups()) {
      for (ColumnChunk column : group.getColumns()) {
        sort(column.getMeta_data());
      }
    }
    ByteArrayOutputStream sorted = new ByteArrayOutputStream(length);
    Util.writeFileMetaData(footer, sorted);
    out.write(end, 0, start);
    sorted.writeTo(out);
    out.write(
        ByteBuffer.allocate(Integer.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(sorted.size())
            .array());
    out.write(end, end.length - Integer.BYTES, Integer.BYTES);
  }

  private static void sort(ColumnMetaData column) {
    List<Encoding> encodings = new ArrayList<>(column.getEncodings());
    encodings.sort(null);
    column.setEncodings(encodings);
    if (column.isSetEncoding_stats()) {
      List<PageEncodingStats> pages = new ArrayList<>(column.getEncoding_stats());
      pages.sort(
          Comparator.comparing(PageEncodingStats::getPage_type)
              .thenComparing(PageEncodingStats::getEncoding));
      column.setEncoding_stats(pages);
    }
  }
}
