package scriptorium.job.store;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.hadoop.fs.UnsupportedFileSystemException;

/**
 * What a file system does at once, so that a crash at any instant leaves the old or the new: a file
 * created with its content, a file replaced, a folder listed without a look at each file.
 * Thread-safe.
 */
abstract sealed class AtomicFiles {
  /** The best that a file system offers. */
  static AtomicFiles of(FileSystem fileSystem, Configuration conf) {
    return fileSystem instanceof RawLocalFileSystem local
        ? new Local(local)
        : new Remote(fileSystem, conf);
  }

  /** Creates a file with its content; throws an {@link IOException} if it exists already. */
  abstract void create(Path file, byte[] content) throws IOException;

  /** Renames a file in the place of another, if there is one. */
  abstract void replace(Path from, Path to) throws IOException;

  /** Names of what lies directly in a folder, in any order. */
  abstract void list(Path folder, Consumer<String> names) throws IOException;

  /** The local disk, by POSIX: rename(2) replaces, link(2) creates whole or not at all. */
  private static final class Local extends AtomicFiles {
    private final RawLocalFileSystem fileSystem;

    Local(RawLocalFileSystem fileSystem) {
      this.fileSystem = fileSystem;
    }

    private java.nio.file.Path local(Path path) {
      return fileSystem.pathToFile(path).toPath();
    }

    @Override
    void create(Path file, byte[] content) throws IOException {
      java.nio.file.Path target = local(file);
      Files.createDirectories(target.getParent());
      java.nio.file.Path whole =
          target.resolveSibling(target.getFileName() + "." + UUID.randomUUID());
      try {
        Files.write(whole, content, StandardOpenOption.CREATE_NEW);
        try {
          Files.createLink(target, whole);
        } catch (FileAlreadyExistsException e) {
          throw e;
        } catch (UnsupportedOperationException | IOException e) { // a file system without links
          Files.write(target, content, StandardOpenOption.CREATE_NEW);
        }
      } finally {
        Files.deleteIfExists(whole);
      }
    }

    @Override
    void replace(Path from, Path to) throws IOException {
      java.nio.file.Path target = local(to);
      Files.createDirectories(target.getParent());
      try {
        Files.move(local(from), target, StandardCopyOption.ATOMIC_MOVE);
      } catch (AtomicMoveNotSupportedException e) {
        Files.move(local(from), target, StandardCopyOption.REPLACE_EXISTING);
      }
    }

    @Override
    void list(Path folder, Consumer<String> names) throws IOException {
      try (DirectoryStream<java.nio.file.Path> files = Files.newDirectoryStream(local(folder))) {
        files.forEach(file -> names.accept(file.getFileName().toString()));
      } catch (NoSuchFileException e) {
        throw new FileNotFoundException(folder.toString());
      }
    }
  }

  /** HDFS and others, by Hadoop's rename with replacement, else by delete and rename. */
  private static final class Remote extends AtomicFiles {
    private final FileSystem fileSystem;
    private final Configuration conf;
    private FileContext context;
    private boolean replaces = true;

    Remote(FileSystem fileSystem, Configuration conf) {
      this.fileSystem = fileSystem;
      this.conf = conf;
    }

    @Override
    void create(Path file, byte[] content) throws IOException {
      try (OutputStream out = fileSystem.create(file, false)) {
        out.write(content);
      }
    }

    @Override
    void replace(Path from, Path to) throws IOException {
      fileSystem.mkdirs(to.getParent());
      FileContext found = context();
      if (found != null) {
        found.rename(from, to, Options.Rename.OVERWRITE);
        return;
      }
      if (fileSystem.rename(from, to)) {
        return;
      }
      if (!fileSystem.exists(from)) {
        throw new FileNotFoundException(from + " was swept away");
      }
      fileSystem.delete(to, false);
      if (!fileSystem.rename(from, to)) {
        throw new IOException("renaming into place was refused");
      }
    }

    private synchronized FileContext context() throws IOException {
      if (context == null && replaces) {
        try {
          context = FileContext.getFileContext(fileSystem.getUri(), conf);
        } catch (UnsupportedFileSystemException e) {
          replaces = false;
        }
      }
      return context;
    }

    @Override
    void list(Path folder, Consumer<String> names) throws IOException {
      RemoteIterator<FileStatus> files = fileSystem.listStatusIterator(folder);
      while (files.hasNext()) {
        names.accept(files.next().getPath().getName());
      }
    }
  }
}
