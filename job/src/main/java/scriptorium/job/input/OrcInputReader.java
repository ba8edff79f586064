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
  private boolean told;
  private long row;

  OrcInputReader(InputFile file, InputColumns columns, Configuration conf) {
    super(file, columns);
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
  ReadRow read() {
    if (table == null) {
      boolean again = told;
      told = true;
      return again ? null : ReadRow.lost(0, failure);
    }
    if (row == table.rows()) {
      return null;
    }
    String place = "row " + row;
    try {
      return ReadRow.good(rows.row(row++), place);
    } catch (InvalidValueException | OrcTable.DamagedException e) {
      return ReadRow.bad(place, e.getMessage());
    } catch (IOException e) {
      throw file().cannotBeRead(e);
    } catch (LinkageError e) {
      throw missingLibrary(file(), e);
    }
  }

  @Override
  boolean pass() {
    if (table == null || row == table.rows()) {
      return false;
    }
    row++;
    return true;
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
