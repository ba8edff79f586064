package scriptorium.job.avro;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.NameValidator;
import org.apache.avro.Schema;
import org.apache.avro.file.DataFileConstants;

/**
 * What a container file begins with.
 *
 * @param schema of its rows
 * @param codec the name of what its blocks are compressed by
 * @param sync what stands behind every block
 * @param end where the first block begins
 */
public record AvroHeader(Schema schema, String codec, byte[] sync, long end) {
  /**
   * Reads a header.
   *
   * @throws IOException for another file
   */
  public static AvroHeader read(InputStream in) throws IOException {
    AvroBytes bytes = new AvroBytes(in, 0);
    if (!Arrays.equals(bytes.exactly(DataFileConstants.MAGIC.length), DataFileConstants.MAGIC)) {
      throw new IOException("no magic number of Avro");
    }
    Map<String, String> keys = new HashMap<>();
    for (long count = bytes.whole(); count != 0; count = bytes.whole()) {
      if (count < 0) {
        bytes.whole(); // the bytes of the entries
      }
      for (long i = Math.abs(count); i > 0; i--) {
        String key = text(bytes);
        keys.put(key, text(bytes));
      }
    }
    byte[] sync = bytes.exactly(DataFileConstants.SYNC_SIZE);
    String schema = keys.get(DataFileConstants.SCHEMA);
    if (schema == null) {
      throw new IOException("no schema");
    }
    try {
      return new AvroHeader(
          new Schema.Parser(NameValidator.NO_VALIDATION).setValidateDefaults(false).parse(schema),
          keys.getOrDefault(DataFileConstants.CODEC, DataFileConstants.NULL_CODEC),
          sync,
          bytes.offset());
    } catch (RuntimeException e) { // null pointers too, of a name that no schema has
      throw new IOException("no valid schema", e);
    }
  }

  private static String text(AvroBytes bytes) throws IOException {
    return new String(bytes.exactly(bytes.whole()), StandardCharsets.UTF_8);
  }

  /** Why rows cannot be read, and the remedy, as "Input x" goes on; null if they can be. */
  public String refused() {
    if (!AvroCodec.isKnown(codec)) {
      return "is compressed by "
          + codec
          + ", which is not read: write it with "
          + String.join(", ", AvroCodec.NAMES);
    }
    return schema.getType() == Schema.Type.RECORD
        ? null
        : "has rows of the type "
            + schema.getType().getName()
            + ", which have no columns: write records";
  }
}
