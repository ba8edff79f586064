package scriptorium.job.input;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.parquet.example.data.Group;

/**
 * A row as a reader gives it, before anybody asks for a column.
 *
 * @param columns what it has; null where it cannot be read
 * @param place where it stands in its file, such as "line 3"; null for the lost end of a file
 * @param error why it cannot be read; null where it can
 * @param stored the row as its Parquet file holds it; null where it comes from none
 */
record ReadRow(ObjectNode columns, String place, String error, Group stored) {
  /** A row of a file that is not Parquet. */
  ReadRow(ObjectNode columns, String place, String error) {
    this(columns, place, error, null);
  }

  static ReadRow good(ObjectNode columns, String place) {
    return new ReadRow(columns, place, null);
  }

  /** The row with what its Parquet file holds. */
  ReadRow withStored(Group group) {
    return new ReadRow(columns, place, error, group);
  }

  static ReadRow bad(String place, String error) {
    return new ReadRow(null, place, error);
  }

  /** The row that stands for all that is lost behind a row. */
  static ReadRow lost(long row, String failure) {
    return new ReadRow(
        null, null, "is damaged after row " + row + " (" + failure + "): the rest of it is lost");
  }

  /** The error with the file's path. */
  String error(InputFile file) {
    return file.path() + (place == null ? " " : ", " + place + ": ") + error;
  }
}
