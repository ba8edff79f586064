package scriptorium.job.value;

import java.io.IOException;

/** A value that cannot be told in JSON: its column, and what is wrong, in one line. */
public final class InvalidValueException extends IOException {
  private static final long serialVersionUID = 1;

  /** What is wrong with a value of a column. */
  public InvalidValueException(String column, String what) {
    super("column " + column + " " + what);
  }
}
