package scriptorium.job.input;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import org.apache.hadoop.conf.Configuration;
import scriptorium.job.avro.AvroHeader;
import scriptorium.job.avro.AvroRows;
import scriptorium.job.base.InputException;
import scriptorium.job.row.InputColumns;
import scriptorium.job.value.InvalidValueException;

/** Rows of an Avro file as JSON objects; all that is behind damage is one error row. */
final class AvroInputReader extends InputReader {
  private AvroRows rows;
  private String failure;

  AvroInputReader(InputFile file, InputColumns columns, InputScan.Mark mark, Configuration conf) {
    super(file, columns, mark);
    try {
      AvroHeader header = header(file, conf);
      if (header.refused() != null) {
        throw new InputException("Input " + file.path() + " " + header.refused());
      }
      long start = Math.max(header.end(), mark.offset());
      rows = new AvroRows(header, file.content(start, conf), start, columns.texts());
    } catch (IOException e) {
      failure = "it has no valid header of an Avro file";
    }
  }

  private static AvroHeader header(InputFile file, Configuration conf) throws IOException {
    try (InputStream in = new BufferedInputStream(file.content(0, conf))) {
      return AvroHeader.read(in);
    }
  }

  @Override
  ReadRow parse() {
    String place = "row " + rowNumber();
    try {
      ObjectNode columns = decode();
      return columns == null ? null : ReadRow.good(columns, place);
    } catch (InvalidValueException e) {
      return ReadRow.bad(place, e.getMessage());
    }
  }

  /** The next row; null at the end and where the file is damaged. */
  private ObjectNode decode() throws InvalidValueException {
    if (failure != null) {
      return null;
    }
    try {
      return rows.next();
    } catch (InvalidValueException e) {
      throw e;
    } catch (EOFException e) {
      failure = "it ends too early";
    } catch (IOException e) {
      failure = "no valid Avro data";
    } catch (LinkageError e) {
      throw missingLibrary(file(), e);
    }
    return null;
  }

  @Override
  boolean passOver() {
    try {
      return decode() != null;
    } catch (InvalidValueException e) {
      return true;
    }
  }

  @Override
  InputScan.Mark mark() {
    long block = rows.blockOfFirstRow();
    return block < 0 ? null : new InputScan.Mark(rowNumber() - 1, block, 0);
  }

  @Override
  String failure() {
    return failure;
  }

  @Override
  public void close() throws IOException {
    if (rows != null) {
      rows.close();
    }
  }
}
