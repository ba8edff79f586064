package scriptorium.engine.kernel;

import static scriptorium.engine.kernel.MachineConstant.MAGNITUDE;
import static scriptorium.engine.kernel.MachineConstant.NEGATIVE_INFINITY;
import static scriptorium.engine.machine.GeneralRegister.RAX;
import static scriptorium.engine.machine.GeneralRegister.RDI;

import scriptorium.engine.machine.Assembler;
import scriptorium.engine.machine.Comparison;
import scriptorium.engine.machine.VectorRegister;

/**
 * Writes {@link Kernels#max} and countGreater. The processor's maximum loses a NaN and does not
 * tell zeros apart: NaNs are collected beside it, and so is whether any sign is clear, which says
 * which zero is the largest.
 */
final class MachineMax {
  private static final int UNROLL = 2;

  private MachineMax() {}

  /** The function (x, n), n at least 1. */
  static void max(MachineRow row) {
    write(row);
    row.end();
  }

  /** The largest of the row that rdi points at into the first lane of register 0. */
  static void write(MachineRow row) {
    Assembler code = row.code();
    VectorRegister x = row.register(4);
    VectorRegister scratch = row.register(5);
    VectorRegister signs = row.register(6);
    VectorRegister nans = row.register(7);
    VectorRegister ones = row.register(8);
    for (int i = 0; i < UNROLL * row.vectors(); i++) {
      code.vmovups(row.register(i), row.constant(NEGATIVE_INFINITY));
    }
    code.vmovups(signs, row.constant(NEGATIVE_INFINITY));
    code.vxorps(nans, nans, nans);
    code.vmovups(ones, row.ones());
    // -infinity fills a tail: it is no maximum, and its sign is set.
    row.loop(
        UNROLL,
        part -> {
          VectorRegister max = row.register(part.vector());
          row.load(part, x, RDI, NEGATIVE_INFINITY, scratch);
          code.vmaxps(max, max, x);
          code.vandps(signs, signs, x);
          row.compare(scratch, x, x, Comparison.UNORD, ones);
          code.vorps(nans, nans, scratch);
        });
    VectorRegister max = row.register(0);
    for (int i = 1; i < UNROLL * row.vectors(); i++) {
      code.vmaxps(max, max, row.register(i));
    }
    MachineLanes lanes = new MachineLanes(row);
    lanes.fold(max, scratch, (to, by) -> code.vmaxps(to, to, by));
    lanes.fold(signs, scratch, (to, by) -> code.vandps(to, to, by));
    lanes.fold(nans, scratch, (to, by) -> code.vorps(to, to, by));
    code.vmovups(scratch, row.constant(MAGNITUDE));
    code.vorps(signs, signs, scratch);
    code.vandps(max, max, signs);
    code.vorps(max, max, nans);
  }

  /** The function (x, n; value) that returns the count in rax. */
  static void countGreater(MachineRow row) {
    Assembler code = row.code();
    VectorRegister value = row.register(2);
    VectorRegister x = row.register(3);
    VectorRegister ones = row.register(4);
    VectorRegister greater = row.register(5);
    code.vbroadcastss(value, row.register(0).at(128));
    code.vmovups(ones, row.ones());
    MachineSums.clear(row, 0);
    row.loop(
        4,
        part -> {
          VectorRegister count = row.register(part.vector() % 2);
          row.load(part, x, RDI, NEGATIVE_INFINITY, greater);
          row.compare(greater, x, value, Comparison.GT, ones);
          code.vpsubd(count, count, greater);
        });
    VectorRegister count = row.register(0);
    code.vpaddd(count, count, row.register(1));
    new MachineLanes(row).fold(count, x, (to, by) -> code.vpaddd(to, to, by));
    code.vmovd(RAX, count.at(128));
    row.end();
  }
}
