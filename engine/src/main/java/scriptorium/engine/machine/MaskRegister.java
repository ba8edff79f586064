package scriptorium.engine.machine;

/** The mask registers of AVX-512 that can select lanes: k0 as a selector means all of them. */
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
