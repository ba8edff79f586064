package scriptorium.engine.kernel;

import static scriptorium.engine.kernel.MachineConstant.ONE;
import static scriptorium.engine.machine.GeneralRegister.R8;
import static scriptorium.engine.machine.GeneralRegister.RCX;
import static scriptorium.engine.machine.GeneralRegister.RDI;
import static scriptorium.engine.machine.GeneralRegister.RDX;

import scriptorium.engine.machine.Assembler;
import scriptorium.engine.machine.VectorRegister;

/** Writes {@link Kernels#layerNorm}: three passes over a row. */
final class MachineLayerNorm {
  private static final int UNROLL = 2;

  private MachineLayerNorm() {}

  /** The function (x, n, weight, bias, out; epsilon, n). */
  static void write(MachineRow row) {
    Assembler code = row.code();
    MachineLanes lanes = new MachineLanes(row);
    VectorRegister sum = row.register(0);
    VectorRegister x = row.register(2);
    VectorRegister scratch = row.register(3);
    VectorRegister mean = row.register(4);
    VectorRegister scale = row.register(5);
    VectorRegister epsilon = row.register(6).at(128);
    VectorRegister n = row.register(7).at(128);
    VectorRegister first = sum.at(128);
    code.vmovaps(epsilon, row.register(0).at(128));
    code.vmovaps(n, row.register(1).at(128));

    MachineSums.clear(row, 0);
    row.loop(
        UNROLL,
        part -> {
          row.load(part, x, RDI);
          row.accumulate(
              part, MachineSums.sum(row, 0, part), scratch, to -> code.vaddps(to, to, x));
        });
    lanes.tree(sum, scratch);
    code.vdivss(first, first, n);
    code.vbroadcastss(mean, first);

    MachineSums.clear(row, 0);
    row.loop(
        UNROLL,
        part -> {
          row.load(part, x, RDI);
          code.vsubps(x, x, mean);
          row.accumulate(
              part, MachineSums.sum(row, 0, part), scratch, to -> code.vfmadd231ps(to, x, x));
        });
    lanes.tree(sum, scratch);
    code.vdivss(first, first, n);
    code.vaddss(first, first, epsilon);
    code.vsqrtss(first, first, first);
    code.vmovss(scratch.at(128), row.constant(ONE));
    code.vdivss(first, scratch.at(128), first);
    code.vbroadcastss(scale, first);

    row.loop(
        UNROLL,
        part -> {
          VectorRegister weight = row.register(0);
          VectorRegister bias = row.register(1);
          row.load(part, x, RDI);
          row.load(part, weight, RDX);
          row.load(part, bias, RCX);
          code.vsubps(x, x, mean);
          code.vmulps(x, x, scale);
          code.vfmadd213ps(x, weight, bias);
          row.store(part, R8, x);
        });
    row.end();
  }
}
