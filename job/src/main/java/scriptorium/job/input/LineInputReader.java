package scriptorium.job.input;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import org.apache.hadoop.conf.Configuration;
import scriptorium.job.input.format.Codec;
import scriptorium.job.input.format.InputFormat;
import scriptorium.job.input.text.JsonRow;
import scriptorium.job.input.text.LineReader;
import scriptorium.job.row.InputColumns;
import scriptorium.job.row.RowJson;

/** JSON lines, or lines that are texts. */
final class LineInputReader extends InputReader {
  private final LineReader lines;

  LineInputReader(InputFile file, InputColumns columns, InputScan.Mark mark, Configuration conf) {
    super(file, columns, mark);
    lines =
        new LineReader(
            file.contentOrDamage(mark.offset(), conf),
            mark.offset(),
            mark.lines(),
            RowJson.BYTE_LIMIT);
  }

  @Override
  ReadRow parse() {
    byte[] line = lines.next();
    if (line == null) {
      return null;
    }
    String place = "line " + lines.number();
    if (lines.tooLong()) {
      return ReadRow.bad(place, "longer than " + RowJson.BYTE_LIMIT + " bytes");
    }
    if (file().format() == InputFormat.TEXT) {
      return text(line, place);
    }
    JsonRow json = JsonRow.of(line);
    return new ReadRow(json.object(), place, json.error());
  }

  private ReadRow text(byte[] line, String place) {
    try {
      return ReadRow.good(
          JsonNodeFactory.instance.objectNode().put(columns().text(), JsonRow.text(line)), place);
    } catch (CharacterCodingException e) {
      return ReadRow.bad(place, "no valid UTF-8");
    }
  }

  @Override
  boolean passOver() {
    return lines.next() != null;
  }

  @Override
  InputScan.Mark mark() {
    return file().codec() == Codec.NONE && lines.start() >= 0
        ? new InputScan.Mark(rowNumber() - 1, lines.start(), lines.number() - 1)
        : null;
  }

  @Override
  String failure() {
    return lines.failure() == null ? null : lines.failure().getMessage();
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }
}
