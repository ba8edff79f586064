package scriptorium.engine.checkpoint;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Writes a sorted table as TensorFlow's bundle writer does, byte for byte: prefix-compressed
 * entries, whole keys every 16, blocks of 256 KiB, separators that are as short as they can be. Not
 * thread-safe.
 */
final class SortedTableWriter {
  private static final int BLOCK_SIZE = 1 << 18;
  private static final int RESTART_INTERVAL = 16;
  private static final int FOOTER_HANDLES = 40;

  private final ByteArrayOutputStream table = new ByteArrayOutputStream();
  private final Block index = new Block(1);
  private Block block = new Block(RESTART_INTERVAL);
  private byte[] handle;

  /** A block as it grows. */
  private static final class Block {
    private final int interval;
    private final ByteArrayOutputStream entries = new ByteArrayOutputStream();
    private final List<Integer> restarts = new ArrayList<>(List.of(0));
    private byte[] last = {};
    private int sinceRestart;

    Block(int interval) {
      this.interval = interval;
    }

    void add(byte[] key, byte[] value) {
      int shared = 0;
      if (sinceRestart < interval) {
        int mismatch = Arrays.mismatch(last, key);
        shared = mismatch < 0 ? key.length : mismatch;
      } else {
        restarts.add(entries.size());
        sinceRestart = 0;
      }
      ProtoWriter.varint(entries, shared);
      ProtoWriter.varint(entries, key.length - shared);
      ProtoWriter.varint(entries, value.length);
      entries.write(key, shared, key.length - shared);
      entries.writeBytes(value);
      last = key;
      sinceRestart++;
    }

    int size() {
      return entries.size() + 4 * restarts.size() + 4;
    }

    byte[] bytes() {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      bytes.writeBytes(entries.toByteArray());
      for (int restart : restarts) {
        ProtoWriter.fixed32(bytes, restart);
      }
      ProtoWriter.fixed32(bytes, restarts.size());
      return bytes.toByteArray();
    }
  }

  /** Adds an entry, whose key is behind those before it. */
  void add(String name, byte[] value) {
    byte[] key = name.getBytes(StandardCharsets.UTF_8);
    if (handle != null) {
      index.add(separator(block.last, key), handle);
      handle = null;
      block = new Block(RESTART_INTERVAL);
    }
    block.add(key, value);
    if (block.size() >= BLOCK_SIZE) {
      handle = seal(block);
    }
  }

  /** The whole table. */
  byte[] finish() {
    if (handle == null) {
      handle = seal(block);
    }
    byte[] filters = seal(new Block(RESTART_INTERVAL)); // none
    index.add(successor(block.last), handle);
    ByteArrayOutputStream footer = new ByteArrayOutputStream();
    footer.writeBytes(filters);
    footer.writeBytes(seal(index));
    byte[] handles = Arrays.copyOf(footer.toByteArray(), FOOTER_HANDLES);
    table.writeBytes(handles);
    ProtoWriter.fixed32(table, (int) SortedTable.MAGIC);
    ProtoWriter.fixed32(table, (int) (SortedTable.MAGIC >>> 32));
    return table.toByteArray();
  }

  /** Appends a block with its checksum and returns where it lies. */
  private byte[] seal(Block sealed) {
    byte[] bytes = sealed.bytes();
    ByteArrayOutputStream place = new ByteArrayOutputStream();
    ProtoWriter.varint(place, table.size());
    ProtoWriter.varint(place, bytes.length);
    CRC32C checksum = new CRC32C();
    checksum.update(bytes);
    checksum.update(0); // no compression
    table.writeBytes(bytes);
    table.write(0);
    ProtoWriter.fixed32(table, SortedTable.masked((int) checksum.getValue()));
    return place.toByteArray();
  }

  /** The shortest key at or behind one and before another. */
  private static byte[] separator(byte[] from, byte[] to) {
    int at = Arrays.mismatch(from, to);
    if (at < from.length && at < to.length && (from[at] & 0xFF) + 1 < (to[at] & 0xFF)) {
      return raised(from, at);
    }
    return from;
  }

  /** The shortest key behind one. */
  private static byte[] successor(byte[] key) {
    for (int i = 0; i < key.length; i++) {
      if (key[i] != (byte) 0xFF) {
        return raised(key, i);
      }
    }
    return key;
  }

  private static byte[] raised(byte[] key, int at) {
    byte[] raised = Arrays.copyOf(key, at + 1);
    raised[at]++;
    return raised;
  }
}
