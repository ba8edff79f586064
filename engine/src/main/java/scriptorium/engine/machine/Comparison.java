package scriptorium.engine.machine;

import java.util.Locale;

/** Comparisons of floats. */
public enum Comparison {
  /** Less; false for NaN. */
  LT(1),
  /** Less or equal; false for NaN. */
  LE(2),
  /** One of them is NaN. */
  UNORD(3),
  /** Greater or equal; false for NaN. */
  GE(13),
  /** Greater; false for NaN. */
  GT(14);

  private final int code;

  Comparison(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
