package scriptorium.engine.checkpoint;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Reads the numbers and texts of a GGUF file one after the other; whatever reaches over its end is
 * refused before it is read. Not thread-safe.
 */
final class GgufCursor {
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Path file;
  private final MemorySegment memory;
  private long at;

  GgufCursor(Path file, MemorySegment memory) {
    this(file, memory, 0);
  }

  private GgufCursor(Path file, MemorySegment memory, long at) {
    this.file = file;
    this.memory = memory;
    this.at = at;
  }

  /** Another cursor of the same file, at a place that this one has passed. */
  GgufCursor at(long position) {
    return new GgufCursor(file, memory, position);
  }

  long position() {
    return at;
  }

  int int32() {
    return memory.get(INT, take(4));
  }

  long int64() {
    return memory.get(LONG, take(8));
  }

  byte int8() {
    return memory.get(ValueLayout.JAVA_BYTE, take(1));
  }

  /** A count of things that take {@code bytes} each at least, so that no small file has many. */
  int count(String what, long bytes) {
    long count = int64();
    if (count < 0 || count > Integer.MAX_VALUE || count > (memory.byteSize() - at) / bytes) {
      throw new CheckpointException(
          file
              + ": "
              + count
              + " "
              + what
              + " do not fit into its "
              + memory.byteSize()
              + " bytes: it is cut short or damaged, fetch it again");
    }
    return (int) count;
  }

  /** A text of {@code limit} bytes at most. */
  String text(int limit) {
    int length = count("bytes of text", 1);
    if (length > limit) {
      throw new CheckpointException(
          file + ": a text of " + length + " bytes: no GPT-2's is so long, fetch it again");
    }
    return string(length);
  }

  /** A text of {@code limit} bytes at most; null for a longer one, which is passed over. */
  String textUpTo(int limit) {
    int length = count("bytes of text", 1);
    if (length <= limit) {
      return string(length);
    }
    skip(length);
    return null;
  }

  private String string(int length) {
    byte[] bytes = memory.asSlice(take(length), length).toArray(ValueLayout.JAVA_BYTE);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  void skipText() {
    skip(count("bytes of text", 1));
  }

  void skip(long bytes) {
    take(bytes);
  }

  private long take(long bytes) {
    if (bytes < 0 || bytes > memory.byteSize() - at) {
      throw new CheckpointException(
          file
              + " is cut short: it has "
              + memory.byteSize()
              + " bytes where more belong; fetch it again");
    }
    long start = at;
    at += bytes;
    return start;
  }
}
