package scriptorium.engine.checkpoint;

import scriptorium.engine.text.OneLine;

/**
 * A checkpoint that cannot be used; the message is one line: file, defect, what was expected,
 * remedy.
 */
public final class CheckpointException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** With a message, which is put on one line. */
  public CheckpointException(String message) {
    super(OneLine.of(message));
  }

  /** The same, because of another failure. */
  public CheckpointException(String message, Throwable cause) {
    super(OneLine.of(message), cause);
  }
}
