package scriptorium.job.parquet;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.Util;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.SeekableInputStream;

/**
 * Looks at the page headers of a row group before it is read: Parquet's reader allocates what they
 * say. Not thread-safe.
 */
final class ParquetPages implements Closeable {
  /** Old writers left a dictionary's header out of a column's size. */
  private static final int FORGOTTEN_HEADER = 100;

  /** A page that unpacks to more than this share of the heap is refused as damaged. */
  private static final int HEAP_SHARE = 4;

  private final SeekableInputStream in;
  private final long length;

  ParquetPages(InputFile file) throws IOException {
    length = file.getLength();
    in = file.newStream();
  }

  /**
   * Checks a row group.
   *
   * @throws IOException where a page is not within its column, or unpacks to too much
   */
  void check(BlockMetaData block) throws IOException {
    for (ColumnChunkMetaData column : block.getColumns()) {
      check(column);
    }
  }

  private void check(ColumnChunkMetaData column) throws IOException {
    long at = column.getStartingPos();
    long size = column.getTotalSize();
    if (at < 0 || size < 0 || size > length - at) {
      throw new IOException("a column is not within the file");
    }
    long end = at + size;
    long values = 0;
    while (values < column.getValueCount() && at < end) {
      in.seek(at);
      Counted counted = new Counted(in, end + FORGOTTEN_HEADER - at);
      PageHeader header = Util.readPageHeader(counted);
      long packed = header.getCompressed_page_size();
      long unpacked = header.getUncompressed_page_size();
      at += counted.count;
      if (packed < 0
          || unpacked < 0
          || packed > Math.min(end + FORGOTTEN_HEADER, length) - at
          || unpacked > Runtime.getRuntime().maxMemory() / HEAP_SHARE) {
        throw new IOException("a page has a size that it cannot have");
      }
      at += packed;
      long more = values(header);
      if (more < 0 || more > column.getValueCount() - values) {
        throw new IOException("a page has a number of values that it cannot have");
      }
      values += more;
    }
  }

  private static long values(PageHeader header) {
    if (header.isSetData_page_header()) {
      return header.getData_page_header().getNum_values();
    }
    return header.isSetData_page_header_v2() ? header.getData_page_header_v2().getNum_values() : 0;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  /** Reads so many bytes at most, and counts them. */
  private static final class Counted extends InputStream {
    private final InputStream in;
    private final long most;
    private long count;

    Counted(InputStream in, long most) {
      this.in = in;
      this.most = most;
    }

    @Override
    public int read() throws IOException {
      int read = count < most ? in.read() : -1;
      count += read < 0 ? 0 : 1;
      return read;
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
      int read = count < most ? in.read(bytes, from, (int) Math.min(length, most - count)) : -1;
      count += Math.max(0, read);
      return read;
    }
  }
}
