package scriptorium.engine;

/** A model folder that cannot be used; the message is one line: what, the value, the remedy. */
public final class ModelException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** With a message of one line. */
  public ModelException(String message) {
    super(message);
  }

  /** The same, because of another failure. */
  public ModelException(String message, Throwable cause) {
    super(message, cause);
  }
}
