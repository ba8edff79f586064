package scriptorium.engine.machine;

/**
 * A place in memory: {@code base + index * scale + displacement}, in bytes.
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
   * @throws IllegalArgumentException for what has no encoding
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

  /** The place that a register points at. */
  public static Address at(GeneralRegister base) {
    return new Address(base, null, 1, 0);
  }

  /** A place some bytes behind the one that a register points at. */
  public static Address at(GeneralRegister base, int displacement) {
    return new Address(base, null, 1, displacement);
  }

  /** The sum of two registers and some bytes. */
  public static Address at(GeneralRegister base, GeneralRegister index, int displacement) {
    return new Address(base, index, 1, displacement);
  }

  /**
   * A place some bytes further.
   *
   * @throws ArithmeticException if the displacement leaves 32 bits
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
