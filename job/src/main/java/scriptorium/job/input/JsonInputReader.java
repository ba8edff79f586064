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

  JsonInputReader(InputFile file, InputColumns columns, Configuration conf) {
    super(file, columns, InputScan.BEGIN);
    values =
        new JsonValues(new ByteSource(file.contentOrDamage(0, conf), 0, 0), RowJson.BYTE_LIMIT);
  }

  @Override
  ReadRow parse() {
    byte[] value = values.next();
    if (value == null) {
      return null;
    }
    String place = "line " + values.line();
    if (values.tooLong()) {
      return ReadRow.bad(place, "longer than " + RowJson.BYTE_LIMIT + " bytes");
    }
    JsonRow json = JsonRow.of(value);
    return new ReadRow(json.object(), place, json.error());
  }

  @Override
  boolean passOver() {
    return values.next() != null;
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
