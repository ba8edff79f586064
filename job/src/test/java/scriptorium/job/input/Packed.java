package scriptorium.job.input;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import net.jpountz.lz4.LZ4FrameOutputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.io.compress.CompressionCodec;
import org.apache.hadoop.util.ReflectionUtils;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;
import org.xerial.snappy.SnappyFramedOutputStream;

/** Contents compressed by other writers than the readers that are tested, where there are any. */
enum Packed {
  GZIP(".gz"),
  BZIP2(".bz2"),
  ZSTD(".zst"),
  XZ(".xz"),
  LZ4_FRAME(".lz4"),
  LZ4_HADOOP(".lz4"),
  SNAPPY_FRAME(".snappy"),
  SNAPPY_HADOOP(".snappy"),
  DEFLATE(".deflate");

  private final String ending;

  Packed(String ending) {
    this.ending = ending;
  }

  String ending() {
    return ending;
  }

  /** Whether a second stream may stand behind the first. */
  boolean concatenates() {
    return this != DEFLATE;
  }

  byte[] pack(byte[] content) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = open(bytes)) {
      out.write(content);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private OutputStream open(OutputStream out) throws IOException {
    return switch (this) {
      case GZIP -> new GZIPOutputStream(out);
      case BZIP2 -> new BZip2CompressorOutputStream(out, 1);
      case ZSTD -> new ZstdOutputStream(out).setChecksum(true);
      case XZ -> new XZOutputStream(out, new LZMA2Options(0));
      case LZ4_FRAME -> new LZ4FrameOutputStream(out);
      case LZ4_HADOOP -> hadoop("Lz4Codec", out);
      case SNAPPY_FRAME -> new SnappyFramedOutputStream(out);
      case SNAPPY_HADOOP -> hadoop("SnappyCodec", out);
      case DEFLATE -> new DeflaterOutputStream(out);
    };
  }

  private static OutputStream hadoop(String codec, OutputStream out) throws IOException {
    try {
      Class<?> type = Class.forName("org.apache.hadoop.io.compress." + codec);
      return ((CompressionCodec) ReflectionUtils.newInstance(type, new Configuration()))
          .createOutputStream(out);
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }
}
