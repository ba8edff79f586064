package scriptorium.engine.kernel;

import java.util.EnumMap;
import java.util.Map;
import scriptorium.engine.machine.Assembler;
import scriptorium.engine.machine.Comparison;
import scriptorium.engine.machine.MaskRegister;
import scriptorium.engine.machine.VectorRegister;

/**
 * Constants as operands of a loop: in registers as far as some are free, the rest in memory. At 512
 * bits registers 16 to 31 are free for them.
 */
final class MachineOperands {
  private static final int REGISTERS_512 = 32;
  private static final int BEYOND_VEX = 16;

  private final MachineRow row;
  private final Assembler code;
  private final Map<MachineConstant, VectorRegister> held = new EnumMap<>(MachineConstant.class);

  /**
   * Writes the loads of the constants that are held, in their order.
   *
   * @param first a register from which to {@link MachineRow#FREE} all are free; at 256 bits they
   *     are all there is
   */
  MachineOperands(MachineRow row, int first, MachineConstant... constants) {
    this.row = row;
    code = row.code();
    int register = row.isWide() ? BEYOND_VEX : first;
    int end = row.isWide() ? REGISTERS_512 : MachineRow.FREE;
    for (int i = 0; i < constants.length && register < end; i++) {
      if (!held.containsKey(constants[i])) {
        VectorRegister to = row.register(register);
        code.vmovups(to, row.constant(constants[i]));
        held.put(constants[i], to);
        register++;
      }
    }
  }

  /** {@code to = constant}. */
  void copy(VectorRegister to, MachineConstant constant) {
    if (held.containsKey(constant)) {
      code.vmovaps(to, held.get(constant));
    } else {
      code.vmovups(to, row.constant(constant));
    }
  }

  /** {@code to = left + constant}. */
  void add(VectorRegister to, VectorRegister left, MachineConstant constant) {
    if (held.containsKey(constant)) {
      code.vaddps(to, left, held.get(constant));
    } else {
      code.vaddps(to, left, row.constant(constant));
    }
  }

  /** {@code to = left * to + constant}, rounded once. */
  void multiplyAdd(VectorRegister to, VectorRegister left, MachineConstant constant) {
    if (held.containsKey(constant)) {
      code.vfmadd213ps(to, left, held.get(constant));
    } else {
      code.vfmadd213ps(to, left, row.constant(constant));
    }
  }

  /** {@code sum += left * constant}, rounded once. */
  void addProduct(VectorRegister sum, VectorRegister left, MachineConstant constant) {
    if (held.containsKey(constant)) {
      code.vfmadd231ps(sum, left, held.get(constant));
    } else {
      code.vfmadd231ps(sum, left, row.constant(constant));
    }
  }

  /** All bits of a lane set where left compares so with the constant; at 256 bits. */
  void compare(
      VectorRegister to, VectorRegister left, MachineConstant constant, Comparison comparison) {
    if (held.containsKey(constant)) {
      code.vcmpps(to, left, held.get(constant), comparison);
    } else {
      code.vcmpps(to, left, row.constant(constant), comparison);
    }
  }

  /** A mask's bit set where left compares so with the constant; at 512 bits. */
  void compare(
      MaskRegister to, VectorRegister left, MachineConstant constant, Comparison comparison) {
    if (held.containsKey(constant)) {
      code.vcmpps(to, left, held.get(constant), comparison);
    } else {
      code.vcmpps(to, left, row.constant(constant), comparison);
    }
  }
}
