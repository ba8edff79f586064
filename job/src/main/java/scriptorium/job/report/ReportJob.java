package scriptorium.job.report;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import scriptorium.engine.ModelFolder;
import scriptorium.engine.tokenizer.BytePairTokenizer;
import scriptorium.job.base.OutputException;
import scriptorium.job.base.UserException;
import scriptorium.job.base.UserPath;
import scriptorium.job.report.page.ReportPage;
import scriptorium.job.report.page.TokenPainter;
import scriptorium.job.report.read.DetectResults;
import scriptorium.job.report.read.ManifestReader;
import scriptorium.job.report.read.ReportInput;
import scriptorium.job.report.statistics.ChosenSample;
import scriptorium.job.report.statistics.ReadDataSet;
import scriptorium.job.report.statistics.RowReader;
import scriptorium.job.report.statistics.SampleScorer;
import scriptorium.job.report.statistics.Series;
import scriptorium.job.report.statistics.SeriesSet;
import scriptorium.job.store.OutputStore;

/**
 * Writes one HTML page about data sets and results of {@code detect}, in one pass over the rows and
 * with memory that does not follow their number. Needs no Spark session. The page is a function of
 * the folders, the options, the model and this program's version.
 */
public final class ReportJob {
  private static final String FILE = "report.html";
  private static final int HEAD = 4096;

  private final ReportOptions options;
  private final String program;
  private final ModelFolder model;
  private final BytePairTokenizer tokenizer;
  private final Configuration hadoop;
  private final OutputStore out;
  private final String file;
  private final List<ReportInput> inputs = new ArrayList<>();

  /** What was written. */
  public record Result(String file, long rows, int series, long bytes) {}

  /**
   * Reads what the folders say of themselves.
   *
   * @param program that writes the page, with its version
   * @param model scores the shown samples that have no token columns; null for none
   * @param tokenizer of the rows' tokens where there is no model; null where none is known
   * @throws UserException for a folder that holds nothing to report, and for a file that is in the
   *     way
   */
  public ReportJob(
      ReportOptions options,
      String program,
      ModelFolder model,
      BytePairTokenizer tokenizer,
      Configuration hadoop) {
    this.options = options;
    this.program = program;
    this.model = model;
    this.tokenizer = model == null ? tokenizer : model.tokenizer();
    this.hadoop = hadoop;
    readInputs();
    Path place =
        options.out() == null
            ? new Path(UserPath.of(options.folders().getFirst()), FILE)
            : path(options.out());
    file = place.getName();
    out = store(place.getParent());
  }

  /** The folder of the page, which can be written; a file of somebody's is not replaced. */
  private OutputStore store(Path folder) {
    try {
      String root = folder == null || folder.toString().isEmpty() ? "." : folder.toString();
      OutputStore store = new OutputStore(root, hadoop);
      checkFree(store);
      store.prepare();
      store.tidy();
      return store;
    } catch (OutputException e) {
      throw new UserException(e.getMessage(), e);
    }
  }

  private void readInputs() {
    int ordinal = 0;
    for (String folder : options.folders()) {
      ordinal++;
      inputs.add(ManifestReader.read(folder, ordinal, false, hadoop));
    }
    for (String folder : options.human()) {
      ordinal++;
      inputs.add(ManifestReader.read(folder, ordinal, true, hadoop));
    }
  }

  private static Path path(String out) {
    try {
      Path path = UserPath.of(out);
      if (path.getName().isEmpty()) {
        throw new UserException("Out " + out + " names no file: give such as report.html");
      }
      return path;
    } catch (IllegalArgumentException e) {
      throw new UserException("Out " + out + " is no path: give such as report.html", e);
    }
  }

  /** Refuses to replace what is no report of ours. */
  private void checkFree(OutputStore store) {
    if (store.isFolder(file)) {
      throw new UserException(
          "Out " + store.describe(file) + " is a folder: give a file, such as report.html in it");
    }
    if (options.overwrite() || !store.exists(file)) {
      return;
    }
    try (InputStream in = store.open(file)) {
      String head = new String(in.readNBytes(HEAD), StandardCharsets.UTF_8);
      if (head.contains(ReportPage.MARK)) {
        return;
      }
    } catch (IOException e) {
      // nobody's to read
    }
    throw new UserException(
        "File "
            + store.describe(file)
            + " is there and no report: give another --out, or --overwrite");
  }

  /** Reads the rows and writes the page. */
  public Result execute() throws InterruptedException {
    SeriesSet set = new SeriesSet(options.samples());
    List<ReadDataSet> read = new ArrayList<>();
    List<DetectResults> results = new ArrayList<>();
    RowReader reader = new RowReader(set, options.console());
    for (ReportInput input : inputs) {
      if (input.data() == null) {
        results.add(input.results());
      } else {
        read.add(reader.read(input.data()));
      }
    }
    List<Series> series = set.shown();
    List<List<ChosenSample>> samples = new ArrayList<>();
    series.forEach(one -> samples.add(one.statistics().samples().sorted()));
    boolean scored =
        model != null && samples.stream().flatMap(List::stream).anyMatch(s -> s.tokens() == null);
    ReportPage page =
        new ReportPage(
            options.title() == null ? title(read, results) : options.title(),
            program,
            read,
            results,
            series,
            set.errors(),
            scored ? SampleScorer.score(model, samples) : samples,
            new TokenPainter(tokenizer),
            scored ? model.name() + ", weights SHA-256 " + model.weightsHash() : null);
    return write(page.html(), read, series);
  }

  private Result write(String html, List<ReadDataSet> read, List<Series> series) {
    byte[] bytes = html.getBytes(StandardCharsets.UTF_8);
    out.write(file, stream -> stream.write(bytes));
    out.tidy();
    long rows = read.stream().mapToLong(ReadDataSet::rows).sum();
    return new Result(out.describe(file), rows, series.size(), bytes.length);
  }

  private static String title(List<ReadDataSet> read, List<DetectResults> results) {
    Set<String> distinct = new LinkedHashSet<>();
    read.forEach(one -> distinct.add(one.data().name()));
    List<String> names = new ArrayList<>(distinct);
    if (!results.isEmpty()) {
      names.add("detectors");
    }
    int more = names.size() - 4;
    return "Report on "
        + String.join(", ", names.subList(0, Math.min(4, names.size())))
        + (more > 0 ? " and " + more + " more" : "");
  }
}
