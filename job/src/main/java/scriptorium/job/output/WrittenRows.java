package scriptorium.job.output;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import scriptorium.job.input.InputFile;
import scriptorium.job.input.InputReader;
import scriptorium.job.input.InputScan;
import scriptorium.job.input.format.Codec;
import scriptorium.job.input.format.InputFormat;
import scriptorium.job.input.text.LineReader;
import scriptorium.job.row.InputColumns;
import scriptorium.job.row.InputRow;
import scriptorium.job.row.JsonlRowWriter;
import scriptorium.job.row.RowJson;
import scriptorium.job.row.RowWriter;
import scriptorium.job.row.SampleRow;
import scriptorium.job.row.SampleSchema;
import scriptorium.job.store.OutputStore;

/**
 * Rows of a shard as text, in ascending order: a line as it is, a Parquet row as it reads in JSON.
 * Not thread-safe.
 */
public final class WrittenRows implements Closeable {
  private final LineReader lines;
  private final InputReader reader;
  private int next;

  private WrittenRows(LineReader lines, InputReader reader) {
    this.lines = lines;
    this.reader = reader;
  }

  /**
   * Opens a shard.
   *
   * @throws IOException if it does not exist
   */
  public static WrittenRows open(OutputStore store, String file) throws IOException {
    if (!file.endsWith(".parquet")) {
      return new WrittenRows(new LineReader(store.open(file), 0, 0, RowJson.BYTE_LIMIT), null);
    }
    if (!store.exists(file)) {
      throw new java.io.FileNotFoundException(store.describe(file));
    }
    InputFile input = new InputFile(store.uri(file).toString(), InputFormat.PARQUET, Codec.NONE);
    return new WrittenRows(
        null, InputReader.open(input, InputColumns.NONE, InputScan.BEGIN, store.configuration()));
  }

  /** The next row as an object, which is empty if it cannot be read; null at the end. */
  public ObjectNode next() {
    next++;
    if (lines != null) {
      String line = line();
      return line == null ? null : RowJson.columns(line);
    }
    InputRow row = reader.next();
    return row == null ? null : row.columns();
  }

  /** The row of an index, which must not be below the last call's; null past the end. */
  public String row(int index) {
    if (lines == null) {
      reader.skip(index - next);
      next = index;
    }
    for (; next < index; next++) {
      lines.next();
    }
    next++;
    if (lines != null) {
      return line();
    }
    InputRow row = reader.next();
    return row == null ? null : row.columns().toString();
  }

  private String line() {
    byte[] line = lines.next();
    try {
      return line == null
          ? null
          : StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(line)).toString();
    } catch (CharacterCodingException e) {
      return "not UTF-8: " + new String(line, StandardCharsets.UTF_8); // no row is equal to it
    }
  }

  /** What is written of a sample, as these rows read. */
  public static String of(SampleRow row, SampleSchema schema, boolean parquet) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (RowWriter writer = new JsonlRowWriter(bytes, schema.columns())) {
      writer.write(schema.values(row));
    } catch (IOException e) {
      throw new UncheckedIOException("Writing to memory cannot fail", e);
    }
    String line = bytes.toString(StandardCharsets.UTF_8).stripTrailing();
    try {
      return parquet ? new ObjectMapper().readTree(line).toString() : line;
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A written row is always valid JSON", e);
    }
  }

  @Override
  public void close() {
    try {
      if (lines != null) {
        lines.close();
      } else {
        reader.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Closing a file that was read failed", e);
    }
  }
}
