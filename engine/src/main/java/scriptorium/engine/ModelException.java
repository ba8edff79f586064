package scriptorium.engine;

import scriptorium.engine.text.OneLine;

/**
 * A model that cannot be found, fetched, read or written; the message is one line: what, the value,
 * the remedy.
 */
public final class ModelException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** With a message, which is put on one line. */
  public ModelException(String message) {
    super(OneLine.of(message));
  }

  /** The same, because of another failure. */
  public ModelException(String message, Throwable cause) {
    super(OneLine.of(message), cause);
  }
}
