package scriptorium.job.parquet;

import java.io.IOException;

/** A value that cannot be told in JSON: its column, and what is wrong, in one line. */
public final class InvalidValueException extends IOException {
  private static final long serialVersionUID = 1;

  InvalidValueException(String column, String what) {
    super("column " + column + " " + what);
  }
}
