package scriptorium.job.avro;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.avro.Schema;
import org.apache.avro.file.CodecFactory;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericDatumWriter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Blocks are unpacked to what they were, and no further than the limit. */
class AvroCodecTest {
  private static final String TEXT = "0".repeat(2000);

  @ParameterizedTest
  @ValueSource(strings = {"deflate", "snappy", "bzip2", "xz", "zstandard"})
  void aBlockThatUnpacksToMoreThanTheLimitIsRefused(String codec) throws Exception {
    Schema schema = new Schema.Parser().parse("\"string\"");
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    long begin;
    try (DataFileWriter<Object> writer = new DataFileWriter<>(new GenericDatumWriter<>(schema))) {
      writer.setCodec(CodecFactory.fromString(codec));
      writer.create(schema, file);
      writer.flush();
      begin = file.size();
      writer.append(TEXT);
    }
    AvroBytes bytes =
        new AvroBytes(
            new ByteArrayInputStream(file.toByteArray(), (int) begin, file.size() - (int) begin),
            begin);
    bytes.whole(); // rows
    byte[] block = bytes.exactly(bytes.whole());
    byte[] data = new byte[TEXT.length() + 2]; // behind its length
    data[0] = (byte) 0xA0;
    data[1] = 0x1F;
    System.arraycopy(TEXT.getBytes(StandardCharsets.US_ASCII), 0, data, 2, 2000);
    assertArrayEquals(data, AvroCodec.unpack(codec, block, data.length));
    assertThrows(IOException.class, () -> AvroCodec.unpack(codec, block, data.length - 1));
  }
}
