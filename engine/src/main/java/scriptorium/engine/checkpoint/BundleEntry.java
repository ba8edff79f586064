package scriptorium.engine.checkpoint;

import java.nio.file.Path;
import java.util.Arrays;

/**
 * TensorFlow's {@code BundleEntryProto}: where the bytes of a variable lie.
 *
 * @param type TensorFlow's number of the element type
 * @param checksum masked CRC-32C of the bytes
 */
record BundleEntry(
    String name, int type, long[] shape, int shard, long offset, long size, int checksum) {
  private static final int MAX_DIMENSIONS = 8;

  static BundleEntry parse(Path index, String name, ProtoReader proto) {
    int type = 0;
    long[] shape = new long[0];
    long shard = 0;
    long offset = 0;
    long size = 0;
    int checksum = 0;
    while (proto.hasMore()) {
      switch (proto.field()) {
        case 1 -> type = (int) proto.varint();
        case 2 -> shape = shape(index, name, proto.message());
        case 3 -> shard = proto.varint();
        case 4 -> offset = proto.varint();
        case 5 -> size = proto.varint();
        case 6 -> checksum = proto.fixed32();
        default -> proto.skip();
      }
    }
    if (shard < 0 || shard > 1 << 16 || offset < 0 || size < 0 || offset > Long.MAX_VALUE - size) {
      throw new CheckpointException(
          index + ": the place of " + name + " is no valid one: fetch it again");
    }
    return new BundleEntry(name, type, shape, (int) shard, offset, size, checksum);
  }

  private static long[] shape(Path index, String name, ProtoReader proto) {
    long[] shape = new long[MAX_DIMENSIONS];
    int count = 0;
    while (proto.hasMore()) {
      if (proto.field() == 2 && count < MAX_DIMENSIONS) {
        ProtoReader dimension = proto.message();
        long size = 0;
        while (dimension.hasMore()) {
          if (dimension.field() == 1) {
            size = dimension.varint();
          } else {
            dimension.skip();
          }
        }
        shape[count] = size;
        count++;
      } else {
        proto.skip();
      }
    }
    if (count == MAX_DIMENSIONS) {
      throw new CheckpointException(
          index + ": " + name + " has too many dimensions: fetch it again");
    }
    return Arrays.copyOf(shape, count);
  }

  long end() {
    return offset + size;
  }
}
