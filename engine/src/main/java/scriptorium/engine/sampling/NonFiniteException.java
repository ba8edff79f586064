package scriptorium.engine.sampling;

/**
 * The arithmetic of one row of logits has left the finite numbers. It concerns the row's sequence
 * alone: other sequences of the same step are computed as ever. The message is one line: what, the
 * value, the remedy.
 */
public final class NonFiniteException extends ArithmeticException {
  private static final long serialVersionUID = 1;

  /** With a message of one line. */
  public NonFiniteException(String message) {
    super(message);
  }

  /** Returns a value, which must be finite. */
  static double finite(double value, String name) {
    if (!Double.isFinite(value)) {
      throw new NonFiniteException(
          name + " is " + value + ": the logits lie too far apart for f32; check the model");
    }
    return value;
  }
}
