package scriptorium.job.report.statistics;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import scriptorium.job.base.Console;
import scriptorium.job.output.WrittenRows;
import scriptorium.job.report.read.Figures;
import scriptorium.job.report.read.RecordedDataSet;
import scriptorium.job.report.read.ReportRow;
import scriptorium.job.store.ShardReceipt;

/**
 * Reads the rows of data sets, shard by shard and row by row, into series. A shard that cannot be
 * read is told on the page and does not stop the others. Used by one thread.
 */
public final class RowReader {
  private static final long SILENCE = 10_000_000_000L;
  private static final int WARNINGS = 5;

  private final SeriesSet series;
  private final Console console;
  private long told = System.nanoTime();

  /** A reader into series, which tells how far it is. */
  public RowReader(SeriesSet series, Console console) {
    this.series = series;
    this.console = console;
  }

  /** Reads a data set, or some of its shards if it is too large. */
  public ReadDataSet read(RecordedDataSet data) {
    return read(data, RecordedDataSet.ROWS, RecordedDataSet.BYTES);
  }

  /** Reads so many rows and bytes at most, unless one shard has more. */
  public ReadDataSet read(RecordedDataSet data, long mostRows, long mostBytes) {
    List<ShardReceipt> chosen = data.chosen(mostRows, mostBytes);
    List<String> warnings = new ArrayList<>();
    if (chosen.size() < data.shards().size()) {
      warnings.add(
          "Too large to read whole: the series are made of "
              + Figures.count(chosen.size())
              + " of its "
              + Figures.count(data.shards().size())
              + " shards, chosen by a hash.");
    }
    RunCourse course = new RunCourse(data);
    long rows = 0;
    long shards = 0;
    long wrong = 0;
    for (ShardReceipt shard : chosen) {
      long before = rows;
      try {
        rows += read(data, shard);
        course.add(data.store().modified(shard.file()), shard.tokens());
      } catch (IOException | RuntimeException e) {
        wrong++;
        if (wrong <= WARNINGS) {
          warnings.add("Shard " + shard.file() + " cannot be read: " + firstLine(e));
        }
        continue;
      }
      shards++;
      if (rows - before != shard.rows()) {
        wrong++;
        if (wrong <= WARNINGS) {
          warnings.add(
              "Shard "
                  + shard.file()
                  + " has "
                  + Figures.count(rows - before)
                  + " rows, the manifest "
                  + Figures.count(shard.rows())
                  + ": verify names what is wrong.");
        }
      }
      tell(data, shards, chosen.size(), rows);
    }
    if (wrong > WARNINGS) {
      warnings.add(Figures.count(wrong - WARNINGS) + " more shards are wrong.");
    }
    return new ReadDataSet(data, rows, shards, course, List.copyOf(warnings));
  }

  private long read(RecordedDataSet data, ShardReceipt shard) throws IOException {
    int row = 0;
    try (WrittenRows rows = WrittenRows.open(data.store(), shard.file())) {
      for (ObjectNode columns = rows.next(); columns != null; columns = rows.next()) {
        int index = row;
        series.add(
            new ReportRow(columns, data, data.key(shard, index)), () -> place(data, shard, index));
        row++;
      }
    }
    return row;
  }

  private static String place(RecordedDataSet data, ShardReceipt shard, int row) {
    return data.source() + ", " + shard.split() + " " + shard.index() + ", row " + row;
  }

  private void tell(RecordedDataSet data, long shards, long of, long rows) {
    if (System.nanoTime() - told > SILENCE) {
      told = System.nanoTime();
      console.progress(
          String.format(
              Locale.ROOT,
              "%s: %,d of %,d shards read, %,d rows",
              data.store().describe(""),
              shards,
              of,
              rows));
    }
  }

  private static String firstLine(Exception e) {
    String message = e instanceof java.io.FileNotFoundException ? "it is missing" : e.getMessage();
    return String.valueOf(message).lines().findFirst().orElse("unreadable");
  }
}
