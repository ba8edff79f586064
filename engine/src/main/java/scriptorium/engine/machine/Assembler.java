package scriptorium.engine.machine;

import java.util.Arrays;

/**
 * Encodes the x86-64 instructions that the kernels use, in the order of the calls. Operands stand
 * as in Intel's syntax, the destination first. Vector instructions take their width from their
 * registers: VEX for 128 and 256 bits, EVEX for 512 bits and for registers above 15. Jumps are
 * always the long form. Belongs to one thread.
 *
 * <p>In the way of Xbyak (Mitsunari 2007); encodings as in the Intel 64 and IA-32 Architectures
 * Software Developer's Manual, volume 2, held against GNU as by {@code AssemblerTest}.
 */
public final class Assembler {
  private static final int ALIGNMENT_FILLER = 0x90;
  private static final int NO_VECTOR = 0;

  private byte[] code = new byte[4096];
  private int size;

  /** An assembler without code. */
  public Assembler() {}

  /** The code so far. */
  public byte[] code() {
    return Arrays.copyOf(code, size);
  }

  /** Bytes so far: where the next instruction begins. */
  public int size() {
    return size;
  }

  // ---- places and jumps

  /** Puts a label where the next instruction begins. */
  public void place(Label label) {
    label.place(size);
    for (int use : label.uses()) {
      patch(use, size - (use + Integer.BYTES));
    }
  }

  /** Fills with instructions that do nothing up to a multiple of some bytes. */
  public void align(int bytes) {
    while (size % bytes != 0) {
      emit(ALIGNMENT_FILLER);
    }
  }

  /** Goes on at the label. */
  public void jump(Label label) {
    emit(0xE9);
    reference(label);
  }

  /** Goes on at the label if the condition holds. */
  public void jump(Condition condition, Label label) {
    emit(0x0F);
    emit(0x80 | condition.code());
    reference(label);
  }

  /** Goes on at the address that a register holds. */
  public void jump(GeneralRegister target) {
    rex(0, 0, target.number(), false);
    emit(0xFF);
    modRm(3, 4, target.number());
  }

  /** Calls the code at an address that lies in memory. */
  public void call(Address target) {
    general(target, 2, 0xFF, false);
  }

  /** Goes back to the caller. */
  public void ret() {
    emit(0xC3);
  }

  private void reference(Label label) {
    emit32(label.isPlaced() ? label.place() - (size + Integer.BYTES) : 0);
    if (!label.isPlaced()) {
      label.use(size - Integer.BYTES);
    }
  }

  // ---- general registers

  /** Copies a register. */
  public void mov(GeneralRegister to, GeneralRegister from) {
    general(to, from.number(), 0x89);
  }

  /** Sets a register to a number, whose sign is extended from 32 bits. */
  public void mov(GeneralRegister to, int value) {
    general(to, 0, 0xC7);
    emit32(value);
  }

  /** Loads eight bytes. */
  public void mov(GeneralRegister to, Address from) {
    general(from, to.number(), 0x8B, true);
  }

  /** Stores eight bytes. */
  public void mov(Address to, GeneralRegister from) {
    general(to, from.number(), 0x89, true);
  }

  /** Stores the lower four bytes of a register. */
  public void mov32(Address to, GeneralRegister from) {
    general(to, from.number(), 0x89, false);
  }

  /** Sets a register to an address. */
  public void lea(GeneralRegister to, Address address) {
    general(address, to.number(), 0x8D, true);
  }

  /** Adds a register. */
  public void add(GeneralRegister to, GeneralRegister by) {
    general(to, by.number(), 0x01);
  }

  /** Adds eight bytes of memory. */
  public void add(GeneralRegister to, Address by) {
    general(by, to.number(), 0x03, true);
  }

  /** Adds a number. */
  public void add(GeneralRegister to, int value) {
    immediate(to, 0, value);
  }

  /** Adds a register to eight bytes of memory. */
  public void add(Address to, GeneralRegister by) {
    general(to, by.number(), 0x01, true);
  }

  /** Subtracts a register. */
  public void sub(GeneralRegister from, GeneralRegister by) {
    general(from, by.number(), 0x29);
  }

  /** Subtracts a number. */
  public void sub(GeneralRegister from, int value) {
    immediate(from, 5, value);
  }

  /** The bits that both have. */
  public void and(GeneralRegister to, int value) {
    immediate(to, 4, value);
  }

  /** Compares with a register, as a subtraction would. */
  public void cmp(GeneralRegister left, GeneralRegister right) {
    general(left, right.number(), 0x39);
  }

  /** Compares with eight bytes of memory. */
  public void cmp(GeneralRegister left, Address right) {
    general(right, left.number(), 0x3B, true);
  }

  /** Compares with a number. */
  public void cmp(GeneralRegister left, int value) {
    immediate(left, 7, value);
  }

  /** Sets the flags of a register's bits in common with another's. */
  public void test(GeneralRegister left, GeneralRegister right) {
    general(left, right.number(), 0x85);
  }

  /** Takes the register where the condition holds. */
  public void cmov(Condition condition, GeneralRegister to, GeneralRegister from) {
    rex(to.number(), 0, from.number(), true);
    emit(0x0F);
    emit(0x40 | condition.code());
    modRm(3, to.number(), from.number());
  }

  /** Multiplies by a register; the lower 64 bits. */
  public void imul(GeneralRegister to, GeneralRegister by) {
    rex(to.number(), 0, by.number(), true);
    emit(0x0F);
    emit(0xAF);
    modRm(3, to.number(), by.number());
  }

  /** Multiplies by eight bytes of memory; the lower 64 bits. */
  public void imul(GeneralRegister to, Address by) {
    rex(to.number(), number(by.index()), by.base().number(), true);
    emit(0x0F);
    emit(0xAF);
    memory(to.number(), by, 1);
  }

  /** Shifts left by some bits. */
  public void shl(GeneralRegister register, int bits) {
    general(register, 4, 0xC1);
    emit(bits);
  }

  /** Shifts right by some bits, zeros coming in. */
  public void shr(GeneralRegister register, int bits) {
    general(register, 5, 0xC1);
    emit(bits);
  }

  /** Puts a register on the stack. */
  public void push(GeneralRegister register) {
    rex(0, 0, register.number(), false);
    emit(0x50 | register.number() & 7);
  }

  /** Takes a register from the stack. */
  public void pop(GeneralRegister register) {
    rex(0, 0, register.number(), false);
    emit(0x58 | register.number() & 7);
  }

  /** Asks the processor what it is: leaf in eax, subleaf in ecx; eax, ebx, ecx, edx. */
  public void cpuid() {
    emit(0x0F);
    emit(0xA2);
  }

  /** What state the system saves: register in ecx; eax, edx. */
  public void xgetbv() {
    emit(0x0F);
    emit(0x01);
    emit(0xD0);
  }

  /** Asks for a line in all caches. */
  public void prefetcht0(Address address) {
    prefetch(1, address);
  }

  /** Asks for a line in the second-level cache. */
  public void prefetcht1(Address address) {
    prefetch(2, address);
  }

  private void prefetch(int hint, Address address) {
    rex(0, number(address.index()), address.base().number(), false);
    emit(0x0F);
    emit(0x18);
    memory(hint, address, 1);
  }

  private void general(GeneralRegister rm, int reg, int opcode) {
    rex(reg, 0, rm.number(), true);
    emit(opcode);
    modRm(3, reg, rm.number());
  }

  private void general(Address rm, int reg, int opcode, boolean wide) {
    rex(reg, number(rm.index()), rm.base().number(), wide);
    emit(opcode);
    memory(reg, rm, 1);
  }

  private void immediate(GeneralRegister register, int operation, int value) {
    if (isByte(value)) {
      general(register, operation, 0x83);
      emit(value);
    } else if (register == GeneralRegister.RAX) { // a form of its own, a byte shorter
      rex(0, 0, 0, true);
      emit(operation << 3 | 5);
      emit32(value);
    } else {
      general(register, operation, 0x81);
      emit32(value);
    }
  }

  // ---- vectors

  /** Loads a vector from any address. */
  public void vmovups(VectorRegister to, Address from) {
    vector(VectorOperation.MOVUPS_LOAD, to, NO_VECTOR, from, null);
  }

  /** Stores a vector to any address. */
  public void vmovups(Address to, VectorRegister from) {
    vector(VectorOperation.MOVUPS_STORE, from, NO_VECTOR, to, null);
  }

  /** Copies a vector. */
  public void vmovaps(VectorRegister to, VectorRegister from) {
    vector(VectorOperation.MOVAPS, to, NO_VECTOR, from, null);
  }

  /** Loads a float; the other lanes are zero. */
  public void vmovss(VectorRegister to, Address from) {
    vector(VectorOperation.MOVSS_LOAD, to, NO_VECTOR, from, null);
  }

  /** Stores the first lane. */
  public void vmovss(Address to, VectorRegister from) {
    vector(VectorOperation.MOVSS_STORE, from, NO_VECTOR, to, null);
  }

  /** Sets all lanes to a float of memory. */
  public void vbroadcastss(VectorRegister to, Address from) {
    vector(VectorOperation.BROADCASTSS, to, NO_VECTOR, from, null);
  }

  /** Sets all lanes to the first lane of a 128-bit register. */
  public void vbroadcastss(VectorRegister to, VectorRegister from) {
    vector(VectorOperation.BROADCASTSS, to, NO_VECTOR, from, null);
  }

  /** Loads 16-bit words, each widened by zeros to 32 bits. */
  public void vpmovzxwd(VectorRegister to, Address from) {
    vector(VectorOperation.PMOVZXWD, to, NO_VECTOR, from, null);
  }

  /** Loads halves (IEEE binary16), each widened to a float. */
  public void vcvtph2ps(VectorRegister to, Address from) {
    vector(VectorOperation.CVTPH2PS, to, NO_VECTOR, from, null);
  }

  /** {@code sum += left * right}, rounded once. */
  public void vfmadd231ps(VectorRegister sum, VectorRegister left, VectorRegister right) {
    vector(VectorOperation.FMADD231PS, sum, left.number(), right, null);
  }

  /** {@code sum += left * right}, rounded once. */
  public void vfmadd231ps(VectorRegister sum, VectorRegister left, Address right) {
    vector(VectorOperation.FMADD231PS, sum, left.number(), right, null);
  }

  /** {@code to = left * to + right}, rounded once. */
  public void vfmadd213ps(VectorRegister to, VectorRegister left, VectorRegister right) {
    vector(VectorOperation.FMADD213PS, to, left.number(), right, null);
  }

  /** {@code to = left * to + right}, rounded once. */
  public void vfmadd213ps(VectorRegister to, VectorRegister left, Address right) {
    vector(VectorOperation.FMADD213PS, to, left.number(), right, null);
  }

  /** {@code to = to * right + left}, rounded once. */
  public void vfmadd132ps(VectorRegister to, VectorRegister left, VectorRegister right) {
    vector(VectorOperation.FMADD132PS, to, left.number(), right, null);
  }

  /** {@code to = left + right}. */
  public void vaddps(VectorRegister to, VectorRegister left, VectorRegister right) {
    vector(VectorOperation.ADDPS, to, left.number(), right, null);
  }

  /** {@code to = left + right}. */
  public void vaddps(VectorRegister to, VectorRegister left, Address right) {
    vector(VectorOperation.ADDPS, to, left.number(), right, null);
  }

  /** {@code to = left - right}. */
  public void vsubps(VectorRegister to, VectorRegister left, VectorRegister right) {
    vector(VectorOperation.SUBPS, to, left.number(), right, null);
  }

  /** {@code to = left * right}. */
  public void vmulps(VectorRegister to, VectorRegister left, VectorRegister right) {
    vector(VectorOperation.MULPS, to, left.number(), right, null);
  }

  /** {@code to = left / right}. */
  public void vdivps(VectorRegister to, VectorRegister left, VectorRegister right) {
    vector(VectorOperation.DIVPS, to, left.number(), right, null);
  }

  /** The larger of left and right; right where one is NaN or both are zeros. */
  public void vmaxps(VectorRegister to, VectorRegister left, VectorRegister right) {
    vector(VectorOperation.MAXPS, to, left.number(), right, null);
  }

  /** The bits of both. */
  public void vandps(VectorRegister to, VectorRegister left, VectorRegister right) {
    vector(VectorOperation.ANDPS, to, left.number(), right, null);
  }

  /** The bits that right has and left lacks. */
  public void vandnps(VectorRegister to, VectorRegister left, VectorRegister right) {
    vector(VectorOperation.ANDNPS, to, left.number(), right, null);
  }

  /** The bits of either. */
  public void vorps(VectorRegister to, VectorRegister left, VectorRegister right) {
    vector(VectorOperation.ORPS, to, left.number(), right, null);
  }

  /** The bits of one alone; of a register with itself: zeros. */
  public void vxorps(VectorRegister to, VectorRegister left, VectorRegister right) {
    vector(VectorOperation.XORPS, to, left.number(), right, null);
  }

  /** Sums of neighbours, those of left before those of right in every 128 bits; VEX alone. */
  public void vhaddps(VectorRegister to, VectorRegister left, VectorRegister right) {
    vector(VectorOperation.HADDPS, to, left.number(), right, null);
  }

  /** {@code to = left + right} of 32-bit integers. */
  public void vpaddd(VectorRegister to, VectorRegister left, VectorRegister right) {
    vector(VectorOperation.PADDD, to, left.number(), right, null);
  }

  /** Shifts 32-bit integers left. */
  public void vpslld(VectorRegister to, VectorRegister from, int bits) {
    shift(6, to, from, bits);
  }

  /** Shifts 32-bit integers right, zeros coming in. */
  public void vpsrld(VectorRegister to, VectorRegister from, int bits) {
    shift(2, to, from, bits);
  }

  /** Shifts 32-bit integers right, the sign coming in. */
  public void vpsrad(VectorRegister to, VectorRegister from, int bits) {
    shift(4, to, from, bits);
  }

  private void shift(int operation, VectorRegister to, VectorRegister from, int bits) {
    VectorRegister extension = new VectorRegister(operation, to.bits());
    vector(VectorOperation.SHIFT_BY_IMMEDIATE, extension, to.number(), from, null);
    emit(bits);
  }

  /** All bits of a lane set where the comparison holds; VEX alone. */
  public void vcmpps(
      VectorRegister to, VectorRegister left, VectorRegister right, Comparison comparison) {
    vector(VectorOperation.CMPPS, to, left.number(), right, null);
    emit(comparison.code());
  }

  /** A mask's bit set where the comparison holds; EVEX alone. */
  public void vcmpps(
      MaskRegister to, VectorRegister left, VectorRegister right, Comparison comparison) {
    VectorRegister mask = new VectorRegister(to.number(), left.bits());
    vector(VectorOperation.CMPPS, mask, left.number(), right, null);
    emit(comparison.code());
  }

  /** Lanes of right where the lane of mask has its highest bit set, else of left; VEX alone. */
  public void vblendvps(
      VectorRegister to, VectorRegister left, VectorRegister right, VectorRegister mask) {
    vector(VectorOperation.BLENDVPS, to, left.number(), right, null);
    emit(mask.number() << 4);
  }

  /** Lanes of right where the mask has its bit set, else of left; EVEX alone. */
  public void vblendmps(
      VectorRegister to, MaskRegister mask, VectorRegister left, VectorRegister right) {
    vector(VectorOperation.BLENDMPS, to, left.number(), right, mask);
  }

  /** The upper 128 bits of 256; VEX alone. */
  public void vextractf128(VectorRegister to, VectorRegister from) {
    vector(VectorOperation.EXTRACTF128, from, NO_VECTOR, to, null);
    emit(1);
  }

  /** The upper 256 bits of 512. */
  public void vextractf64x4(VectorRegister to, VectorRegister from) {
    vector(VectorOperation.EXTRACTF64X4, from, NO_VECTOR, to, null);
    emit(1);
  }

  /** Lanes 0 and 1 of left and right by turns, in every 128 bits. */
  public void vunpcklps(VectorRegister to, VectorRegister left, VectorRegister right) {
    vector(VectorOperation.UNPCKLPS, to, left.number(), right, null);
  }

  /** Lanes 2 and 3 of left and right by turns, in every 128 bits. */
  public void vunpckhps(VectorRegister to, VectorRegister left, VectorRegister right) {
    vector(VectorOperation.UNPCKHPS, to, left.number(), right, null);
  }

  /** Two chosen lanes of left before two of right, in every 128 bits. */
  public void vshufps(VectorRegister to, VectorRegister left, VectorRegister right, int lanes) {
    vector(VectorOperation.SHUFPS, to, left.number(), right, null);
    emit(lanes);
  }

  /** The square root of the first lane of right; the others of left. */
  public void vsqrtss(VectorRegister to, VectorRegister left, VectorRegister right) {
    vector(VectorOperation.SQRTSS, to, left.number(), right, null);
  }

  /** {@code to = left + right} in the first lane; the others of left. */
  public void vaddss(VectorRegister to, VectorRegister left, VectorRegister right) {
    vector(VectorOperation.ADDSS, to, left.number(), right, null);
  }

  /** {@code to = left / right} in the first lane; the others of left. */
  public void vdivss(VectorRegister to, VectorRegister left, VectorRegister right) {
    vector(VectorOperation.DIVSS, to, left.number(), right, null);
  }

  /** Ends work on 256 bits, before code that uses the older 128-bit instructions. */
  public void vzeroupper() {
    emit(0xC5);
    emit(0xF8);
    emit(0x77);
  }

  private void vector(
      VectorOperation operation,
      VectorRegister reg,
      int second,
      VectorRegister rm,
      MaskRegister mask) {
    int bits = Math.max(reg.bits(), rm.bits());
    if (operation == VectorOperation.BROADCASTSS || operation == VectorOperation.CVTPH2PS) {
      bits = reg.bits();
    }
    if (isExtended(operation, bits, reg.number(), second, rm.number(), mask)) {
      evex(operation, bits, reg.number(), second, rm.number() >> 4, rm.number() >> 3, mask);
    } else {
      vex(operation, bits, reg.number(), second, 0, rm.number());
    }
    emit(operation.opcode);
    modRm(3, reg.number(), rm.number());
  }

  private void vector(
      VectorOperation operation, VectorRegister reg, int second, Address rm, MaskRegister mask) {
    int base = rm.base().number();
    int index = number(rm.index());
    boolean extended = isExtended(operation, reg.bits(), reg.number(), second, 0, mask);
    if (extended) {
      evex(operation, reg.bits(), reg.number(), second, index >> 3, base >> 3, mask);
    } else {
      vex(operation, reg.bits(), reg.number(), second, index, base);
    }
    emit(operation.opcode);
    memory(reg.number(), rm, extended ? operation.memoryBytes(reg.bytes()) : 1);
  }

  private static boolean isExtended(
      VectorOperation operation, int bits, int reg, int second, int rm, MaskRegister mask) {
    return bits == 512 || (reg | second | rm) > 15 || mask != null;
  }

  private void vex(VectorOperation operation, int bits, int reg, int second, int index, int base) {
    int last = (~second & 15) << 3 | (bits == 256 ? 4 : 0) | operation.prefix;
    if (index < 8 && base < 8 && operation.map == 1) {
      emit(0xC5);
      emit((~reg & 8) << 4 | last);
    } else {
      emit(0xC4);
      emit((~reg & 8) << 4 | (~index & 8) << 3 | (~base & 8) << 2 | operation.map);
      emit(last);
    }
  }

  /** {@code x} and {@code b} have the upper bit of index (or register) and base in their lowest. */
  private void evex(
      VectorOperation operation, int bits, int reg, int second, int x, int b, MaskRegister mask) {
    emit(0x62);
    emit((~reg & 8) << 4 | (~x & 1) << 6 | (~b & 1) << 5 | (~reg & 16) | operation.map);
    emit((operation.wide() ? 0x80 : 0) | (~second & 15) << 3 | 4 | operation.prefix);
    int length = bits == 512 ? 2 : bits == 256 ? 1 : 0;
    emit(length << 5 | (~second & 16) >> 1 | (mask == null ? 0 : mask.number()));
  }

  // ---- bytes

  private static int number(GeneralRegister register) {
    return register == null ? 0 : register.number();
  }

  private static boolean isByte(int value) {
    return value == (byte) value;
  }

  private void rex(int reg, int index, int base, boolean wide) {
    int extensions = (wide ? 8 : 0) | reg >> 3 << 2 | index >> 3 << 1 | base >> 3;
    if (extensions != 0) {
      emit(0x40 | extensions);
    }
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

  private void emit(int value) {
    if (size == code.length) {
      code = Arrays.copyOf(code, 2 * size);
    }
    code[size] = (byte) value;
    size++;
  }

  private void emit32(int value) {
    for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
      emit(value >> shift);
    }
  }

  private void patch(int at, int value) {
    for (int i = 0; i < Integer.BYTES; i++) {
      code[at + i] = (byte) (value >> i * Byte.SIZE);
    }
  }
}
