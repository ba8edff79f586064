package scriptorium.job.input;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.catalyst.catalog.ExternalCatalogUtils;
import scriptorium.job.base.DataSetFiles;
import scriptorium.job.base.InputException;
import scriptorium.job.base.UserPath;
import scriptorium.job.input.format.Codec;
import scriptorium.job.input.format.InputFormat;

/**
 * The files of some paths or patterns, in their order; those of a folder, at any depth, in the
 * order of their names. In folders, files and folders that begin with "." or "_" are Spark's and
 * the system's own; a data set's manifest and card, and the output, are no inputs either. What else
 * is left out, because neither name nor content tells its format, is counted. Immutable.
 *
 * @param leftOut how many files of the folders are left out
 * @param examples the first of these
 */
public record InputListing(List<InputFile> files, long leftOut, List<String> examples) {
  private static final int EXAMPLES = 3;

  /** Hive's word for null in the name of a folder. */
  private static final String NO_VALUE = "__HIVE_DEFAULT_PARTITION__";

  /** A file that was found; its format is checked later, with others. */
  private record Found(String path, boolean named, SequencedMap<String, String> partitions) {}

  /** What is gathered along the way. */
  private static final class Walk {
    private final InputFormat given;
    private final Path out;
    private final List<Found> found = new ArrayList<>();
    private final List<String> examples = new ArrayList<>();
    private long leftOut;

    Walk(InputFormat given, Path out) {
      this.given = given;
      this.out = out;
    }

    void leaveOut(String name) {
      leftOut++;
      if (examples.size() < EXAMPLES) {
        examples.add(name);
      }
    }
  }

  /**
   * Lists and checks files.
   *
   * @param out the output folder, which may lie in an input folder; null for none
   * @param given the format that the user names, null for none
   * @throws InputException where a path does not exist or has no files, or a file is not understood
   */
  public static InputListing of(
      List<String> paths, String out, InputFormat given, Configuration conf) {
    List<InputFile> files = new ArrayList<>();
    List<String> examples = new ArrayList<>();
    long leftOut = 0;
    for (String path : paths) {
      try {
        Path output = out == null ? null : UserPath.of(out);
        Walk walk =
            new Walk(
                given, output == null ? null : output.getFileSystem(conf).makeQualified(output));
        Path place = UserPath.of(path);
        FileSystem fileSystem = InputFile.fileSystem(place, conf);
        for (FileStatus status : statuses(fileSystem, place)) {
          TableFolders.refuseAround(fileSystem, status.getPath());
          if (status.isFile()) {
            walk.found.add(new Found(path(status), true, new LinkedHashMap<>()));
          } else {
            addFolder(fileSystem, status.getPath(), new LinkedHashMap<>(), walk);
          }
        }
        int before = files.size();
        check(walk, conf).forEach(files::add);
        if (files.size() == before) {
          throw none(path, walk);
        }
        leftOut += walk.leftOut;
        examples.addAll(walk.examples);
      } catch (FileNotFoundException e) {
        throw new InputException(
            "Input " + path + " does not exist: give a file or folder of texts", e);
      } catch (IOException | IllegalArgumentException e) {
        throw InputFile.cannotBeRead(path, e);
      }
    }
    return new InputListing(
        List.copyOf(files),
        leftOut,
        List.copyOf(examples.subList(0, Math.min(EXAMPLES, examples.size()))));
  }

  private static InputException none(String path, Walk walk) {
    String left =
        walk.leftOut == 0
            ? ""
            : " (" + walk.leftOut + " left out, such as " + String.join(", ", walk.examples) + ")";
    return new InputException(
        "Input "
            + path
            + " has no files of a known format"
            + left
            + ": give files that end in "
            + InputFormat.allEndings()
            + ", compressed or not, or --input-format");
  }

  /** What was left out, in one line for the user; nothing if all was taken. */
  public Optional<String> warning() {
    return leftOut == 0
        ? Optional.empty()
        : Optional.of(
            leftOut
                + (leftOut == 1 ? " file is" : " files are")
                + " left out of the input, such as "
                + String.join(", ", examples)
                + ": no known ending; --input-format reads such files too");
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

  private static void addFolder(
      FileSystem fileSystem, Path folder, SequencedMap<String, String> partitions, Walk walk)
      throws IOException {
    List<FileStatus> entries = new ArrayList<>(List.of(fileSystem.listStatus(folder)));
    entries.sort(Comparator.comparing(entry -> entry.getPath().getName()));
    TableFolders.refuse(fileSystem, folder, entries);
    boolean dataSet =
        entries.stream().anyMatch(entry -> entry.getPath().getName().equals(DataSetFiles.MANIFEST));
    for (FileStatus entry : entries) {
      String name = entry.getPath().getName();
      boolean hidden = name.startsWith(".") || name.startsWith("_");
      if (entry.getPath().equals(walk.out)
          || name.equals(DataSetFiles.MANIFEST)
          || dataSet && name.equals(DataSetFiles.CARD)) {
        continue;
      }
      if (hidden) {
        if (entry.isFile() && FormatCheck.hasKnownEnding(name)) {
          walk.leaveOut(name);
        }
      } else if (entry.isDirectory()) {
        addFolder(fileSystem, entry.getPath(), within(partitions, name), walk);
      } else if (walk.given != null || FormatCheck.hasKnownEnding(name) || hasNoEnding(name)) {
        walk.found.add(new Found(path(entry), false, partitions));
      } else {
        walk.leaveOut(name);
      }
    }
  }

  /** The columns that a folder's name adds to those of the folders round it. */
  private static SequencedMap<String, String> within(
      SequencedMap<String, String> partitions, String name) {
    int equals = name.indexOf('=');
    if (equals < 1) {
      return partitions;
    }
    SequencedMap<String, String> more = new LinkedHashMap<>(partitions);
    String value = ExternalCatalogUtils.unescapePathName(name.substring(equals + 1));
    more.put(
        ExternalCatalogUtils.unescapePathName(name.substring(0, equals)),
        value.equals(NO_VALUE) ? null : value);
    return more;
  }

  private static boolean hasNoEnding(String name) {
    return Codec.withoutEnding(name.toLowerCase(java.util.Locale.ROOT)).indexOf('.') < 0;
  }

  private static String path(FileStatus status) {
    URI uri = status.getPath().toUri();
    return "file".equals(uri.getScheme()) ? uri.getPath() : status.getPath().toString();
  }

  private static List<InputFile> check(Walk walk, Configuration conf) {
    List<InputFile> files = new ArrayList<>();
    try (FileChecks checks = new FileChecks()) {
      List<Optional<InputFile>> formats =
          checks.of(walk.found, file -> check(file, walk.given, conf));
      for (int i = 0; i < formats.size(); i++) {
        formats.get(i).ifPresent(files::add);
        if (formats.get(i).isEmpty()) {
          String path = walk.found.get(i).path();
          walk.leaveOut(path.substring(path.lastIndexOf('/') + 1));
        }
      }
      return checks.of(
          walk.given == null ? new DialectCheck(conf).settle(files, checks) : files,
          file -> {
            if (file.format().isDelimited()) {
              DelimitedInputReader.checkHeader(file, conf);
            }
            return file;
          });
    }
  }

  private static Optional<InputFile> check(Found file, InputFormat given, Configuration conf) {
    return file.named()
        ? Optional.of(FormatCheck.require(file.path(), given, conf))
        : FormatCheck.find(file.path(), given, conf)
            .map(found -> found.withPartitions(file.partitions()));
  }
}
