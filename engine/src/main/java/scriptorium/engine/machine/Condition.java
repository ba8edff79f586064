package scriptorium.engine.machine;

import java.util.Locale;

/** Conditions of jumps and moves, on the flags of the last comparison or arithmetic instruction. */
public enum Condition {
  /** Below, without sign. */
  B(2),
  /** Above or equal, without sign. */
  AE(3),
  /** Equal, or zero. */
  E(4),
  /** Not equal, or not zero. */
  NE(5),
  /** Less, with sign. */
  L(12),
  /** Greater or equal, with sign. */
  GE(13),
  /** Less or equal, with sign. */
  LE(14),
  /** Greater, with sign. */
  G(15);

  private final int code;

  Condition(int code) {
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
