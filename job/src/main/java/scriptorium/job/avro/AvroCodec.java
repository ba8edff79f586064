package scriptorium.job.avro;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.CRC32;
import org.apache.avro.file.DataFileConstants;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.apache.commons.compress.compressors.deflate.DeflateCompressorInputStream;
import org.apache.commons.compress.compressors.deflate.DeflateParameters;
import org.tukaani.xz.XZInputStream;
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

  /** The largest dictionary of xz takes less. */
  private static final int XZ_MEMORY_KIB = 100 << 10;

  /** Deflate without the head of zlib. */
  private static final DeflateParameters RAW = new DeflateParameters();

  static {
    RAW.setWithZlibHeader(false);
  }

  private AvroCodec() {}

  static boolean isKnown(String name) {
    return NAMES.contains(name);
  }

  /**
   * A block's bytes, unpacked.
   *
   * @throws IOException if they are damaged, or unpack to more than a share of the heap
   */
  static byte[] unpack(String name, byte[] block) throws IOException {
    return unpack(
        name,
        block,
        (int) Math.min(Integer.MAX_VALUE - 16, Runtime.getRuntime().maxMemory() / HEAP_SHARE));
  }

  /** The same with a limit of bytes. */
  static byte[] unpack(String name, byte[] block, int most) throws IOException {
    if (name.equals(DataFileConstants.NULL_CODEC)) {
      return block;
    }
    if (name.equals(DataFileConstants.SNAPPY_CODEC)) {
      return snappy(block, most);
    }
    try (InputStream stream = stream(name, new ByteArrayInputStream(block))) {
      byte[] bytes = stream.readNBytes(most);
      if (stream.read() >= 0) {
        throw new IOException("a block unpacks to more than " + most + " bytes");
      }
      return bytes;
    }
  }

  private static InputStream stream(String name, InputStream block) throws IOException {
    return switch (name) {
      case DataFileConstants.DEFLATE_CODEC -> new DeflateCompressorInputStream(block, RAW);
      case DataFileConstants.BZIP2_CODEC -> new BZip2CompressorInputStream(block);
      case DataFileConstants.XZ_CODEC -> new XZInputStream(block, XZ_MEMORY_KIB);
      default -> new ZstdInputStreamNoFinalizer(block);
    };
  }

  /** Snappy data, then a checksum of what it unpacks to. */
  private static byte[] snappy(byte[] block, int most) throws IOException {
    int size = block.length - CHECKSUM;
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
