package scriptorium.engine.kernel;

import static scriptorium.engine.machine.GeneralRegister.R10;
import static scriptorium.engine.machine.GeneralRegister.R11;
import static scriptorium.engine.machine.GeneralRegister.R9;
import static scriptorium.engine.machine.GeneralRegister.RAX;
import static scriptorium.engine.machine.GeneralRegister.RSI;

import java.util.function.Consumer;
import scriptorium.engine.machine.Address;
import scriptorium.engine.machine.Assembler;
import scriptorium.engine.machine.Comparison;
import scriptorium.engine.machine.Condition;
import scriptorium.engine.machine.GeneralRegister;
import scriptorium.engine.machine.Label;
import scriptorium.engine.machine.MaskRegister;
import scriptorium.engine.machine.VectorRegister;

/**
 * Writes a function over rows of n floats: loops over {@value Kernels#LANES} floats at a time, then
 * the tail under a mask, so that nothing behind the row is read or written. The op gives what is
 * done with one vector; one source for both widths.
 *
 * <p>Float i of a row is in lane i % 16 of a vector of 512 bits, or of two of 256 bits, which is
 * the order of sums that {@link Kernels} asks for.
 *
 * <p>rsi has n, rdi, rdx, rcx and r8 may have rows. rax, r9, r10, r11, the masks and the vector
 * registers {@value #FREE} to 15 are used here; all other vector registers are the op's.
 */
final class MachineRow {
  /** The vector registers that are the op's end here. */
  static final int FREE = 14;

  private static final int LINE = MachineConstant.LINE;
  private static final GeneralRegister INDEX = RAX;
  private static final GeneralRegister LIMIT = R9;
  private static final GeneralRegister WHOLE = R10;
  private static final GeneralRegister CONSTANTS = R11;
  private static final GeneralRegister N = RSI;
  private static final MaskRegister TAIL = MaskRegister.K1;
  private static final MaskRegister COMPARED = MaskRegister.K2;

  private final Assembler code;
  private final int bits;

  /** Which vector of a pass of a loop, and whether it is the masked one. */
  record Part(int vector, boolean isTail) {}

  /** Begins a function where the assembler is. */
  MachineRow(Assembler code, int bits) {
    this.code = code;
    this.bits = bits;
    code.movabs(CONSTANTS, MachineConstant.address());
    code.mov(WHOLE, N);
    code.and(WHOLE, -Kernels.LANES);
    code.shl(WHOLE, 2);
  }

  /** Ends the function. */
  void end() {
    code.vzeroupper();
    code.ret();
  }

  Assembler code() {
    return code;
  }

  /** Whether registers have 512 bits. */
  boolean isWide() {
    return bits == 512;
  }

  VectorRegister register(int number) {
    return new VectorRegister(number, bits);
  }

  /** Registers for {@value Kernels#LANES} lanes. */
  int vectors() {
    return Kernels.LANES * Float.SIZE / bits;
  }

  /** A constant, in all lanes. */
  Address constant(MachineConstant constant) {
    return Address.at(CONSTANTS, constant.offset());
  }

  /** All bits, in all lanes. */
  Address ones() {
    return Address.at(CONSTANTS, MachineConstant.MASKS + Kernels.LANES * LINE);
  }

  // ---- loops

  /**
   * Goes over the row once.
   *
   * @param unroll times {@value Kernels#LANES} floats of a pass of the main loop, a power of 2; the
   *     op's vectors count from 0 to 2 * unroll at 256 bits, to unroll at 512
   */
  void loop(int unroll, Consumer<Part> op) {
    code.mov(INDEX, 0);
    if (unroll > 1) {
      code.mov(LIMIT, N);
      code.and(LIMIT, -Kernels.LANES * unroll);
      code.shl(LIMIT, 2);
      passes(LIMIT, unroll, op);
    }
    passes(WHOLE, 1, op);
    tail(op);
  }

  private void passes(GeneralRegister limit, int unroll, Consumer<Part> op) {
    Label again = new Label();
    Label end = new Label();
    code.cmp(INDEX, limit);
    code.jump(Condition.E, end);
    code.align(32);
    code.place(again);
    for (int vector = 0; vector < unroll * vectors(); vector++) {
      op.accept(new Part(vector, false));
    }
    code.add(INDEX, unroll * LINE);
    code.cmp(INDEX, limit);
    code.jump(Condition.NE, again);
    code.place(end);
  }

  private void tail(Consumer<Part> op) {
    Label end = new Label();
    code.mov(LIMIT, N);
    code.and(LIMIT, Kernels.LANES - 1);
    code.jump(Condition.E, end);
    code.shl(LIMIT, Integer.numberOfTrailingZeros(LINE));
    for (int vector = 0; vector < vectors(); vector++) {
      int at = MachineConstant.MASKS + vector * bits / Byte.SIZE;
      code.vmovups(mask(vector), Address.at(CONSTANTS, LIMIT, at));
    }
    if (isWide()) { // all bits of a lane are a NaN
      code.vcmpps(TAIL, mask(0), mask(0), Comparison.UNORD);
    }
    for (int vector = 0; vector < vectors(); vector++) {
      op.accept(new Part(vector, true));
    }
    code.place(end);
  }

  private VectorRegister mask(int vector) {
    return register(FREE + vector);
  }

  // ---- what an op does with a vector

  /** Loads a vector of the row that a register points at; zeros where a tail has ended. */
  void load(Part part, VectorRegister to, GeneralRegister row) {
    if (part.isTail() && isWide()) {
      code.vxorps(to, to, to);
      code.vmovups(to, TAIL, address(part, row));
    } else if (part.isTail()) {
      code.vmaskmovps(to, mask(part.vector()), address(part, row));
    } else {
      code.vmovups(to, address(part, row));
    }
  }

  /**
   * Loads a vector of the row that a register points at; a constant where a tail has ended.
   *
   * @param scratch a register that may be changed
   */
  void load(
      Part part,
      VectorRegister to,
      GeneralRegister row,
      MachineConstant filler,
      VectorRegister scratch) {
    if (!part.isTail()) {
      load(part, to, row);
    } else if (isWide()) {
      code.vmovups(to, constant(filler));
      code.vmovups(to, TAIL, address(part, row));
    } else {
      load(part, scratch, row);
      code.vmovups(to, constant(filler));
      code.vblendvps(to, to, scratch, mask(part.vector()));
    }
  }

  /** Stores a vector to the row, of a tail what it has. */
  void store(Part part, GeneralRegister row, VectorRegister from) {
    if (part.isTail() && isWide()) {
      code.vmovups(address(part, row), TAIL, from);
    } else if (part.isTail()) {
      code.vmaskmovps(address(part, row), mask(part.vector()), from);
    } else {
      code.vmovups(address(part, row), from);
    }
  }

  /**
   * Changes an accumulator in the lanes that the row has: the others keep their bits, where adding
   * a zero would turn -0 into +0.
   *
   * @param scratch a register that may be changed
   * @param change writes the change of the register that it is given
   */
  void accumulate(
      Part part,
      VectorRegister accumulator,
      VectorRegister scratch,
      Consumer<VectorRegister> change) {
    if (!part.isTail()) {
      change.accept(accumulator);
      return;
    }
    code.vmovaps(scratch, accumulator);
    change.accept(scratch);
    if (isWide()) {
      code.vblendmps(accumulator, TAIL, accumulator, scratch);
    } else {
      code.vblendvps(accumulator, accumulator, scratch, mask(part.vector()));
    }
  }

  /**
   * Sets all bits of the lanes where the comparison holds, none of the others.
   *
   * @param ones a register of all bits; read at 512 bits only
   */
  void compare(
      VectorRegister to,
      VectorRegister left,
      VectorRegister right,
      Comparison comparison,
      VectorRegister ones) {
    if (isWide()) {
      code.vcmpps(COMPARED, left, right, comparison);
      code.vxorps(to, to, to);
      code.vblendmps(to, COMPARED, to, ones);
    } else {
      code.vcmpps(to, left, right, comparison);
    }
  }

  /** Mask for a comparison of the op's own at 512 bits. */
  MaskRegister compared() {
    return COMPARED;
  }

  private Address address(Part part, GeneralRegister row) {
    return Address.at(row, INDEX, part.vector() * bits / Byte.SIZE);
  }
}
