package scriptorium.job.base;

/**
 * An input of texts that is not there, is not understood, or that the file system does not give;
 * the message is one line: what, the value, the remedy.
 */
public final class InputException extends UserException {
  private static final long serialVersionUID = 1;

  /** With a message, which is put on one line. */
  public InputException(String message) {
    super(message);
  }

  /** The same, because of another failure. */
  public InputException(String message, Throwable cause) {
    super(message, cause);
  }
}
