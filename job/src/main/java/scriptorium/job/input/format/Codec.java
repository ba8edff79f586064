package scriptorium.job.input.format;

import com.github.luben.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.apache.commons.compress.compressors.lz4.FramedLZ4CompressorInputStream;
import org.apache.commons.compress.compressors.snappy.FramedSnappyCompressorInputStream;
import org.tukaani.xz.XZInputStream;

/**
 * How the bytes of a file are compressed. Several streams one behind the other are read as one, and
 * what is no stream behind them is damage, which Java's own gzip passes over. The libraries are
 * those that Spark has on its class path.
 */
public enum Codec {
  /** As they are. */
  NONE("", ""),
  GZIP("gzip", "1f8b", ".gz", ".gzip"),
  BZIP2("bzip2", "425a68", ".bz2"),
  ZSTD("zstd", "28b52ffd", ".zst", ".zstd"),
  XZ("xz", "fd377a585a00", ".xz"),
  /** Frames, or the blocks of Hadoop's codec, which have no magic number. */
  LZ4("lz4", "04224d18", ".lz4"),
  /** As for lz4. */
  SNAPPY("snappy", "ff060000734e61507059", ".snappy", ".sz"),
  /** Zlib, which Hadoop calls so. */
  DEFLATE("deflate", "", ".deflate");

  /** An xz file says how much memory its dictionary takes; this share of the heap is given. */
  private static final int HEAP_SHARE = 4;

  private static final int BUFFER = 1 << 16;

  private final String word;
  private final byte[] magic;
  private final List<String> endings;

  Codec(String word, String magic, String... endings) {
    this.word = word;
    this.magic = HexFormat.of().parseHex(magic);
    this.endings = List.of(endings);
  }

  /** What messages call it. */
  public String word() {
    return word;
  }

  /** The endings of names, each with its dot. */
  public List<String> endings() {
    return endings;
  }

  /** The codec that the ending of a name in lower case tells. */
  public static Codec ofName(String name) {
    return Arrays.stream(values())
        .filter(codec -> codec.endings.stream().anyMatch(name::endsWith))
        .findFirst()
        .orElse(NONE);
  }

  /** A name without the ending of its codec. */
  public static String withoutEnding(String name) {
    return ofName(name).endings.stream()
        .filter(name::endsWith)
        .findFirst()
        .map(ending -> name.substring(0, name.length() - ending.length()))
        .orElse(name);
  }

  /** The codec whose magic number the first bytes of a file are. */
  public static Optional<Codec> ofContent(byte[] head) {
    return Arrays.stream(values())
        .filter(codec -> codec.magic.length > 0 && codec.begins(head))
        .findFirst();
  }

  private boolean begins(byte[] head) {
    return head.length >= magic.length
        && Arrays.equals(head, 0, magic.length, magic, 0, magic.length)
        && (this != BZIP2 || isBzip2(head));
  }

  /** A text may begin with the letters BZh. */
  private static boolean isBzip2(byte[] head) {
    if (head.length < 10) {
      return false;
    }
    String behind = HexFormat.of().formatHex(head, 4, 10);
    return behind.equals("314159265359") || behind.equals("177245385090");
  }

  /** Whether every file of it begins with its magic number. */
  public boolean needsMagic() {
    return this == GZIP || this == BZIP2 || this == ZSTD || this == XZ;
  }

  /**
   * The content of a file.
   *
   * @param packed its bytes; closed with the content
   * @throws IOException if they do not begin as they must
   */
  public InputStream open(InputStream packed) throws IOException {
    if (this == NONE) {
      return packed;
    }
    try {
      return new UnpackedStream(unpack(packed), word);
    } catch (IOException | RuntimeException e) {
      packed.close();
      throw UnpackedStream.damage(e, word);
    }
  }

  private InputStream unpack(InputStream packed) throws IOException {
    return switch (this) {
      case NONE -> packed;
      case GZIP ->
          GzipCompressorInputStream.builder()
              .setInputStream(new BufferedInputStream(packed, BUFFER))
              .setDecompressConcatenated(true)
              .get();
      case BZIP2 -> new BZip2CompressorInputStream(new BufferedInputStream(packed, BUFFER), true);
      case ZSTD -> new ZstdInputStream(packed);
      case XZ ->
          new XZInputStream(
              new BufferedInputStream(packed, BUFFER),
              (int) Math.min(1 << 20, Runtime.getRuntime().maxMemory() / HEAP_SHARE >> 10));
      case LZ4, SNAPPY -> framesOrBlocks(packed);
      case DEFLATE -> new DeflateStream(packed);
    };
  }

  private InputStream framesOrBlocks(InputStream packed) throws IOException {
    PushbackInputStream in =
        new PushbackInputStream(new BufferedInputStream(packed, BUFFER), magic.length);
    byte[] head = in.readNBytes(magic.length);
    in.unread(head);
    if (!begins(head)) {
      return new HadoopBlockStream(in, this == LZ4);
    }
    return this == LZ4
        ? new FramedLZ4CompressorInputStream(in, true)
        : new FramedSnappyCompressorInputStream(in);
  }
}
