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
  /** Number 3; a function must restore it. */
  RBX,
  /** Number 4; the stack. */
  RSP,
  /** Number 5; a function must restore it. */
  RBP,
  /** Number 6; the second argument of a call. */
  RSI,
  /** Number 7; the first argument of a call. */
  RDI,
  /** Number 8; the fifth argument of a call. */
  R8,
  /** Number 9; the sixth argument of a call. */
  R9,
  /** Number 10; a function may change it. */
  R10,
  /** Number 11; a function may change it. */
  R11,
  /** Number 12; a function must restore it. */
  R12,
  /** Number 13; a function must restore it. */
  R13,
  /** Number 14; a function must restore it. */
  R14,
  /** Number 15; a function must restore it. */
  R15;

  int number() {
    return ordinal();
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
