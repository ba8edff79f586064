package scriptorium.job.input;

import java.io.IOException;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.FileMetaData;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.schema.MessageType;
import scriptorium.job.base.InputException;
import scriptorium.job.parquet.LegacyCalendar;
import scriptorium.job.parquet.ParquetGroups;
import scriptorium.job.parquet.ParquetJson;
import scriptorium.job.parquet.StoredColumns;
import scriptorium.job.parquet.StoredFile;
import scriptorium.job.parquet.StoredType;
import scriptorium.job.parquet.WriterTypes;
import scriptorium.job.row.InputColumns;
import scriptorium.job.row.RowJson;
import scriptorium.job.value.InvalidValueException;

/**
 * Rows of a Parquet file as JSON objects. The number of rows is that of its footer: where a page is
 * damaged, the rows from there to the end of its row group become error rows; where the footer is,
 * the file is one.
 */
public final class ParquetInputReader extends InputReader {
  /** Rows that a byte holds at most: run lengths of one value hold some ten thousand. */
  private static final long ROWS_A_BYTE = 1 << 16;

  /** Made once: by default each opening of a file parses Hadoop's default settings anew. */
  private static final ParquetReadOptions FOOTER =
      ParquetReadOptions.builder(new PlainParquetConfiguration()).build();

  private final Size size;
  private final ParquetJson json;
  private final LegacyCalendar calendar;
  private final ParquetGroups groups;

  /**
   * What a footer says.
   *
   * @param error why it cannot be read: null where it can
   * @param footer null where it cannot be read
   */
  record Size(long rows, String error, ParquetMetadata footer) {
    private static Size damaged(String why) {
      return new Size(1, "damaged: " + why, null);
    }
  }

  ParquetInputReader(InputFile file, InputColumns columns, Configuration conf) {
    super(file, columns, InputScan.BEGIN);
    StoredFile stored = new StoredFile(file.path(), conf, file::cannotBeRead);
    size = size(stored);
    if (size.error() == null) {
      FileMetaData table = size.footer().getFileMetaData();
      Map<String, String> keys = table.getKeyValueMetaData();
      groups = new ParquetGroups(stored, size.footer(), conf);
      json =
          new ParquetJson(columns.texts(), WriterTypes.of(table.getSchema(), keys), RowJson::value);
      calendar = LegacyCalendar.of(keys);
    } else {
      groups = null;
      json = null;
      calendar = null;
    }
  }

  static Size size(InputFile file, Configuration conf) {
    return size(new StoredFile(file.path(), conf, file::cannotBeRead));
  }

  private static Size size(StoredFile file) {
    try (ParquetFileReader footer = ParquetFileReader.open(file, FOOTER)) {
      FileMetaData table = footer.getFileMetaData();
      refuse(file, StoredColumns.refused(table.getSchema()));
      return countsAreSound(footer, file.getLength())
          ? new Size(footer.getRecordCount(), null, footer.getFooter())
          : Size.damaged("its footer counts rows that the file cannot hold");
    } catch (InputException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      file.throwItsFailure();
      return Size.damaged("it has no footer of a Parquet file");
    }
  }

  private static void refuse(StoredFile file, String column) {
    if (column != null) {
      throw new InputException(
          "Input "
              + file.path()
              + ": "
              + column
              + ", which cannot be read: leave the column out, or turn it into text");
    }
  }

  /**
   * The types of a file's columns, those that are text as such; none if the file is damaged.
   *
   * @param columns which are text
   */
  static Map<String, StoredType> columns(InputFile file, InputColumns columns, Configuration conf) {
    Size size = size(file, conf);
    if (size.footer() == null) {
      return Map.of();
    }
    FileMetaData table = size.footer().getFileMetaData();
    return StoredColumns.of(table.getSchema(), table.getKeyValueMetaData(), columns.texts());
  }

  /** The columns of a file. */
  public static MessageType table(InputFile file, Configuration conf) throws IOException {
    StoredFile stored = new StoredFile(file.path(), conf, file::cannotBeRead);
    try (ParquetFileReader footer = ParquetFileReader.open(stored, FOOTER)) {
      return footer.getFileMetaData().getSchema();
    } catch (RuntimeException e) {
      stored.throwItsFailure();
      throw new IOException("it has no footer of a Parquet file", e);
    }
  }

  /**
   * Whether a footer's counts agree: every row has a value or a null in every column, flat ones
   * have no more. Otherwise one wrong bit would make error rows without end.
   */
  private static boolean countsAreSound(ParquetFileReader footer, long bytes) {
    MessageType schema = footer.getFileMetaData().getSchema();
    long most = ROWS_A_BYTE * bytes;
    long rows = 0;
    for (BlockMetaData block : footer.getFooter().getBlocks()) {
      long count = block.getRowCount();
      if (count < 0 || count > most - rows) {
        return false;
      }
      rows += count;
      for (ColumnChunkMetaData column : block.getColumns()) {
        boolean flat = schema.getMaxRepetitionLevel(column.getPath().toArray()) == 0;
        if (column.getValueCount() < count || flat && column.getValueCount() > count) {
          return false;
        }
      }
    }
    return true;
  }

  @Override
  ReadRow parse() {
    if (rowNumber() == size.rows()) {
      return null;
    }
    String place = "row " + rowNumber();
    if (groups == null) {
      return ReadRow.bad(place, size.error());
    }
    Group group = groups.next();
    if (group == null) {
      return ReadRow.bad(place, groups.failure());
    }
    try {
      Group told = calendar.gregorian(group);
      return ReadRow.good(json.row(told), place).withStored(told);
    } catch (InvalidValueException e) {
      return ReadRow.bad(place, e.getMessage());
    }
  }

  @Override
  boolean passOver() {
    return passOver(1) == 1;
  }

  @Override
  long passOver(long rows) {
    long passed = Math.min(rows, size.rows() - rowNumber());
    if (groups != null) {
      groups.skip(passed);
    }
    return passed;
  }

  @Override
  public void close() throws IOException {
    if (groups != null) {
      groups.close();
    }
  }
}
