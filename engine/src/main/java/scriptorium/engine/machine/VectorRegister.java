package scriptorium.engine.machine;

/**
 * A vector register at one of its widths.
 *
 * @param number 0 to 15, with AVX-512 to 31
 * @param bits 128 (xmm), 256 (ymm) or 512 (zmm)
 */
public record VectorRegister(int number, int bits) {
  /**
   * Checks the number and the width.
   *
   * @throws IllegalArgumentException for a register that no processor has
   */
  public VectorRegister {
    if (number < 0 || number > 31 || bits != 128 && bits != 256 && bits != 512) {
      throw new IllegalArgumentException(
          "Vector register " + number + " of " + bits + " bits: give 0..31 and 128, 256 or 512");
    }
  }

  /** The same register at another width. */
  public VectorRegister at(int otherBits) {
    return new VectorRegister(number, otherBits);
  }

  int bytes() {
    return bits / Byte.SIZE;
  }

  @Override
  public String toString() {
    return (bits == 512 ? "zmm" : bits == 256 ? "ymm" : "xmm") + number;
  }
}
