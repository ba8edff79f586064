package scriptorium.job.input;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.apache.hadoop.conf.Configuration;
import scriptorium.job.row.InputColumns;
import scriptorium.job.row.InputRow;
import scriptorium.job.row.RowJson;

/** JSON lines, or lines that are texts. */
public final class LineInputReader extends InputReader {
  private final InputFile file;
  private final InputColumns columns;
  private final LineReader lines;
  private long row;
  private boolean told;

  LineInputReader(InputFile file, InputColumns columns, InputScan.Mark mark, Configuration conf)
      throws IOException {
    this.file = file;
    this.columns = columns;
    row = mark.row();
    lines = open(file, mark, conf);
  }

  private static LineReader open(InputFile file, InputScan.Mark mark, Configuration conf)
      throws IOException {
    try {
      return new LineReader(
          file.content(mark.offset(), conf), mark.offset(), mark.lines(), RowJson.BYTE_LIMIT);
    } catch (java.util.zip.ZipException | java.io.EOFException e) {
      return new LineReader(new BrokenStream(e), 0, 0, RowJson.BYTE_LIMIT); // no gzip at all
    }
  }

  @Override
  public InputRow next() {
    byte[] line = lines.next();
    if (line == null) {
      if (lines.failure() == null || told) {
        return null;
      }
      told = true;
      return InputColumns.error(
          file.path()
              + " is damaged after row "
              + row
              + " ("
              + lines.failure().getMessage()
              + "): the rest of it is lost");
    }
    row++;
    if (lines.tooLong()) {
      return bad("longer than " + RowJson.BYTE_LIMIT + " bytes");
    }
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(line)).toString();
    } catch (CharacterCodingException e) {
      return bad("no valid UTF-8");
    }
    if (file.format() == InputFile.Format.TEXT) {
      return columns.row(JsonNodeFactory.instance.objectNode().put(columns.text(), text));
    }
    try {
      JsonNode value = RowJson.MAPPER.readTree(text);
      return value instanceof ObjectNode object ? columns.row(object) : bad("no JSON object");
    } catch (JsonProcessingException | NumberFormatException e) { // 1e99999999999 is the latter
      return bad("no valid JSON");
    }
  }

  private InputRow bad(String what) {
    return InputColumns.error(file.path() + ", line " + lines.number() + ": " + what);
  }

  @Override
  public void skip(long rows) {
    for (long i = 0; i < rows; i++) {
      lines.next();
      row++;
    }
  }

  /** Lines of the file counted and marked, for {@link InputScan}. */
  LineReader lines() {
    return lines;
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }

  /** A stream that fails at once. */
  private static final class BrokenStream extends java.io.InputStream {
    private final IOException failure;

    BrokenStream(IOException failure) {
      this.failure = failure;
    }

    @Override
    public int read() throws IOException {
      throw failure;
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
      throw failure;
    }
  }
}
