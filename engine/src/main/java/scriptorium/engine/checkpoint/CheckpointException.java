package scriptorium.engine.checkpoint;

/**
 * A checkpoint that cannot be used; the message is one line: file, defect, what was expected,
 * remedy.
 */
public final class CheckpointException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public CheckpointException(String message) {
    super(message);
  }

  public CheckpointException(String message, Throwable cause) {
    super(message, cause);
  }
}
