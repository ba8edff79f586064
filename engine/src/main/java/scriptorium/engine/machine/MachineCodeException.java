package scriptorium.engine.machine;

/** Machine code of our own cannot run here; the message says why, to stand behind a colon. */
public final class MachineCodeException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With the reason. */
  public MachineCodeException(String reason) {
    super(reason);
  }
}
