package scriptorium.job.input.format;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;
import org.xerial.snappy.Snappy;

/**
 * The blocks of Hadoop's lz4 and snappy codecs, which Spark writes: the size of a block, then
 * chunks that make it up, each with its packed size. Sizes are held against what a chunk can be, so
 * that a damaged file takes no memory. Not thread-safe.
 */
final class HadoopBlockStream extends InputStream {
  /** Hadoop's chunks hold 256 KiB unless somebody set more. */
  private static final int MOST_CHUNK = 64 << 20;

  /** A byte of lz4 stands for 255 at most. */
  private static final int MOST_RATIO = 255;

  private final InputStream in;
  private final LZ4SafeDecompressor lz4;
  private byte[] chunk = {};
  private int at;
  private long blockLeft;

  /**
   * @param lz4 whether chunks are lz4, else snappy
   */
  HadoopBlockStream(InputStream in, boolean lz4) {
    this.in = in;
    this.lz4 = lz4 ? LZ4Factory.fastestJavaInstance().safeDecompressor() : null;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int from, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (at == chunk.length) {
      if (!nextChunk()) {
        return -1;
      }
    }
    int size = Math.min(length, chunk.length - at);
    System.arraycopy(chunk, at, bytes, from, size);
    at += size;
    return size;
  }

  private boolean nextChunk() throws IOException {
    while (blockLeft == 0) {
      byte[] size = in.readNBytes(Integer.BYTES);
      if (size.length == 0) {
        return false;
      }
      blockLeft = number(size);
    }
    int packedSize = number(in.readNBytes(Integer.BYTES));
    if (packedSize <= 0 || packedSize > MOST_CHUNK) {
      throw new IOException("a chunk has a size that it cannot have");
    }
    byte[] packed = in.readNBytes(packedSize);
    if (packed.length < packedSize) {
      throw new EOFException();
    }
    chunk = lz4 == null ? snappy(packed) : lz4(packed);
    at = 0;
    blockLeft -= chunk.length;
    if (blockLeft < 0 || chunk.length == 0) {
      throw new IOException("a chunk has a size that it cannot have");
    }
    return true;
  }

  private static byte[] snappy(byte[] packed) throws IOException {
    if (Snappy.uncompressedLength(packed) > MOST_CHUNK) {
      throw new IOException("a chunk has a size that it cannot have");
    }
    return Snappy.uncompress(packed);
  }

  private byte[] lz4(byte[] packed) {
    long most = Math.min(Math.min(blockLeft, MOST_CHUNK), (long) packed.length * MOST_RATIO + 64);
    return lz4.decompress(packed, (int) most);
  }

  private static int number(byte[] bytes) throws IOException {
    if (bytes.length < Integer.BYTES) {
      throw new EOFException();
    }
    int number = java.nio.ByteBuffer.wrap(bytes).getInt();
    if (number < 0) {
      throw new IOException("a block has a size that it cannot have");
    }
    return number;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
