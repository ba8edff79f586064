package scriptorium.job.verify;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import scriptorium.job.base.MappedIterator;
import scriptorium.job.output.ShardChecker.Defect;
import scriptorium.job.output.WrittenRows;
import scriptorium.job.store.OutputStore;
import scriptorium.job.store.ShardFiles;
import scriptorium.job.verify.RowChoice.Place;

/**
 * The chosen rows of a data set as they are written, read one after the other as they are wanted,
 * and the defects that are found in them. Rows that are not there are defects at once. Used by one
 * thread.
 */
final class ChosenRows implements AutoCloseable {
  private final RowChoice choice;
  private final OutputStore store;
  private final ShardFiles files;
  private final int shardRows;
  private final long firstId;
  private final List<Defect> defects = new ArrayList<>();
  private String file = "";
  private WrittenRows rows;
  private long count;

  /**
   * A row as it is written.
   *
   * @param line its line; of a Parquet file its row in JSON
   */
  record Chosen(Place place, String file, int row, String line) {
    boolean parquet() {
      return file.endsWith(".parquet");
    }
  }

  ChosenRows(RowChoice choice, OutputStore store, ShardFiles files, int shardRows, long firstId) {
    this.firstId = firstId;
    this.choice = choice;
    this.store = store;
    this.files = files;
    this.shardRows = shardRows;
  }

  /**
   * The results of a function for each row, in the rows' order, without its nulls. Rows are read
   * when the next one is asked for.
   */
  <T> Iterator<T> map(Function<Chosen, T> function) {
    return new MappedIterator<>(
        new MappedIterator<>(choice.iterator(), this::read),
        row -> {
          count++;
          return function.apply(row);
        });
  }

  /** The row of a place; null if it is missing. */
  private Chosen read(Place place) {
    int shard = Math.toIntExact(place.row() / shardRows);
    int row = (int) (place.row() % shardRows);
    open(files.file(place.split().folder(), shard));
    if (rows == null) {
      return null;
    }
    String line = rows.row(row);
    if (line == null) {
      defects.add(
          new Defect(file, "row " + row + " (id " + (firstId + place.row()) + ") is missing"));
      return null;
    }
    return new Chosen(place, file, row, line);
  }

  /**
   * Opens a file, unless it is the one that is open; {@code rows} is null if it cannot be opened.
   */
  private void open(String wanted) {
    if (wanted.equals(file)) {
      return;
    }
    close();
    file = wanted;
    try {
      rows = WrittenRows.open(store, wanted);
    } catch (IOException e) {
      defects.add(new Defect(wanted, "cannot be read: " + e.getMessage()));
    }
  }

  /** Adds what is wrong with a row. */
  void defect(Chosen row, String what) {
    defects.add(
        new Defect(
            row.file(),
            "row " + row.row() + " (id " + (firstId + row.place().row()) + ") " + what));
  }

  /**
   * What came of it.
   *
   * @param errors how many of the rows were passed over
   */
  RowProof proof(long errors) {
    defects.sort(Comparator.comparing(Defect::file)); // stable: rows stay in their order
    return new RowProof(List.copyOf(defects), count - errors, errors);
  }

  @Override
  public void close() {
    if (rows != null) {
      rows.close();
      rows = null;
    }
  }
}
