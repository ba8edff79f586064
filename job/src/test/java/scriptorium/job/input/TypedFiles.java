package scriptorium.job.input;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.file.CodecFactory;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hive.ql.exec.vector.BytesColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.LongColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.VectorizedRowBatch;
import org.apache.orc.CompressionKind;
import org.apache.orc.OrcFile;
import org.apache.orc.TypeDescription;
import org.apache.orc.Writer;

/** ORC and Avro files with the columns text, "text 0" and so on, and n, the row's number. */
final class TypedFiles {
  private TypedFiles() {}

  static List<String> texts(int rows) {
    return IntStream.range(0, rows).mapToObj(TypedFiles::text).toList();
  }

  private static String text(int row) {
    return "text " + row;
  }

  /**
   * An ORC file.
   *
   * @param stripe bytes of a stripe, about
   */
  static Path orc(Path file, String codec, int rows, long stripe) throws IOException {
    TypeDescription type = TypeDescription.fromString("struct<text:string,n:bigint>");
    VectorizedRowBatch batch = type.createRowBatch(10);
    Configuration conf = new Configuration();
    conf.setInt("orc.stripe.row.count", (int) Math.max(1, stripe / 100));
    try (Writer writer =
        OrcFile.createWriter(
            new org.apache.hadoop.fs.Path(file.toUri()),
            OrcFile.writerOptions(conf)
                .setSchema(type)
                .stripeSize(stripe)
                .overwrite(true)
                .compress(CompressionKind.valueOf(codec)))) {
      for (int row = 0; row < rows; row++) {
        ((BytesColumnVector) batch.cols[0]).setVal(batch.size, text(row).getBytes(UTF_8));
        ((LongColumnVector) batch.cols[1]).vector[batch.size++] = row;
        if (batch.size == 10 || row == rows - 1) {
          writer.addRowBatch(batch);
          batch.reset();
        }
      }
    }
    return file;
  }

  /**
   * An Avro file.
   *
   * @param block bytes of a block, about
   */
  static Path avro(Path file, String codec, int rows, int block) throws IOException {
    Schema schema =
        SchemaBuilder.record("Row").fields().requiredString("text").requiredLong("n").endRecord();
    try (DataFileWriter<GenericRecord> writer =
        new DataFileWriter<>(new GenericDatumWriter<>(schema))) {
      writer.setCodec(CodecFactory.fromString(codec));
      writer.setSyncInterval(block);
      writer.create(schema, file.toFile());
      for (int row = 0; row < rows; row++) {
        GenericRecord record = new GenericData.Record(schema);
        record.put("text", text(row));
        record.put("n", (long) row);
        writer.append(record);
      }
    }
    return file;
  }
}
