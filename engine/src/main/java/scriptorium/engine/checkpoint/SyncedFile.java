package scriptorium.engine.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A new file that is written from its start and synced. Not thread-safe. */
final class SyncedFile implements AutoCloseable {
  private final FileChannel channel;

  SyncedFile(Path file) throws IOException {
    channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }

  static void write(Path path, byte[] content) throws IOException {
    try (SyncedFile file = new SyncedFile(path)) {
      file.write(ByteBuffer.wrap(content));
      file.sync();
    }
  }

  void write(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  void sync() throws IOException {
    channel.force(true);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
