package scriptorium.engine.machine;

/**
 * An operand in memory: {@code base + index * scale + displacement}, in bytes.
 *
 * @param base a register
 * @param index a register other than rsp, or null
 * @param scale 1, 2, 4 or 8
 * @param displacement bytes
 */
public record Address(GeneralRegister base, GeneralRegister index, int scale, int displacement) {
  /**
   * Checks index and scale.
   *
   * @throws IllegalArgumentException if the address has no encoding
   */
  public Address {
    if (base == null) {
      throw new IllegalArgumentException("Address without a base: give a register");
    }
    if (index == GeneralRegister.RSP) {
      throw new IllegalArgumentException("Invalid index rsp: must be any other register");
    }
    if (scale != 1 && scale != 2 && scale != 4 && scale != 8) {
      throw new IllegalArgumentException("Invalid scale " + scale + ": must be 1, 2, 4 or 8");
    }
  }

  /** The memory that a register points at. */
  public static Address at(GeneralRegister base) {
    return new Address(base, null, 1, 0);
  }

  /** The memory at a register plus a displacement in bytes. */
  public static Address at(GeneralRegister base, int displacement) {
    return new Address(base, null, 1, displacement);
  }

  /** The memory at the sum of two registers and a displacement in bytes. */
  public static Address at(GeneralRegister base, GeneralRegister index, int displacement) {
    return new Address(base, index, 1, displacement);
  }

  /**
   * The same address with some bytes added.
   *
   * @throws ArithmeticException if the displacement exceeds 32 bits
   */
  public Address plus(int bytes) {
    return new Address(base, index, scale, Math.addExact(displacement, bytes));
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("[").append(base);
    if (index != null) {
      text.append('+').append(index).append('*').append(scale);
    }
    if (displacement != 0) {
      text.append(displacement < 0 ? "-" : "+").append(Math.abs((long) displacement));
    }
    return text.append(']').toString();
  }
}
