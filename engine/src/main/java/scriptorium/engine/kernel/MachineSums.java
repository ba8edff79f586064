package scriptorium.engine.kernel;

import static scriptorium.engine.machine.GeneralRegister.RDI;
import static scriptorium.engine.machine.GeneralRegister.RDX;

import scriptorium.engine.machine.Address;
import scriptorium.engine.machine.Assembler;
import scriptorium.engine.machine.VectorRegister;

/**
 * Writes the sums in the order of {@link Kernels}: {@link Kernels#sumExp}, softmaxNumerators,
 * moments and shiftedDot. Arguments are in the order of the registers, rows and sizes before
 * floats; the result is in the first lane of register 0.
 */
final class MachineSums {
  private MachineSums() {}

  /**
   * The function (x, n; temperature, shift).
   *
   * @param divides whether x is divided by the temperature; by 1 it need not be
   */
  static void sumExp(MachineRow row, boolean divides) {
    Assembler code = row.code();
    VectorRegister temperature = row.register(2);
    VectorRegister shift = row.register(3);
    VectorRegister x = row.register(4);
    VectorRegister e = row.register(5);
    MachineExp exp = new MachineExp(row, 8);
    code.vbroadcastss(temperature, row.register(0).at(128));
    code.vbroadcastss(shift, row.register(1).at(128));
    clear(row, 0);
    row.loop(
        1,
        part -> {
          row.load(part, x, RDI);
          if (divides) {
            code.vdivps(x, x, temperature);
          }
          code.vsubps(x, x, shift);
          exp.write(e, x, row.register(6), row.register(7));
          row.accumulate(part, sum(row, 0, part), x, sum -> code.vaddps(sum, sum, e));
        });
    new MachineLanes(row).tree(row.register(0), x);
    row.end();
  }

  /** The function (x, n), n at least 1. */
  static void softmaxNumerators(MachineRow row) {
    Assembler code = row.code();
    VectorRegister max = row.register(3);
    VectorRegister x = row.register(4);
    VectorRegister e = row.register(5);
    MachineMax.write(row);
    MachineExp exp = new MachineExp(row, 8);
    code.vbroadcastss(max, row.register(0).at(128));
    clear(row, 0);
    row.loop(
        1,
        part -> {
          row.load(part, x, RDI);
          code.vsubps(x, x, max);
          exp.write(e, x, row.register(6), row.register(7));
          row.store(part, RDI, e);
          row.accumulate(part, sum(row, 0, part), x, sum -> code.vaddps(sum, sum, e));
        });
    new MachineLanes(row).tree(row.register(0), x);
    row.end();
  }

  /** The function (x, n, out; shift) without result. */
  static void moments(MachineRow row) {
    Assembler code = row.code();
    VectorRegister shift = row.register(6);
    VectorRegister y = row.register(7);
    VectorRegister e = row.register(8);
    VectorRegister scratch = row.register(9);
    MachineExp exp = new MachineExp(row, 11);
    code.vbroadcastss(shift, row.register(0).at(128));
    for (int moment = 0; moment < 3; moment++) {
      clear(row, 2 * moment);
    }
    row.loop(
        1,
        part -> {
          row.load(part, y, RDI);
          code.vsubps(y, y, shift);
          exp.write(e, y, scratch, row.register(10));
          row.accumulate(part, sum(row, 0, part), scratch, sum -> code.vaddps(sum, sum, e));
          row.accumulate(part, sum(row, 2, part), scratch, sum -> code.vfmadd231ps(sum, e, y));
          code.vmulps(e, e, y);
          row.accumulate(part, sum(row, 4, part), scratch, sum -> code.vfmadd231ps(sum, e, y));
        });
    for (int moment = 0; moment < 3; moment++) {
      VectorRegister sum = row.register(2 * moment);
      new MachineLanes(row).tree(sum, scratch);
      code.vmovss(Address.at(RDX, moment * Float.BYTES), sum.at(128));
    }
    row.end();
  }

  /** The function (x, n, y; shift). */
  static void shiftedDot(MachineRow row) {
    Assembler code = row.code();
    VectorRegister shift = row.register(2);
    VectorRegister x = row.register(3);
    VectorRegister y = row.register(4);
    code.vbroadcastss(shift, row.register(0).at(128));
    clear(row, 0);
    row.loop(
        1,
        part -> {
          row.load(part, x, RDI);
          row.load(part, y, RDX);
          code.vsubps(y, y, shift);
          row.accumulate(
              part, sum(row, 0, part), row.register(5), sum -> code.vfmadd231ps(sum, x, y));
        });
    new MachineLanes(row).tree(row.register(0), x);
    row.end();
  }

  /** Sets the registers of a sum, a register and the one behind it, to zero. */
  static void clear(MachineRow row, int first) {
    for (int i = first; i < first + 2; i++) {
      row.code().vxorps(row.register(i), row.register(i), row.register(i));
    }
  }

  /** The register for a vector's part of a sum. */
  static VectorRegister sum(MachineRow row, int first, MachineRow.Part part) {
    return row.register(first + part.vector() % row.vectors());
  }
}
