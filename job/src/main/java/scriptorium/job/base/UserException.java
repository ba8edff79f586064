package scriptorium.job.base;

import scriptorium.engine.text.OneLine;

/**
 * A mistake of the user's: wrong option, preset, model or input. One line: what, the value, the
 * remedy; exit status 2.
 */
public class UserException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** With a message, which is put on one line. */
  public UserException(String message) {
    super(OneLine.of(message));
  }

  /** The same, because of another failure. */
  public UserException(String message, Throwable cause) {
    super(OneLine.of(message), cause);
  }
}
