package scriptorium.job.parquet;

import java.io.Closeable;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.HadoopReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.FileMetaData;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.MessageColumnIO;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.MessageType;

/**
 * The rows of a Parquet file, read a row group at a time; groups that are passed over are not
 * touched. Damage loses the rest of its row group alone, so that a row is the same whether those of
 * the groups before it were read or not. Not thread-safe.
 */
public final class ParquetGroups implements Closeable {
  private final StoredFile stored;
  private final ParquetMetadata footer;
  private final Configuration conf;
  private ParquetFileReader reader;
  private ParquetPages pages;
  private int group = -1;
  private long row;
  private long groupEnd;
  private PageReadStore store;
  private RecordReader<Group> records;
  private String failure;

  /** The rows of a file whose footer has been read. */
  public ParquetGroups(StoredFile stored, ParquetMetadata footer, Configuration conf) {
    this.stored = stored;
    this.footer = footer;
    this.conf = conf;
  }

  /** The next row, which the footer must count; null if {@link #failure} says why it is lost. */
  public Group next() {
    while (row >= groupEnd) {
      enterNext();
    }
    Group next = null;
    if (failure == null) {
      try {
        next = read();
      } catch (IOException | RuntimeException e) {
        stored.throwItsFailure();
      }
      failure = next == null ? damage() : null;
    }
    row++;
    return next;
  }

  /** Passes over rows, which the footer must count. */
  public void skip(long rows) {
    long target = row + rows;
    while (row < target && groupEnd <= target) {
      if (row < groupEnd) {
        row = groupEnd;
      } else {
        enterNext();
      }
    }
    while (row < target) {
      next();
    }
  }

  private void enterNext() {
    leave();
    group++;
    groupEnd += footer.getBlocks().get(group).getRowCount();
  }

  private void leave() {
    if (store != null) {
      store.close();
    }
    store = null;
    records = null;
    failure = null;
  }

  private Group read() throws IOException {
    if (reader == null) {
      reader =
          ParquetFileReader.open(
              stored, footer, HadoopReadOptions.builder(conf).build(), stored.newStream());
      pages = new ParquetPages(stored);
    }
    if (records == null) {
      BlockMetaData block = footer.getBlocks().get(group);
      pages.check(block);
      store = reader.readRowGroup(group);
      records = columns().getRecordReader(store, new GroupRecordConverter(schema()));
    }
    return records.read();
  }

  private MessageType schema() {
    return footer.getFileMetaData().getSchema();
  }

  private MessageColumnIO columns() {
    FileMetaData table = footer.getFileMetaData();
    return new ColumnIOFactory(table.getCreatedBy()).getColumnIO(schema(), schema(), true);
  }

  /**
   * Without the exception's words, which name objects by their addresses: rows have fixed bytes.
   */
  private String damage() {
    return "damaged from row " + row + " on in its row group";
  }

  /** Why the row that was read last is lost; null for not. */
  public String failure() {
    return failure;
  }

  @Override
  public void close() throws IOException {
    leave();
    if (reader != null) {
      reader.close();
    }
    if (pages != null) {
      pages.close();
    }
  }
}
