package scriptorium.job.input;

import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import scriptorium.job.base.InputException;
import scriptorium.job.orc.OrcRows;
import scriptorium.job.orc.OrcTable;
import scriptorium.job.row.InputColumns;
import scriptorium.job.value.InvalidValueException;

/**
 * Rows of an ORC file as JSON objects. The number of rows is that of its footer: where a stripe is
 * damaged, its rows from there on become error rows; where the footer is, the file is one.
 */
final class OrcInputReader extends InputReader {
  private OrcTable table;
  private OrcRows rows;
  private String failure;

  OrcInputReader(InputFile file, InputColumns columns, Configuration conf) {
    super(file, columns, InputScan.BEGIN);
    try {
      Path path = new Path(file.path());
      table = OrcTable.open(InputFile.fileSystem(path, conf), path, conf);
      String refused = table.refused();
      if (refused != null) {
        table.close();
        throw new InputException("Input " + file.path() + " " + refused);
      }
      rows = new OrcRows(table, columns.texts());
    } catch (OrcTable.DamagedException e) {
      failure = e.getMessage();
    } catch (IOException e) {
      throw file.cannotBeRead(e);
    } catch (LinkageError e) {
      throw missingLibrary(file, e);
    }
  }

  @Override
  ReadRow parse() {
    if (!passOver()) {
      return null;
    }
    String place = "row " + rowNumber();
    try {
      return ReadRow.good(rows.row(rowNumber()), place);
    } catch (InvalidValueException | OrcTable.DamagedException e) {
      return ReadRow.bad(place, e.getMessage());
    } catch (IOException e) {
      throw file().cannotBeRead(e);
    } catch (LinkageError e) {
      throw missingLibrary(file(), e);
    }
  }

  @Override
  boolean passOver() {
    return table != null && rowNumber() < table.rows();
  }

  @Override
  long passOver(long rows) {
    return table == null ? 0 : Math.min(rows, table.rows() - rowNumber());
  }

  @Override
  String failure() {
    return failure;
  }

  @Override
  public void close() throws IOException {
    if (table != null) {
      rows.close();
      table.close();
    }
  }
}
