package scriptorium.engine.kernel;

import static scriptorium.engine.kernel.MachineConstant.EXP_C2;
import static scriptorium.engine.kernel.MachineConstant.EXP_C3;
import static scriptorium.engine.kernel.MachineConstant.EXP_C4;
import static scriptorium.engine.kernel.MachineConstant.EXP_C5;
import static scriptorium.engine.kernel.MachineConstant.EXP_C6;
import static scriptorium.engine.kernel.MachineConstant.EXP_MAX;
import static scriptorium.engine.kernel.MachineConstant.EXP_MIN;
import static scriptorium.engine.kernel.MachineConstant.INFINITY;
import static scriptorium.engine.kernel.MachineConstant.LOG2_E;
import static scriptorium.engine.kernel.MachineConstant.MINUS_LN2_HIGH;
import static scriptorium.engine.kernel.MachineConstant.MINUS_LN2_LOW;
import static scriptorium.engine.kernel.MachineConstant.MINUS_ROUNDER;
import static scriptorium.engine.kernel.MachineConstant.ONE;
import static scriptorium.engine.kernel.MachineConstant.ROUNDER;

import scriptorium.engine.machine.Assembler;
import scriptorium.engine.machine.Comparison;
import scriptorium.engine.machine.VectorRegister;

/** Writes {@link ScalarKernels#exp} of a vector: the same operations, so the same bits. */
final class MachineExp {
  private static final MachineConstant[] POLYNOMIAL = {EXP_C5, EXP_C4, EXP_C3, EXP_C2, ONE, ONE};

  /** First those that would be loads of their own. */
  private static final MachineConstant[] HELD = {
    LOG2_E,
    MINUS_LN2_HIGH,
    EXP_C6,
    ROUNDER,
    ONE,
    MINUS_ROUNDER,
    MINUS_LN2_LOW,
    EXP_C5,
    EXP_C4,
    EXP_C3,
    EXP_C2,
    INFINITY,
    EXP_MAX,
    EXP_MIN
  };

  private final MachineRow row;
  private final Assembler code;
  private final MachineOperands constants;

  /**
   * Writes the loads of constants, before the loop.
   *
   * @param first a register from which to {@link MachineRow#FREE} all are free
   */
  MachineExp(MachineRow row, int first) {
    this.row = row;
    code = row.code();
    constants = new MachineOperands(row, first, HELD);
  }

  /**
   * {@code e = exp(x)}.
   *
   * @param x stays
   * @param t changed
   * @param r changed
   */
  void write(VectorRegister e, VectorRegister x, VectorRegister t, VectorRegister r) {
    constants.copy(t, LOG2_E);
    constants.multiplyAdd(t, x, ROUNDER);
    constants.add(e, t, MINUS_ROUNDER); // n
    constants.copy(r, MINUS_LN2_HIGH);
    code.vfmadd213ps(r, e, x);
    constants.addProduct(r, e, MINUS_LN2_LOW);
    constants.copy(e, EXP_C6);
    for (MachineConstant coefficient : POLYNOMIAL) {
      constants.multiplyAdd(e, r, coefficient);
    }
    code.vpslld(t, t, 23);
    code.vpaddd(e, e, t);
    // The sum with infinity is infinity above the range and NaN for NaN.
    constants.add(t, x, INFINITY);
    if (row.isWide()) {
      constants.compare(row.compared(), x, EXP_MAX, Comparison.LE);
      code.vblendmps(e, row.compared(), t, e);
      code.vxorps(r, r, r);
      constants.compare(row.compared(), x, EXP_MIN, Comparison.LT);
      code.vblendmps(e, row.compared(), e, r);
    } else {
      constants.compare(r, x, EXP_MAX, Comparison.LE);
      code.vblendvps(e, t, e, r);
      constants.compare(r, x, EXP_MIN, Comparison.LT);
      code.vandnps(e, r, e);
    }
  }
}
