package scriptorium.engine.checkpoint;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.BiConsumer;
import java.util.zip.CRC32C;

/**
 * The sorted table of LevelDB, as TensorFlow writes its indexes: blocks of prefix-compressed
 * entries, each followed by a compression byte and a masked CRC-32C; an index block; a footer of 48
 * bytes. Blocks follow one another and keys ascend: a table takes the time and the memory of its
 * length, whatever its blocks and prefixes say. Not thread-safe.
 */
final class SortedTable {
  private static final int FOOTER = 48;
  private static final int TRAILER = 5;
  static final long MAGIC = 0xdb4775248b80fb57L;
  private static final int KEY_LIMIT = 256;
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Path file;
  private final MemorySegment table;
  private final BiConsumer<String, ProtoReader> reader;
  private long end;
  private byte[] last;

  private SortedTable(Path file, MemorySegment table, BiConsumer<String, ProtoReader> reader) {
    this.file = file;
    this.table = table;
    this.reader = reader;
  }

  /** Calls the reader with every key but the empty one, which holds the header, and its value. */
  static void read(Path file, MemorySegment table, BiConsumer<String, ProtoReader> reader) {
    new SortedTable(file, table, reader).read();
  }

  private void read() {
    long size = table.byteSize();
    if (size < FOOTER || table.get(LONG, size - 8) != MAGIC) {
      throw new CheckpointException(file + " is no TensorFlow index, or cut short: fetch it again");
    }
    ProtoReader footer = new ProtoReader(file, table.asSlice(size - FOOTER, FOOTER - 8));
    footer.varint();
    footer.varint();
    entries(
        block(footer.varint(), footer.varint()),
        (key, handle) -> dataBlock(handle.varint(), handle.varint()));
  }

  private void dataBlock(long offset, long length) {
    if (offset < end) {
      throw new CheckpointException(
          file + ": the block at " + offset + " is not behind the one before: fetch it again");
    }
    MemorySegment block = block(offset, length);
    end = offset + length + TRAILER;
    entries(
        block,
        (key, value) -> {
          if (last != null && Arrays.compareUnsigned(last, key) >= 0) {
            throw new CheckpointException(
                file + ": the keys of the block at " + offset + " are not sorted: fetch it again");
          }
          last = key;
          if (key.length > 0) {
            reader.accept(new String(key, StandardCharsets.UTF_8), value);
          }
        });
  }

  /** The checksum as stored: rotated and offset, so that checksums of checksums stay good. */
  static int masked(int checksum) {
    return Integer.rotateRight(checksum, 15) + 0xa282ead8;
  }

  private MemorySegment block(long offset, long length) {
    if (offset < 0
        || length < 4
        || offset > table.byteSize()
        || length > table.byteSize() - offset - TRAILER) {
      throw new CheckpointException(
          file
              + ": a block of "
              + length
              + " bytes at "
              + offset
              + " is not within it: fetch it again");
    }
    byte compression = table.get(ValueLayout.JAVA_BYTE, offset + length);
    CRC32C checksum = new CRC32C();
    checksum.update(table.asSlice(offset, length + 1).asByteBuffer());
    if (masked((int) checksum.getValue()) != table.get(INT, offset + length + 1)) {
      throw new CheckpointException(
          file + ": the checksum of the block at " + offset + " is wrong: fetch it again");
    }
    if (compression != 0) {
      throw new CheckpointException(
          file + " is compressed (" + compression + "): only plain indexes are read");
    }
    return table.asSlice(offset, length);
  }

  private void entries(MemorySegment block, BiConsumer<byte[], ProtoReader> entry) {
    long restarts = Integer.toUnsignedLong(block.get(INT, block.byteSize() - 4));
    long size = block.byteSize() - 4 - 4 * restarts;
    if (size < 0) {
      throw new CheckpointException(
          file + ": a block with " + restarts + " restarts is too short: fetch it again");
    }
    ProtoReader entries = new ProtoReader(file, block.asSlice(0, size));
    byte[] key = new byte[0];
    while (entries.hasMore()) {
      long shared = entries.varint();
      long unshared = entries.varint();
      long valueLength = entries.varint();
      if (shared < 0 || shared > key.length || unshared < 0 || unshared > KEY_LIMIT - shared) {
        throw new CheckpointException(
            file + " is damaged at byte " + entries.position() + " of a block: fetch it again");
      }
      byte[] rest = entries.slice(unshared).toArray(ValueLayout.JAVA_BYTE);
      byte[] next = Arrays.copyOf(key, (int) (shared + unshared));
      System.arraycopy(rest, 0, next, (int) shared, rest.length);
      key = next;
      entry.accept(key, new ProtoReader(file, entries.slice(valueLength)));
    }
  }
}
