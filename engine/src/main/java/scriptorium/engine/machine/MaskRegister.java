package scriptorium.engine.machine;

/** Mask registers of AVX-512, to select lanes; k0 is left out, as it would select all lanes. */
public enum MaskRegister {
  /** Number 1. */
  K1,
  /** Number 2. */
  K2,
  /** Number 3. */
  K3;

  int number() {
    return ordinal() + 1;
  }

  @Override
  public String toString() {
    return "k" + number();
  }
}
