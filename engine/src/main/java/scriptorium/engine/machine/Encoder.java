package scriptorium.engine.machine;

import java.util.Arrays;

/**
 * The bytes of instructions: prefixes, opcodes, operands and numbers, one after the other. Knows
 * the forms of x86-64 (REX, VEX, EVEX), not what an instruction does. Belongs to one assembler.
 */
final class Encoder {
  private byte[] code = new byte[4096];
  private int size;

  int size() {
    return size;
  }

  byte[] code() {
    return Arrays.copyOf(code, size);
  }

  void emit(int... bytes) {
    for (int value : bytes) {
      if (size == code.length) {
        code = Arrays.copyOf(code, 2 * size);
      }
      code[size] = (byte) value;
      size++;
    }
  }

  void emit32(int value) {
    emit(value, value >> 8, value >> 16, value >> 24);
  }

  /** Replaces four bytes that have been emitted. */
  void patch32(int at, int value) {
    for (int i = 0; i < Integer.BYTES; i++) {
      code[at + i] = (byte) (value >> i * Byte.SIZE);
    }
  }

  // ---- general registers

  /**
   * An instruction on a register.
   *
   * @param reg the other register's number, or what an opcode with several meanings is told apart
   *     by
   * @param opcode one byte, or 0x0F and one byte
   */
  void general(GeneralRegister rm, int reg, int opcode, boolean wide) {
    rex(reg, 0, rm.number(), wide);
    opcode(opcode);
    modRm(3, reg, rm.number());
  }

  /** An instruction on memory, see above. */
  void general(Address rm, int reg, int opcode, boolean wide) {
    rex(reg, number(rm.index()), rm.base().number(), wide);
    opcode(opcode);
    memory(reg, rm, 1);
  }

  /** An instruction whose register is part of its one opcode byte. */
  void general(GeneralRegister register, int opcode) {
    rex(0, 0, register.number(), false);
    emit(opcode | register.number() & 7);
  }

  /** The prefix for 64-bit operands and for registers above 7; nothing where it is not needed. */
  void rex(int reg, int index, int base, boolean wide) {
    int extensions = (wide ? 8 : 0) | reg >> 3 << 2 | index >> 3 << 1 | base >> 3;
    if (extensions != 0) {
      emit(0x40 | extensions);
    }
  }

  private void opcode(int opcode) {
    if (opcode > 0xFF) {
      emit(opcode >> Byte.SIZE);
    }
    emit(opcode);
  }

  // ---- vectors

  /**
   * A vector instruction on registers, which the operation has checked.
   *
   * @param second the register's number in the prefix, 0 if the instruction has no such operand
   * @param mask selects lanes; null for all
   */
  void vector(
      VectorOperation operation, VectorRegister reg, int second, int rm, MaskRegister mask) {
    if (isExtended(reg, second, rm)) {
      evex(operation, reg, second, rm >> 4, rm >> 3, mask);
    } else {
      vex(operation, reg, second, 0, rm);
    }
    emit(operation.opcode);
    modRm(3, reg.number(), rm);
  }

  /** A vector instruction on memory, see above. */
  void vector(
      VectorOperation operation, VectorRegister reg, int second, Address rm, MaskRegister mask) {
    int base = rm.base().number();
    int index = number(rm.index());
    boolean extended = isExtended(reg, second, 0);
    if (extended) {
      evex(operation, reg, second, index >> 3, base >> 3, mask);
    } else {
      vex(operation, reg, second, index, base);
    }
    emit(operation.opcode);
    memory(reg.number(), rm, extended ? operation.memoryBytes(reg.bytes()) : 1);
  }

  private static boolean isExtended(VectorRegister reg, int second, int rm) {
    return reg.bits() == 512 || (reg.number() | second | rm) > 15;
  }

  private void vex(VectorOperation operation, VectorRegister reg, int second, int index, int base) {
    int extension = (~reg.number() & 8) << 4;
    int last = (~second & 15) << 3 | (reg.bits() == 256 ? 4 : 0) | operation.prefix;
    if (index < 8 && base < 8 && operation.map == 1) {
      emit(0xC5, extension | last);
    } else {
      emit(0xC4, extension | (~index & 8) << 3 | (~base & 8) << 2 | operation.map, last);
    }
  }

  /** {@code x} and {@code b} have the upper bit of index (or register) and base in their lowest. */
  private void evex(
      VectorOperation operation, VectorRegister reg, int second, int x, int b, MaskRegister mask) {
    int number = reg.number();
    int length = reg.bits() == 512 ? 2 : reg.bits() == 256 ? 1 : 0;
    emit(
        0x62,
        (~number & 8) << 4 | (~x & 1) << 6 | (~b & 1) << 5 | ~number & 16 | operation.map,
        (operation.wide() ? 0x80 : 0) | (~second & 15) << 3 | 4 | operation.prefix,
        length << 5 | (~second & 16) >> 1 | (mask == null ? 0 : mask.number()));
  }

  // ---- operands

  private static int number(GeneralRegister register) {
    return register == null ? 0 : register.number();
  }

  static boolean isByte(int value) {
    return value == (byte) value;
  }

  private void modRm(int mod, int reg, int rm) {
    emit(mod << 6 | (reg & 7) << 3 | rm & 7);
  }

  /** An operand in memory; a displacement of one byte counts in {@code unit}s. */
  private void memory(int reg, Address address, int unit) {
    int base = address.base().number();
    int displacement = address.displacement();
    boolean isShort = displacement % unit == 0 && isByte(displacement / unit);
    int mod = displacement == 0 && (base & 7) != 5 ? 0 : isShort ? 1 : 2;
    if (address.index() != null || (base & 7) == 4) {
      modRm(mod, reg, 4);
      int index = address.index() == null ? 4 : address.index().number();
      emit(Integer.numberOfTrailingZeros(address.scale()) << 6 | (index & 7) << 3 | base & 7);
    } else {
      modRm(mod, reg, base);
    }
    if (mod == 1) {
      emit(displacement / unit);
    } else if (mod == 2) {
      emit32(displacement);
    }
  }
}
