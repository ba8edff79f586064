package scriptorium.job.report;

import java.util.List;
import scriptorium.job.base.Console;
import scriptorium.job.base.UserException;

/**
 * What a report is about, and how it is written. Immutable.
 *
 * @param folders of data sets and of results of {@code detect}, in the order in which they are
 *     shown
 * @param human more folders of data sets, whose rows are human unless they say otherwise
 * @param out the page; null for report.html in the first folder
 * @param samples rows of each series that are shown
 * @param title of the page; null for one made of the names
 * @param overwrite whether a file that is no report is replaced
 * @param console where progress and warnings are told
 */
public record ReportOptions(
    List<String> folders,
    List<String> human,
    String out,
    int samples,
    String title,
    boolean overwrite,
    Console console) {
  private static final int MOST_SAMPLES = 200;
  private static final int MOST_FOLDERS = 64;

  /** Checks the values. */
  public ReportOptions {
    folders = List.copyOf(folders);
    human = List.copyOf(human);
    if (samples < 0 || samples > MOST_SAMPLES) {
      throw new UserException("Samples " + samples + ": give 0 to " + MOST_SAMPLES);
    }
    if (folders.size() + human.size() > MOST_FOLDERS) {
      throw new UserException(
          "Folders " + (folders.size() + human.size()) + ": give at most " + MOST_FOLDERS);
    }
  }
}
