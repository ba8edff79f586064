package scriptorium.engine.kernel;

import static scriptorium.engine.machine.GeneralRegister.R8;
import static scriptorium.engine.machine.GeneralRegister.RAX;
import static scriptorium.engine.machine.GeneralRegister.RBX;
import static scriptorium.engine.machine.GeneralRegister.RCX;
import static scriptorium.engine.machine.GeneralRegister.RDI;
import static scriptorium.engine.machine.GeneralRegister.RDX;

import scriptorium.engine.machine.Address;
import scriptorium.engine.machine.Assembler;
import scriptorium.engine.machine.Comparison;
import scriptorium.engine.machine.Condition;
import scriptorium.engine.machine.Label;
import scriptorium.engine.machine.VectorRegister;

/**
 * Writes {@link Kernels#indicesWithin}: comparisons by vectors, hits one by one from the bits of
 * the mask. Few of many is the case that it is for. At 256 bits on every processor: 512 have no
 * instruction that gathers the signs.
 */
final class MachineSearch {
  static final int BITS = 256;
  private static final int LANES = BITS / Float.SIZE;

  private MachineSearch() {}

  /**
   * The function (x, n, indices, index of the first; low, high) that writes the indices of the hits
   * and returns how many there are.
   */
  static void write(MachineRow row) {
    Assembler code = row.code();
    VectorRegister low = row.register(2);
    VectorRegister high = row.register(3);
    VectorRegister x = row.register(4);
    VectorRegister below = row.register(5);
    code.push(RBX);
    code.push(RDX);
    code.vbroadcastss(low, row.register(0).at(128));
    code.vbroadcastss(high, row.register(1).at(128));
    // A NaN fills a tail: it is in no range.
    row.loop(
        1,
        part -> {
          Label next = new Label();
          Label hit = new Label();
          row.load(part, x, RDI, MachineConstant.MAGNITUDE, below);
          code.vcmpps(below, x, high, Comparison.LT);
          code.vcmpps(x, x, low, Comparison.GE);
          code.vandps(x, x, below);
          code.vmovmskps(R8, x);
          code.test(R8, R8);
          code.jump(Condition.E, next);
          code.shr(RAX, 2); // floats, for a moment
          code.place(hit);
          code.tzcnt(RBX, R8);
          code.btr(R8, RBX);
          code.add(RBX, RAX);
          code.add(RBX, RCX);
          code.add(RBX, part.vector() * LANES);
          code.mov32(Address.at(RDX), RBX);
          code.add(RDX, Integer.BYTES);
          code.test(R8, R8);
          code.jump(Condition.NE, hit);
          code.shl(RAX, 2);
          code.place(next);
        });
    code.mov(RAX, RDX);
    code.pop(RDX);
    code.sub(RAX, RDX);
    code.shr(RAX, 2);
    code.pop(RBX);
    row.end();
  }
}
