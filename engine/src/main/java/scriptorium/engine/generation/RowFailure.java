package scriptorium.engine.generation;

import scriptorium.engine.sampling.NonFiniteException;

/**
 * A row that could not be finished because its own arithmetic left the finite numbers; others are
 * finished as ever. A row's failure is a function of what its result is a function of.
 *
 * @param id that of the prompt's random stream or of the window
 * @param reason one line: what, the value, the remedy
 */
public record RowFailure(long id, String reason) {
  /** What is thrown where nobody takes the failures of rows. */
  public NonFiniteException exception() {
    return new NonFiniteException("Row " + id + ": " + reason);
  }
}
