package scriptorium.job.row;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.PositionOutputStream;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Types;
import scriptorium.job.base.Texts;
import scriptorium.job.parquet.ParquetFooter;
import scriptorium.job.parquet.StoredField;

/**
 * Parquet with zstd. Written by parquet-hadoop's own writer, which no memory manager resizes, so
 * that row groups and pages follow from the rows alone; {@link ParquetFooter} sees to the footer.
 */
public final class ParquetRowWriter implements RowWriter {
  /** What the tables are called in their files. */
  static final String NAME = "row";

  private static final long ROW_GROUP_BYTES = 64L << 20;

  private final MessageType type;
  private final CountingStream out;
  private final ParquetWriter<Group> writer;

  /** Writes rows of these columns to a stream, which is closed with the writer. */
  public ParquetRowWriter(OutputStream to, List<SampleSchema.Column> columns) throws IOException {
    this(to, type(columns));
  }

  /** Writes rows of a table to a stream, which is closed with the writer. */
  public ParquetRowWriter(OutputStream to, MessageType table) throws IOException {
    type = table;
    out = new CountingStream(to);
    Configuration conf = new Configuration(false);
    conf.setInt("parquet.compression.codec.zstd.level", 3);
    writer =
        ExampleParquetWriter.builder(new StreamFile(out))
            .withType(type)
            .withConf(conf)
            .withCompressionCodec(CompressionCodecName.ZSTD)
            .withWriterVersion(ParquetProperties.WriterVersion.PARQUET_1_0)
            .withRowGroupSize(ROW_GROUP_BYTES)
            .build();
  }

  static MessageType type(List<SampleSchema.Column> columns) {
    Types.MessageTypeBuilder message = Types.buildMessage();
    for (SampleSchema.Column column : columns) {
      message.addField(field(column));
    }
    return message.named(NAME);
  }

  static Type field(SampleSchema.Column column) {
    return switch (column.type()) {
      case "long" -> Types.optional(PrimitiveTypeName.INT64).named(column.name());
      case "int" -> Types.optional(PrimitiveTypeName.INT32).named(column.name());
      case "double" -> Types.optional(PrimitiveTypeName.DOUBLE).named(column.name());
      case "boolean" -> Types.optional(PrimitiveTypeName.BOOLEAN).named(column.name());
      case "string" ->
          Types.optional(PrimitiveTypeName.BINARY)
              .as(LogicalTypeAnnotation.stringType())
              .named(column.name());
      case "array of int" ->
          Types.optionalList().requiredElement(PrimitiveTypeName.INT32).named(column.name());
      case "array of long" ->
          Types.optionalList().requiredElement(PrimitiveTypeName.INT64).named(column.name());
      case "array of string" ->
          Types.optionalList()
              .requiredElement(PrimitiveTypeName.BINARY)
              .as(LogicalTypeAnnotation.stringType())
              .named(column.name());
      case "array of double" ->
          Types.optionalList().requiredElement(PrimitiveTypeName.DOUBLE).named(column.name());
      default -> throw new IllegalArgumentException("No Parquet type for " + column.type());
    };
  }

  @Override
  public void write(Object[] values) throws IOException {
    Group group = new SimpleGroup(type);
    for (int i = 0; i < values.length; i++) {
      add(group, i, values[i]);
    }
    writer.write(group);
  }

  private static void add(Group group, int field, Object value) {
    switch (value) {
      case null -> {}
      case StoredField stored -> stored.copyTo(group, field);
      case Long number -> group.add(field, number);
      case Integer number -> group.add(field, number);
      case Double number -> group.add(field, number);
      case Boolean flag -> group.add(field, flag);
      case String text -> group.add(field, Texts.wellFormed(text));
      case int[] numbers -> {
        Group list = group.addGroup(field);
        for (int number : numbers) {
          list.addGroup(0).add(0, number);
        }
      }
      case long[] numbers -> {
        Group list = group.addGroup(field);
        for (long number : numbers) {
          list.addGroup(0).add(0, number);
        }
      }
      case String[] texts -> {
        Group list = group.addGroup(field);
        for (String text : texts) {
          list.addGroup(0).add(0, Texts.wellFormed(text));
        }
      }
      case double[] numbers -> {
        Group list = group.addGroup(field);
        for (double number : numbers) {
          list.addGroup(0).add(0, number);
        }
      }
      default -> throw new IllegalArgumentException("No Parquet value for " + value.getClass());
    }
  }

  @Override
  public void close() throws IOException {
    out.holdBack();
    writer.close();
  }

  /** A file of which the stream is given. */
  private record StreamFile(CountingStream out) implements OutputFile {
    @Override
    public PositionOutputStream create(long blockSizeHint) {
      return out;
    }

    @Override
    public PositionOutputStream createOrOverwrite(long blockSizeHint) {
      return out;
    }

    @Override
    public boolean supportsBlockSize() {
      return false;
    }

    @Override
    public long defaultBlockSize() {
      return 0;
    }
  }

  private static final class CountingStream extends PositionOutputStream {
    private final OutputStream out;
    private ByteArrayOutputStream end;
    private long position;

    CountingStream(OutputStream out) {
      this.out = out;
    }

    /** Keeps what is written from now on, at most a row group and the footer. */
    void holdBack() {
      end = end == null ? new ByteArrayOutputStream() : end;
    }

    private OutputStream target() {
      return end == null ? out : end;
    }

    @Override
    public long getPos() {
      return position;
    }

    @Override
    public void write(int b) throws IOException {
      target().write(b);
      position++;
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      target().write(bytes, from, length);
      position += length;
    }

    @Override
    public void flush() throws IOException {
      out.flush();
    }

    @Override
    public void close() throws IOException {
      try (out) {
        if (end != null) {
          byte[] held = end.toByteArray();
          end = null;
          if (ParquetFooter.isWhole(held)) { // else what ended the writing is to be told
            ParquetFooter.write(held, out);
          }
        }
      }
    }
  }
}
