package scriptorium.engine.machine;

import java.util.Locale;

/** The 64-bit general registers, in the order of their numbers in an instruction. */
public enum GeneralRegister {
  /** Number 0; the result of a call. */
  RAX,
  /** Number 1; the fourth argument of a call. */
  RCX,
  /** Number 2; the third argument of a call. */
  RDX,
  /** Number 3; the caller's, to be restored. */
  RBX,
  /** Number 4; the stack. */
  RSP,
  /** Number 5; the caller's, to be restored. */
  RBP,
  /** Number 6; the second argument of a call. */
  RSI,
  /** Number 7; the first argument of a call. */
  RDI,
  /** Number 8; the fifth argument of a call. */
  R8,
  /** Number 9; the sixth argument of a call. */
  R9,
  /** Number 10; free. */
  R10,
  /** Number 11; free. */
  R11,
  /** Number 12; the caller's, to be restored. */
  R12,
  /** Number 13; the caller's, to be restored. */
  R13,
  /** Number 14; the caller's, to be restored. */
  R14,
  /** Number 15; the caller's, to be restored. */
  R15;

  int number() {
    return ordinal();
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
