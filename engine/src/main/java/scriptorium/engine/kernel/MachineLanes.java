package scriptorium.engine.kernel;

import scriptorium.engine.machine.Assembler;
import scriptorium.engine.machine.VectorRegister;

/** Writes what makes one float of the {@value Kernels#LANES} lanes of accumulators. */
final class MachineLanes {
  private final Assembler code;
  private final boolean wide;

  MachineLanes(MachineRow row) {
    code = row.code();
    wide = row.isWide();
  }

  /** A change of the first register by the second. */
  @FunctionalInterface
  interface Change {
    void write(VectorRegister to, VectorRegister by);
  }

  /**
   * {@link ScalarKernels#tree}: the sum of the lanes of the register, and at 256 bits of the one
   * behind it, into the first lane of the register. Horizontal additions are neighbours first, as
   * the tree.
   *
   * @param scratch a register that may be changed; at 256 bits the accumulator behind the first is
   *     changed too
   */
  void tree(VectorRegister lanes, VectorRegister scratch) {
    VectorRegister low = lanes.at(256);
    VectorRegister high = new VectorRegister(lanes.number() + 1, 256);
    if (wide) {
      high = scratch.at(256);
      code.vextractf64x4(high, lanes);
    }
    code.vhaddps(low, low, high);
    code.vhaddps(low, low, low); // sums of lanes 0..3, 8..11 below; of 4..7, 12..15 above
    VectorRegister above = scratch.at(128);
    VectorRegister sums = lanes.at(128);
    code.vextractf128(above, low);
    code.vaddps(sums, sums, above);
    code.vhaddps(sums, sums, sums);
  }

  /**
   * Combines the lanes of one register into its first lane, in any order.
   *
   * @param scratch a register that may be changed
   */
  void fold(VectorRegister lanes, VectorRegister scratch, Change change) {
    if (wide) {
      code.vextractf64x4(scratch.at(256), lanes);
      change.write(lanes.at(256), scratch.at(256));
    }
    VectorRegister by = scratch.at(128);
    VectorRegister to = lanes.at(128);
    code.vextractf128(by, lanes.at(256));
    change.write(to, by);
    code.vshufps(by, to, to, 0b1110); // lanes 2 and 3
    change.write(to, by);
    code.vshufps(by, to, to, 0b01); // lane 1
    change.write(to, by);
  }
}
