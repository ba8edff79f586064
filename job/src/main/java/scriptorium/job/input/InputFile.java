package scriptorium.job.input;

import java.io.FileNotFoundException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.net.URI;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import scriptorium.job.base.DataSetFiles;
import scriptorium.job.base.OutputException;
import scriptorium.job.base.UserPath;
import scriptorium.job.row.InputColumns;
import scriptorium.job.row.InputRow;

/**
 * A file of texts on any Hadoop file system.
 *
 * @param path where it lies, local or a URI
 * @param format JSON lines, text lines or Parquet
 * @param compressed whether it is a gzip
 */
public record InputFile(String path, Format format, boolean compressed) implements Serializable {
  /** How a file holds rows. */
  public enum Format {
    /** An object a line. */
    JSONL,
    /** A text a line. */
    TEXT,
    /** Parquet, of any compression that is read. */
    PARQUET
  }

  /**
   * The files of some paths or patterns, in their order; those of a folder, at any depth, in the
   * order of their names. In folders, files and folders that begin with "." or "_" are left out,
   * and so is what has no known ending, a data set's manifest.json, and the output.
   *
   * @param out the output folder, which may lie in an input folder
   * @throws OutputException where a path does not exist or has no files
   */
  public static List<InputFile> list(List<String> paths, String out, Configuration conf) {
    List<InputFile> files = new ArrayList<>();
    for (String path : paths) {
      try {
        int before = files.size();
        Path place = UserPath.of(path);
        FileSystem fileSystem = fileSystem(place, conf);
        Path output = UserPath.of(out).getFileSystem(conf).makeQualified(UserPath.of(out));
        for (FileStatus status : statuses(fileSystem, place)) {
          if (status.isFile()) {
            files.add(of(path(status), true));
          } else {
            addFolder(fileSystem, status.getPath(), output, files);
          }
        }
        if (files.size() == before) {
          throw new OutputException(
              "Input "
                  + path
                  + " has no files that end in .jsonl, .json, .txt (.gz) or .parquet: give a folder with texts");
        }
      } catch (FileNotFoundException e) {
        throw new OutputException(
            "Input " + path + " does not exist: give a file or folder of texts", e);
      } catch (IOException | IllegalArgumentException e) {
        throw cannotBeRead(path, e);
      }
    }
    return files;
  }

  /** What lies at a path, or matches it as a pattern. */
  private static FileStatus[] statuses(FileSystem fileSystem, Path path) throws IOException {
    if (fileSystem.exists(path)) {
      return new FileStatus[] {fileSystem.getFileStatus(path)};
    }
    FileStatus[] matches = fileSystem.globStatus(path);
    if (matches == null || matches.length == 0) {
      throw new FileNotFoundException(path.toString());
    }
    return matches;
  }

  private static void addFolder(FileSystem fileSystem, Path folder, Path out, List<InputFile> files)
      throws IOException {
    List<FileStatus> entries = new ArrayList<>(List.of(fileSystem.listStatus(folder)));
    entries.sort(Comparator.comparing(entry -> entry.getPath().getName()));
    for (FileStatus entry : entries) {
      String name = entry.getPath().getName();
      if (name.startsWith(".")
          || name.startsWith("_")
          || name.equals(DataSetFiles.MANIFEST)
          || entry.getPath().equals(out)) {
        continue;
      }
      if (entry.isDirectory()) {
        addFolder(fileSystem, entry.getPath(), out, files);
      } else {
        InputFile file = of(path(entry), false);
        if (file != null) {
          files.add(file);
        }
      }
    }
  }

  private static String path(FileStatus status) {
    URI uri = status.getPath().toUri();
    return "file".equals(uri.getScheme()) ? uri.getPath() : status.getPath().toString();
  }

  /** By the name's ending; one that is not known means text lines where {@code named}. */
  private static InputFile of(String path, boolean named) {
    String name = path.toLowerCase(Locale.ROOT);
    boolean compressed = name.endsWith(".gz");
    String plain = compressed ? name.substring(0, name.length() - 3) : name;
    if (plain.endsWith(".jsonl") || plain.endsWith(".json") || plain.endsWith(".ndjson")) {
      return new InputFile(path, Format.JSONL, compressed);
    }
    if (plain.endsWith(".parquet") && !compressed) {
      return new InputFile(path, Format.PARQUET, false);
    }
    return named || plain.endsWith(".txt") ? new InputFile(path, Format.TEXT, compressed) : null;
  }

  private static FileSystem fileSystem(Path path, Configuration conf) throws IOException {
    FileSystem found = path.getFileSystem(conf);
    return found instanceof LocalFileSystem local ? local.getRawFileSystem() : found;
  }

  /**
   * The first rows.
   *
   * @throws OutputException where the file cannot be opened
   */
  public List<InputRow> head(int rows, InputColumns columns, Configuration conf) {
    List<InputRow> head = new ArrayList<>();
    try (InputReader reader = InputReader.open(this, columns, InputScan.BEGIN, conf)) {
      for (InputRow row = reader.next(); row != null && head.size() < rows; row = reader.next()) {
        head.add(row);
      }
    } catch (IOException e) {
      throw cannotBeRead(e);
    }
    return head;
  }

  /** The bytes as they are stored. */
  InputStream raw(Configuration conf) throws IOException {
    return fileSystem(new Path(path), conf).open(new Path(path));
  }

  /** The content from a byte on; only a file that is not compressed can be entered further on. */
  InputStream content(long from, Configuration conf) throws IOException {
    FSDataInputStream in = fileSystem(new Path(path), conf).open(new Path(path));
    in.seek(from);
    return compressed ? new GZIPInputStream(new Watched(in), 1 << 16) : new Watched(in);
  }

  /**
   * Tells what the file system fails at from damage of a gzip: that becomes an error row, the
   * former must not, as it is gone at the next attempt.
   */
  private final class Watched extends FilterInputStream {
    Watched(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      try {
        return super.read();
      } catch (IOException e) {
        throw cannotBeRead(e);
      }
    }

    @Override
    public int read(byte[] bytes, int start, int length) throws IOException {
      try {
        return super.read(bytes, start, length);
      } catch (IOException e) {
        throw cannotBeRead(e);
      }
    }
  }

  /** What is told where the file system does not give the file. */
  OutputException cannotBeRead(IOException e) {
    return cannotBeRead(path, e);
  }

  private static OutputException cannotBeRead(String path, Exception e) {
    return new OutputException("Input " + path + " cannot be read: " + e.getMessage(), e);
  }
}
