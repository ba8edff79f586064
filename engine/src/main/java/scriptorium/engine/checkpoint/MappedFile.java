package scriptorium.engine.checkpoint;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Maps files read only, with one-line errors. */
final class MappedFile {
  private MappedFile() {}

  static MemorySegment map(Path file, Arena arena) {
    if (!Files.isRegularFile(file)) {
      throw new CheckpointException(file + " is missing: fetch the checkpoint again");
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
    } catch (IOException e) {
      throw new CheckpointException(file + " cannot be read: " + e.getMessage(), e);
    }
  }
}
