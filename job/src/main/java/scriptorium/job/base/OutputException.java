package scriptorium.job.base;

import scriptorium.engine.text.OneLine;

/**
 * An output that cannot be written or continued; the message is one line: what, the value, the
 * remedy.
 */
public class OutputException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** With a message, which is put on one line. */
  public OutputException(String message) {
    super(OneLine.of(message));
  }

  /** The same, because of another failure. */
  public OutputException(String message, Throwable cause) {
    super(OneLine.of(message), cause);
  }
}
