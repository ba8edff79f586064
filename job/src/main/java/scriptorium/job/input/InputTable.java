package scriptorium.job.input;

import java.io.IOException;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import scriptorium.job.base.InputException;
import scriptorium.job.row.InputColumns;
import scriptorium.job.row.InputRow;
import scriptorium.job.row.TableColumn;

/** All input files of a run, their rows numbered through in their order. Immutable. */
public final class InputTable implements Serializable {
  private static final long serialVersionUID = 1;

  private final InputScan[] scans;
  private final long[] starts;

  /** A table of scanned files. */
  public InputTable(List<InputScan> scans) {
    this.scans = scans.toArray(InputScan[]::new);
    starts = new long[scans.size() + 1];
    for (int i = 0; i < this.scans.length; i++) {
      starts[i + 1] = starts[i] + this.scans[i].rows();
    }
  }

  /** The files, in their order. */
  public List<InputScan> scans() {
    return List.of(scans);
  }

  /** Rows of all files. */
  public long rows() {
    return starts[scans.length];
  }

  /** What reading needs, which is smaller where there are many files. */
  public InputTable withoutColumns() {
    return new InputTable(Stream.of(scans).map(InputScan::withoutColumns).toList());
  }

  /** The columns of all rows, in the order of their first appearance. */
  public Map<String, TableColumn> tableColumns() {
    Map<String, TableColumn> columns = new LinkedHashMap<>();
    for (InputScan scan : scans) {
      columns = TableColumn.widen(columns, scan.columns());
    }
    return columns;
  }

  /** The rows from..to; closed by reading to the end, or by the caller. */
  public Rows rows(long from, long to, InputColumns columns, Configuration conf) {
    return new Rows(from, to, columns, conf);
  }

  /** Rows one after the other, across files. Not thread-safe. */
  public final class Rows implements Iterator<InputRow>, AutoCloseable {
    private final InputColumns columns;
    private final Configuration conf;
    private final long to;
    private long row;
    private int file = -1;
    private InputReader reader;

    private Rows(long from, long to, InputColumns columns, Configuration conf) {
      this.columns = columns;
      this.conf = conf;
      this.to = to;
      row = from;
    }

    @Override
    public boolean hasNext() {
      return row < to;
    }

    @Override
    public InputRow next() {
      if (!hasNext()) {
        throw new NoSuchElementException("The range has no more rows");
      }
      try {
        if (file < 0 || row >= starts[file + 1]) {
          open();
        }
      } catch (IOException e) {
        throw scans[file].file().cannotBeRead(e);
      }
      InputRow next = reader.next();
      if (next == null) {
        throw new InputException(
            "Input "
                + scans[file].file().path()
                + " has changed since the run began: give the same file, or --overwrite");
      }
      row++;
      return next;
    }

    private void open() throws IOException {
      close();
      int found = Arrays.binarySearch(starts, row);
      file = found >= 0 ? found : -found - 2;
      while (starts[file + 1] == row) {
        file++; // past files without rows
      }
      InputScan scan = scans[file];
      long local = row - starts[file];
      InputScan.Mark mark = scan.mark(local);
      reader = InputReader.open(scan.file(), columns, mark, conf);
      reader.skip(local - mark.row());
    }

    @Override
    public void close() {
      if (reader != null) {
        try {
          reader.close();
        } catch (IOException e) {
          throw new InputException(
              "Input " + scans[file].file().path() + " cannot be closed: " + e.getMessage(), e);
        }
        reader = null;
      }
    }
  }
}
