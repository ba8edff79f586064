package scriptorium.job.avro;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.CRC32;
import org.apache.avro.file.BZip2Codec;
import org.apache.avro.file.Codec;
import org.apache.avro.file.DataFileConstants;
import org.apache.avro.file.DeflateCodec;
import org.apache.avro.file.XZCodec;
import org.apache.avro.file.ZstandardCodec;
import org.xerial.snappy.Snappy;

/** The codecs of Avro by their names. Stateless. */
final class AvroCodec {
  static final List<String> NAMES =
      List.of(
          DataFileConstants.NULL_CODEC,
          DataFileConstants.DEFLATE_CODEC,
          DataFileConstants.SNAPPY_CODEC,
          DataFileConstants.BZIP2_CODEC,
          DataFileConstants.XZ_CODEC,
          DataFileConstants.ZSTANDARD_CODEC);

  /** A block that unpacks to more than this share of the heap is refused as damaged. */
  private static final int HEAP_SHARE = 4;

  private static final int CHECKSUM = Integer.BYTES;

  private AvroCodec() {}

  static boolean isKnown(String name) {
    return NAMES.contains(name);
  }

  /**
   * A block's bytes, unpacked.
   *
   * @throws IOException if they are damaged
   */
  static byte[] unpack(String name, byte[] block) throws IOException {
    if (name.equals(DataFileConstants.NULL_CODEC)) {
      return block;
    }
    if (name.equals(DataFileConstants.SNAPPY_CODEC)) {
      return snappy(block);
    }
    ByteBuffer unpacked = codec(name).decompress(ByteBuffer.wrap(block));
    byte[] bytes = new byte[unpacked.remaining()];
    unpacked.get(bytes);
    return bytes;
  }

  private static Codec codec(String name) {
    return switch (name) {
      case DataFileConstants.DEFLATE_CODEC -> new DeflateCodec(1);
      case DataFileConstants.BZIP2_CODEC -> new BZip2Codec();
      case DataFileConstants.XZ_CODEC -> new XZCodec(1);
      default -> new ZstandardCodec(1, false, false);
    };
  }

  /** Snappy data, then a checksum of what it unpacks to. */
  private static byte[] snappy(byte[] block) throws IOException {
    int size = block.length - CHECKSUM;
    long most = Runtime.getRuntime().maxMemory() / HEAP_SHARE;
    if (size < 0 || Integer.toUnsignedLong(Snappy.uncompressedLength(block, 0, size)) > most) {
      throw new IOException("a block has a size that it cannot have");
    }
    byte[] bytes = new byte[Snappy.uncompressedLength(block, 0, size)];
    Snappy.uncompress(block, 0, size, bytes, 0);
    CRC32 checksum = new CRC32();
    checksum.update(bytes);
    if ((int) checksum.getValue() != ByteBuffer.wrap(block, size, CHECKSUM).getInt()) {
      throw new IOException("a block whose checksum is another");
    }
    return bytes;
  }
}
