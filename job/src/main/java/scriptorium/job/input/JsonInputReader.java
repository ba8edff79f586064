package scriptorium.job.input;

import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import scriptorium.job.input.text.ByteSource;
import scriptorium.job.input.text.JsonRow;
import scriptorium.job.input.text.JsonValues;
import scriptorium.job.row.InputColumns;
import scriptorium.job.row.RowJson;

/** JSON whose rows are the elements of one array, or objects that go over several lines. */
final class JsonInputReader extends InputReader {
  private final JsonValues values;
  private long row;
  private boolean told;

  JsonInputReader(InputFile file, InputColumns columns, Configuration conf) {
    super(file, columns);
    values =
        new JsonValues(new ByteSource(file.contentOrDamage(0, conf), 0, 0), RowJson.BYTE_LIMIT);
  }

  @Override
  ReadRow read() {
    byte[] value = values.next();
    if (value == null) {
      if (values.failure() == null || told) {
        return null;
      }
      told = true;
      return ReadRow.lost(row, values.failure());
    }
    row++;
    String place = "line " + values.line();
    if (values.tooLong()) {
      return ReadRow.bad(place, "longer than " + RowJson.BYTE_LIMIT + " bytes");
    }
    JsonRow json = JsonRow.of(value);
    return new ReadRow(json.object(), place, json.error());
  }

  @Override
  boolean pass() {
    if (values.next() == null) {
      return false;
    }
    row++;
    return true;
  }

  @Override
  String failure() {
    return values.failure();
  }

  @Override
  public void close() throws IOException {
    values.close();
  }
}
