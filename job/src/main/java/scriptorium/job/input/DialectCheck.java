package scriptorium.job.input;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import scriptorium.job.base.InputException;
import scriptorium.job.input.format.Content;
import scriptorium.job.input.format.InputFormat;
import scriptorium.job.input.text.Dialects;

/**
 * Settles the dialect of CSV and TSV files by what their first bytes show, so that all tasks read a
 * file alike wherever they enter it. A part of an output folder of Spark that shows none has the
 * dialect of the folder's other parts: one run wrote them. Any other file is then of RFC 4180.
 */
final class DialectCheck {
  private static final int HEAD_BYTES = 1 << 20;

  /** How Spark and Hadoop name the parts of an output. */
  private static final Pattern PART = Pattern.compile("(.*/)?part-[0-9]+[^/]*");

  /** A part's name, and the folders of Hive's partitions round it. */
  private static final Pattern WITHIN_OUTPUT = Pattern.compile("(/[^/]+=[^/]*)*/[^/]+$");

  private final Configuration conf;

  DialectCheck(Configuration conf) {
    this.conf = conf;
  }

  /**
   * The same files with their dialects.
   *
   * @throws InputException if a file shows both, or could be either
   */
  List<InputFile> settle(List<InputFile> files, FileChecks checks) {
    List<Set<InputFormat>> shown = checks.of(files, this::shown);
    Map<String, Set<InputFormat>> outputs = new HashMap<>();
    for (int i = 0; i < files.size(); i++) {
      outputs
          .computeIfAbsent(output(files.get(i)), key -> EnumSet.noneOf(InputFormat.class))
          .addAll(shown.get(i));
    }
    List<InputFile> settled = new ArrayList<>();
    for (int i = 0; i < files.size(); i++) {
      InputFile file = files.get(i);
      settled.add(
          file.format().isDelimited()
              ? settle(file, shown.get(i), outputs.get(output(file)))
              : file);
    }
    return settled;
  }

  /** What is written at once, in one dialect: an output folder of Spark, or a file. */
  private static String output(InputFile file) {
    boolean part = PART.matcher(file.path()).matches();
    return file.format().word()
        + " "
        + (part ? WITHIN_OUTPUT.matcher(file.path()).replaceFirst("") : file.path());
  }

  private static InputFile settle(
      InputFile file, Set<InputFormat> shown, Set<InputFormat> outputShown) {
    if (shown.size() > 1) {
      throw refused(file, "has quotes within cells both doubled and behind backslashes");
    }
    if (shown.isEmpty() && outputShown.size() > 1) {
      throw refused(
          file,
          "may have quotes doubled or behind backslashes: other parts of its folder have both");
    }
    Set<InputFormat> told = shown.isEmpty() ? outputShown : shown;
    return told.isEmpty() ? file : file.withFormat(told.iterator().next());
  }

  private static InputException refused(InputFile file, String what) {
    return new InputException(
        "Input "
            + file.path()
            + " "
            + what
            + "; give --input-format "
            + file.format().word()
            + " or --input-format "
            + file.format().otherDialect().word()
            + ", and rows of the other kind become error rows");
  }

  private Set<InputFormat> shown(InputFile file) {
    if (!file.format().isDelimited()) {
      return Set.of();
    }
    try (InputStream in = file.content(0, conf)) {
      Dialects.Shown shown = Dialects.shown(Content.of(in, HEAD_BYTES), file.format());
      if (shown.escapesOutside()
          && !PART.matcher(file.path()).matches() // what Spark wrote has them as they were
          && shown.dialects().stream().anyMatch(InputFormat::escapesByBackslash)) {
        throw refused(
            file, "has backslashes before quotes, and in cells without quotes too, unlike Spark's");
      }
      return shown.dialects();
    } catch (IOException e) {
      throw file.cannotBeRead(e);
    }
  }
}
