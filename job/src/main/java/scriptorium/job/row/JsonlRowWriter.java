package scriptorium.job.row;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import scriptorium.job.base.Texts;

/** JSON lines: UTF-8, one object a line, numbers in Java's shortest form. */
public final class JsonlRowWriter implements RowWriter {
  private final JsonGenerator json;
  private final List<SampleSchema.Column> columns;

  /** Writes rows of these columns to a stream, which is closed with the writer. */
  public JsonlRowWriter(OutputStream out, List<SampleSchema.Column> columns) throws IOException {
    json = new JsonFactory().createGenerator(out, JsonEncoding.UTF8);
    json.setRootValueSeparator(null);
    this.columns = columns;
  }

  @Override
  public void write(Object[] values) throws IOException {
    json.writeStartObject();
    for (int i = 0; i < values.length; i++) {
      json.writeFieldName(columns.get(i).name());
      value(json, values[i]);
    }
    json.writeEndObject();
    json.writeRaw('\n');
  }

  static void value(JsonGenerator json, Object value) throws IOException {
    switch (value) {
      case null -> json.writeNull();
      case Long number -> json.writeNumber(number);
      case Integer number -> json.writeNumber(number);
      case Double number -> json.writeNumber(number);
      case Boolean flag -> json.writeBoolean(flag);
      case String text -> json.writeString(Texts.wellFormed(text));
      case int[] numbers -> json.writeArray(numbers, 0, numbers.length);
      case double[] numbers -> json.writeArray(numbers, 0, numbers.length);
      case String[] texts -> {
        json.writeStartArray();
        for (String text : texts) {
          json.writeString(Texts.wellFormed(text));
        }
        json.writeEndArray();
      }
      default -> throw new IllegalArgumentException("No JSON for " + value.getClass());
    }
  }

  @Override
  public void close() throws IOException {
    json.close();
  }
}
