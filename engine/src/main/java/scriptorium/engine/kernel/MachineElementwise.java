package scriptorium.engine.kernel;

import static scriptorium.engine.kernel.MachineConstant.GELU_A;
import static scriptorium.engine.kernel.MachineConstant.GELU_B;
import static scriptorium.engine.kernel.MachineConstant.ONE;
import static scriptorium.engine.machine.GeneralRegister.RDI;
import static scriptorium.engine.machine.GeneralRegister.RDX;

import scriptorium.engine.machine.Assembler;
import scriptorium.engine.machine.VectorRegister;

/**
 * Writes the ops element by element: {@link Kernels#add}, scale, gelu and exp. Each method returns
 * the function behind what the assembler has; arguments are in the order of the registers.
 */
final class MachineElementwise {
  private MachineElementwise() {}

  /** The function (x, n, y). */
  static void add(MachineRow row) {
    row.loop(
        4,
        part -> {
          VectorRegister x = row.register(part.vector() % 4);
          VectorRegister y = row.register(4 + part.vector() % 4);
          row.load(part, x, RDI);
          row.load(part, y, RDX);
          row.code().vaddps(x, x, y);
          row.store(part, RDI, x);
        });
    row.end();
  }

  /** The function (x, n; factor). */
  static void scale(MachineRow row) {
    VectorRegister factor = row.register(0);
    row.code().vbroadcastss(factor, factor.at(128));
    row.loop(
        4,
        part -> {
          VectorRegister x = row.register(1 + part.vector() % 4);
          row.load(part, x, RDI);
          row.code().vmulps(x, x, factor);
          row.store(part, RDI, x);
        });
    row.end();
  }

  /** The function (x, n). */
  static void gelu(MachineRow row) {
    Assembler code = row.code();
    VectorRegister x = row.register(0);
    VectorRegister u = row.register(1);
    VectorRegister e = row.register(2);
    VectorRegister one = row.register(5);
    code.vmovups(one, row.constant(ONE));
    MachineExp exp = new MachineExp(row, 6);
    row.loop(
        1,
        part -> {
          row.load(part, x, RDI);
          code.vmulps(e, x, x);
          code.vmovups(u, row.constant(GELU_B));
          code.vfmadd213ps(u, e, row.constant(GELU_A));
          code.vmulps(u, x, u);
          exp.write(e, u, row.register(3), row.register(4));
          code.vaddps(e, e, one);
          code.vdivps(x, x, e);
          row.store(part, RDI, x);
        });
    row.end();
  }

  /**
   * The function (x, n, out; temperature, shift).
   *
   * @param divides whether x is divided by the temperature; by 1 it need not be
   */
  static void exp(MachineRow row, boolean divides) {
    Assembler code = row.code();
    VectorRegister temperature = row.register(0);
    VectorRegister shift = row.register(1);
    VectorRegister x = row.register(2);
    VectorRegister e = row.register(3);
    MachineExp exp = new MachineExp(row, 6);
    code.vbroadcastss(temperature, temperature.at(128));
    code.vbroadcastss(shift, shift.at(128));
    row.loop(
        1,
        part -> {
          row.load(part, x, RDI);
          if (divides) {
            code.vdivps(x, x, temperature);
          }
          code.vsubps(x, x, shift);
          exp.write(e, x, row.register(4), row.register(5));
          row.store(part, RDX, e);
        });
    row.end();
  }
}
