package scriptorium.engine.machine;

/** Machine code cannot run on this system. The message is a reason that can follow a colon. */
public final class MachineCodeException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Takes the reason. */
  public MachineCodeException(String reason) {
    super(reason);
  }
}
