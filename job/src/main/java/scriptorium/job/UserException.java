package scriptorium.job;

/**
 * A mistake of the user's: wrong option, preset, model or input. One line: what, the value, the
 * remedy; exit status 2.
 */
public final class UserException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public UserException(String message) {
    super(message);
  }

  public UserException(String message, Throwable cause) {
    super(message, cause);
  }
}
