package scriptorium.engine.machine;

/**
 * Encodes the x86-64 instructions that the kernels use, in the order of the calls. Operands stand
 * as in Intel's syntax, the destination first. Vector instructions take their width from their
 * registers: VEX for 128 and 256 bits, EVEX for 512 bits and for registers above 15. Jumps are
 * always the long form. Operands without an encoding are refused by an {@link
 * IllegalArgumentException}. Belongs to one thread.
 *
 * <p>In the way of Xbyak (Mitsunari 2007); encodings as in the Intel 64 and IA-32 Architectures
 * Software Developer's Manual, volume 2, held against GNU as by {@code AssemblerTest}.
 */
public final class Assembler {
  /** Most bytes that {@link #align} can align to: the code begins at a page. */
  private static final int PAGE = 4096;

  /** Instructions that do nothing, of 1 to 9 bytes, as the processor's manual advises. */
  private static final int[][] FILLERS = {
    {0x90},
    {0x66, 0x90},
    {0x0F, 0x1F, 0x00},
    {0x0F, 0x1F, 0x40, 0},
    {0x0F, 0x1F, 0x44, 0, 0},
    {0x66, 0x0F, 0x1F, 0x44, 0, 0},
    {0x0F, 0x1F, 0x80, 0, 0, 0, 0},
    {0x0F, 0x1F, 0x84, 0, 0, 0, 0, 0},
    {0x66, 0x0F, 0x1F, 0x84, 0, 0, 0, 0, 0},
  };

  private final Encoder encoder = new Encoder();
  private int openJumps;

  /** An assembler without code. */
  public Assembler() {}

  /**
   * The code so far.
   *
   * @throws IllegalStateException if a jump's label has no place
   */
  public byte[] code() {
    if (openJumps > 0) {
      throw new IllegalStateException(
          "Jumps to labels without a place: " + openJumps + "; place every label before code()");
    }
    return encoder.code();
  }

  /** Bytes so far: where the next instruction begins. */
  public int size() {
    return encoder.size();
  }

  // ---- places and jumps

  /**
   * Puts a label where the next instruction begins.
   *
   * @throws IllegalArgumentException if it has a place already, or belongs to another assembler
   */
  public void place(Label label) {
    label.place(this, size());
    for (int use : label.uses()) {
      encoder.patch32(use, size() - (use + Integer.BYTES));
      openJumps--;
    }
  }

  /**
   * Fills with instructions that do nothing, up to a multiple of some bytes.
   *
   * @param bytes a power of two up to 4,096
   */
  public void align(int bytes) {
    if (Integer.bitCount(bytes) != 1 || bytes < 0 || bytes > PAGE) {
      throw new IllegalArgumentException(
          "Invalid alignment " + bytes + ": must be a power of two from 1 to " + PAGE);
    }
    int left = -size() & bytes - 1;
    while (left > 0) {
      int[] filler = FILLERS[Math.min(left, FILLERS.length) - 1];
      encoder.emit(filler);
      left -= filler.length;
    }
  }

  /** Goes on at the label. */
  public void jump(Label label) {
    jump(label, 0xE9);
  }

  /** Goes on at the label if the condition holds. */
  public void jump(Condition condition, Label label) {
    jump(label, 0x0F, 0x80 | condition.code());
  }

  /** Goes on at the address that a register holds. */
  public void jump(GeneralRegister target) {
    encoder.general(target, 4, 0xFF, false);
  }

  /** Calls the code at an address that lies in memory. */
  public void call(Address target) {
    encoder.general(target, 2, 0xFF, false);
  }

  /** Goes back to the caller. */
  public void ret() {
    encoder.emit(0xC3);
  }

  private void jump(Label label, int... opcode) {
    boolean isPlaced = label.isPlaced(this);
    encoder.emit(opcode);
    if (isPlaced) {
      encoder.emit32(label.place() - (size() + Integer.BYTES));
    } else {
      label.use(size());
      openJumps++;
      encoder.emit32(0);
    }
  }

  // ---- general registers

  /** Copies a register. */
  public void mov(GeneralRegister to, GeneralRegister from) {
    encoder.general(to, from.number(), 0x89, true);
  }

  /** Sets a register to a number, whose sign is extended from 32 bits. */
  public void mov(GeneralRegister to, int value) {
    encoder.general(to, 0, 0xC7, true);
    encoder.emit32(value);
  }

  /** Sets a register to a number of 64 bits. */
  public void movabs(GeneralRegister to, long value) {
    encoder.rex(0, 0, to.number(), true);
    encoder.emit(0xB8 | to.number() & 7);
    encoder.emit32((int) value);
    encoder.emit32((int) (value >> Integer.SIZE));
  }

  /** Loads eight bytes. */
  public void mov(GeneralRegister to, Address from) {
    encoder.general(from, to.number(), 0x8B, true);
  }

  /** Stores eight bytes. */
  public void mov(Address to, GeneralRegister from) {
    encoder.general(to, from.number(), 0x89, true);
  }

  /** Stores the lower four bytes of a register. */
  public void mov32(Address to, GeneralRegister from) {
    encoder.general(to, from.number(), 0x89, false);
  }

  /** Sets a register to an address. */
  public void lea(GeneralRegister to, Address address) {
    encoder.general(address, to.number(), 0x8D, true);
  }

  /** Adds a register. */
  public void add(GeneralRegister to, GeneralRegister by) {
    encoder.general(to, by.number(), 0x01, true);
  }

  /** Adds eight bytes of memory. */
  public void add(GeneralRegister to, Address by) {
    encoder.general(by, to.number(), 0x03, true);
  }

  /** Adds a number. */
  public void add(GeneralRegister to, int value) {
    immediate(to, 0, value);
  }

  /** Adds a register to eight bytes of memory. */
  public void add(Address to, GeneralRegister by) {
    encoder.general(to, by.number(), 0x01, true);
  }

  /** Subtracts a register. */
  public void sub(GeneralRegister from, GeneralRegister by) {
    encoder.general(from, by.number(), 0x29, true);
  }

  /** Subtracts a number. */
  public void sub(GeneralRegister from, int value) {
    immediate(from, 5, value);
  }

  /** Bitwise and with a number. */
  public void and(GeneralRegister to, int value) {
    immediate(to, 4, value);
  }

  /** Sets the flags as a subtraction of a register would. */
  public void cmp(GeneralRegister left, GeneralRegister right) {
    encoder.general(left, right.number(), 0x39, true);
  }

  /** Sets the flags as a subtraction of eight bytes of memory would. */
  public void cmp(GeneralRegister left, Address right) {
    encoder.general(right, left.number(), 0x3B, true);
  }

  /** Sets the flags as a subtraction of a number would. */
  public void cmp(GeneralRegister left, int value) {
    immediate(left, 7, value);
  }

  /** Sets the flags as a bitwise and of two registers would. */
  public void test(GeneralRegister left, GeneralRegister right) {
    encoder.general(left, right.number(), 0x85, true);
  }

  /** Copies a register if the condition holds. */
  public void cmov(Condition condition, GeneralRegister to, GeneralRegister from) {
    encoder.general(from, to.number(), 0x0F40 | condition.code(), true);
  }

  /** Number of the lowest bit that is set; defined where one is. */
  public void tzcnt(GeneralRegister to, GeneralRegister from) {
    encoder.emit(0xF3); // without which it is bsf, which older processors run
    encoder.general(from, to.number(), 0x0FBC, true);
  }

  /** Clears the bit whose number a register has. */
  public void btr(GeneralRegister to, GeneralRegister bit) {
    encoder.general(to, bit.number(), 0x0FB3, true);
  }

  /** Multiplies by a register; the lower 64 bits. */
  public void imul(GeneralRegister to, GeneralRegister by) {
    encoder.general(by, to.number(), 0x0FAF, true);
  }

  /** Multiplies by eight bytes of memory; the lower 64 bits. */
  public void imul(GeneralRegister to, Address by) {
    encoder.general(by, to.number(), 0x0FAF, true);
  }

  /** Shifts left by 0 to 63 bits. */
  public void shl(GeneralRegister register, int bits) {
    shift(register, 4, bits);
  }

  /** Shifts right by 0 to 63 bits, zeros coming in. */
  public void shr(GeneralRegister register, int bits) {
    shift(register, 5, bits);
  }

  /** Puts a register on the stack. */
  public void push(GeneralRegister register) {
    encoder.general(register, 0x50);
  }

  /** Takes a register from the stack. */
  public void pop(GeneralRegister register) {
    encoder.general(register, 0x58);
  }

  /** Asks for processor features: leaf in eax, subleaf in ecx; answers in eax, ebx, ecx, edx. */
  public void cpuid() {
    encoder.emit(0x0F, 0xA2);
  }

  /** Asks which register state the system saves: register in ecx; answers in eax, edx. */
  public void xgetbv() {
    encoder.emit(0x0F, 0x01, 0xD0);
  }

  /** Prefetches a line into all caches; never faults. */
  public void prefetcht0(Address address) {
    encoder.general(address, 1, 0x0F18, false);
  }

  /** Prefetches a line into the second-level cache; never faults. */
  public void prefetcht1(Address address) {
    encoder.general(address, 2, 0x0F18, false);
  }

  private void immediate(GeneralRegister register, int operation, int value) {
    if (Encoder.isByte(value)) {
      encoder.general(register, operation, 0x83, true);
      encoder.emit(value);
    } else if (register == GeneralRegister.RAX) { // a form of its own, a byte shorter
      encoder.rex(0, 0, 0, true);
      encoder.emit(operation << 3 | 5);
      encoder.emit32(value);
    } else {
      encoder.general(register, operation, 0x81, true);
      encoder.emit32(value);
    }
  }

  private void shift(GeneralRegister register, int operation, int bits) {
    checkBits(bits, Long.SIZE);
    if (bits == 1) { // a form of its own, a byte shorter
      encoder.general(register, operation, 0xD1, true);
    } else {
      encoder.general(register, operation, 0xC1, true);
      encoder.emit(bits);
    }
  }

  private static void checkBits(int bits, int size) {
    if (bits < 0 || bits >= size) {
      throw new IllegalArgumentException(
          "Invalid shift by " + bits + " bits: must be 0 to " + (size - 1));
    }
  }

  // ---- vectors

  /** Loads a vector from any address. */
  public void vmovups(VectorRegister to, Address from) {
    vector(VectorOperation.MOVUPS_LOAD, to, null, from);
  }

  /** Stores a vector to any address. */
  public void vmovups(Address to, VectorRegister from) {
    vector(VectorOperation.MOVUPS_STORE, from, null, to);
  }

  /**
   * Loads the lanes whose bit is set; the others stay, and their memory is not touched; EVEX alone.
   */
  public void vmovups(VectorRegister to, MaskRegister mask, Address from) {
    masked(VectorOperation.MOVUPS_LOAD_MASKED, to, mask, from);
  }

  /** Stores the lanes whose bit is set; the memory of the others is not touched; EVEX alone. */
  public void vmovups(Address to, MaskRegister mask, VectorRegister from) {
    masked(VectorOperation.MOVUPS_STORE_MASKED, from, mask, to);
  }

  /** Loads the lanes where mask has its highest bit, zeros the others; VEX alone. */
  public void vmaskmovps(VectorRegister to, VectorRegister mask, Address from) {
    vector(VectorOperation.MASKMOVPS_LOAD, to, mask, from);
  }

  /** Stores the lanes where mask has its highest bit; VEX alone. */
  public void vmaskmovps(Address to, VectorRegister mask, VectorRegister from) {
    vector(VectorOperation.MASKMOVPS_STORE, from, mask, to);
  }

  /** Copies a vector. */
  public void vmovaps(VectorRegister to, VectorRegister from) {
    if (from.number() > 7 && from.number() < 16 && to.number() < 8 && to.bits() < 512) {
      // From the other side: a register above 7 fits the shorter prefix in that place alone.
      vector(VectorOperation.MOVAPS_STORE, from, null, to);
    } else {
      vector(VectorOperation.MOVAPS_LOAD, to, null, from);
    }
  }

  /** Loads a float; the other lanes are zero. */
  public void vmovss(VectorRegister to, Address from) {
    vector(VectorOperation.MOVSS_LOAD, to, null, from);
  }

  /** Stores the first lane. */
  public void vmovss(Address to, VectorRegister from) {
    vector(VectorOperation.MOVSS_STORE, from, null, to);
  }

  /** Copies the first lane to the lower half of a general register, whose upper half is zeroed. */
  public void vmovd(GeneralRegister to, VectorRegister from) {
    VectorOperation.MOVD.check(from);
    encoder.vector(VectorOperation.MOVD, from, 0, to.number(), null);
  }

  /** Gathers the lanes' signs in the lowest bits of a general register; the others are zeroed. */
  public void vmovmskps(GeneralRegister to, VectorRegister from) {
    VectorOperation.MOVMSKPS.check(from);
    VectorRegister reg = new VectorRegister(to.number(), from.bits());
    encoder.vector(VectorOperation.MOVMSKPS, reg, 0, from.number(), null);
  }

  /** Sets all lanes to a float of memory. */
  public void vbroadcastss(VectorRegister to, Address from) {
    vector(VectorOperation.BROADCASTSS, to, null, from);
  }

  /** Sets all lanes to the first lane of a 128-bit register. */
  public void vbroadcastss(VectorRegister to, VectorRegister from) {
    vector(VectorOperation.BROADCASTSS, to, null, from);
  }

  /** Loads 16-bit words, each widened by zeros to 32 bits. */
  public void vpmovzxwd(VectorRegister to, Address from) {
    vector(VectorOperation.PMOVZXWD, to, null, from);
  }

  /** Loads halves (IEEE binary16), each widened to a float. */
  public void vcvtph2ps(VectorRegister to, Address from) {
    vector(VectorOperation.CVTPH2PS, to, null, from);
  }

  /** {@code sum += left * right}, rounded once. */
  public void vfmadd231ps(VectorRegister sum, VectorRegister left, VectorRegister right) {
    vector(VectorOperation.FMADD231PS, sum, left, right);
  }

  /** {@code sum += left * right}, rounded once. */
  public void vfmadd231ps(VectorRegister sum, VectorRegister left, Address right) {
    vector(VectorOperation.FMADD231PS, sum, left, right);
  }

  /** {@code to = left * to + right}, rounded once. */
  public void vfmadd213ps(VectorRegister to, VectorRegister left, VectorRegister right) {
    vector(VectorOperation.FMADD213PS, to, left, right);
  }

  /** {@code to = left * to + right}, rounded once. */
  public void vfmadd213ps(VectorRegister to, VectorRegister left, Address right) {
    vector(VectorOperation.FMADD213PS, to, left, right);
  }

  /** {@code to = to * right + left}, rounded once. */
  public void vfmadd132ps(VectorRegister to, VectorRegister left, VectorRegister right) {
    vector(VectorOperation.FMADD132PS, to, left, right);
  }

  /** {@code to = left + right}. */
  public void vaddps(VectorRegister to, VectorRegister left, VectorRegister right) {
    vector(VectorOperation.ADDPS, to, left, right);
  }

  /** {@code to = left + right}. */
  public void vaddps(VectorRegister to, VectorRegister left, Address right) {
    vector(VectorOperation.ADDPS, to, left, right);
  }

  /** {@code to = left - right}. */
  public void vsubps(VectorRegister to, VectorRegister left, VectorRegister right) {
    vector(VectorOperation.SUBPS, to, left, right);
  }

  /** {@code to = left * right}. */
  public void vmulps(VectorRegister to, VectorRegister left, VectorRegister right) {
    vector(VectorOperation.MULPS, to, left, right);
  }

  /** {@code to = left / right}. */
  public void vdivps(VectorRegister to, VectorRegister left, VectorRegister right) {
    vector(VectorOperation.DIVPS, to, left, right);
  }

  /** The larger of left and right; right if one of them is NaN or both are zeros. */
  public void vmaxps(VectorRegister to, VectorRegister left, VectorRegister right) {
    vector(VectorOperation.MAXPS, to, left, right);
  }

  /** Bitwise and. */
  public void vandps(VectorRegister to, VectorRegister left, VectorRegister right) {
    vector(VectorOperation.ANDPS, to, left, right);
  }

  /** Bitwise and of right with the complement of left. */
  public void vandnps(VectorRegister to, VectorRegister left, VectorRegister right) {
    vector(VectorOperation.ANDNPS, to, left, right);
  }

  /** Bitwise or. */
  public void vorps(VectorRegister to, VectorRegister left, VectorRegister right) {
    vector(VectorOperation.ORPS, to, left, right);
  }

  /** Bitwise exclusive or; zeros if left is right. */
  public void vxorps(VectorRegister to, VectorRegister left, VectorRegister right) {
    vector(VectorOperation.XORPS, to, left, right);
  }

  /** Sums of neighbouring lanes, left's before right's in every 128 bits; at most 256 bits. */
  public void vhaddps(VectorRegister to, VectorRegister left, VectorRegister right) {
    vector(VectorOperation.HADDPS, to, left, right);
  }

  /** {@code to = left + right} of 32-bit integers. */
  public void vpaddd(VectorRegister to, VectorRegister left, VectorRegister right) {
    vector(VectorOperation.PADDD, to, left, right);
  }

  /** {@code to = left - right} of 32-bit integers. */
  public void vpsubd(VectorRegister to, VectorRegister left, VectorRegister right) {
    vector(VectorOperation.PSUBD, to, left, right);
  }

  /** Shifts 32-bit integers left. */
  public void vpslld(VectorRegister to, VectorRegister from, int bits) {
    shift(VectorOperation.PSLLD, 6, to, from, bits);
  }

  /** Shifts 32-bit integers right, zeros coming in. */
  public void vpsrld(VectorRegister to, VectorRegister from, int bits) {
    shift(VectorOperation.PSRLD, 2, to, from, bits);
  }

  /** Shifts 32-bit integers right, the sign coming in. */
  public void vpsrad(VectorRegister to, VectorRegister from, int bits) {
    shift(VectorOperation.PSRAD, 4, to, from, bits);
  }

  private void shift(
      VectorOperation operation, int digit, VectorRegister to, VectorRegister from, int bits) {
    checkBits(bits, Integer.SIZE);
    vector(operation, new VectorRegister(digit, to.bits()), to, from);
    encoder.emit(bits);
  }

  /** Sets all bits of a lane if the comparison holds, else none; at most 256 bits. */
  public void vcmpps(
      VectorRegister to, VectorRegister left, VectorRegister right, Comparison comparison) {
    vector(VectorOperation.CMPPS, to, left, right);
    encoder.emit(comparison.code());
  }

  /** All bits of a lane set where the comparison holds; VEX alone. */
  public void vcmpps(VectorRegister to, VectorRegister left, Address right, Comparison comparison) {
    vector(VectorOperation.CMPPS, to, left, right);
    encoder.emit(comparison.code());
  }

  /** Sets a bit of a mask if the comparison holds for its lane, else clears it; 512 bits. */
  public void vcmpps(
      MaskRegister to, VectorRegister left, VectorRegister right, Comparison comparison) {
    VectorRegister mask = new VectorRegister(to.number(), left.bits());
    vector(VectorOperation.CMPPS_MASK, mask, left, right);
    encoder.emit(comparison.code());
  }

  /** A mask's bit set where the comparison holds; EVEX alone. */
  public void vcmpps(MaskRegister to, VectorRegister left, Address right, Comparison comparison) {
    VectorRegister mask = new VectorRegister(to.number(), left.bits());
    vector(VectorOperation.CMPPS_MASK, mask, left, right);
    encoder.emit(comparison.code());
  }

  /**
   * Takes right's lane if the mask's lane has its highest bit set, else left's; at most 256 bits.
   */
  public void vblendvps(
      VectorRegister to, VectorRegister left, VectorRegister right, VectorRegister mask) {
    VectorOperation.BLENDVPS.check(to, mask);
    vector(VectorOperation.BLENDVPS, to, left, right);
    encoder.emit(mask.number() << 4);
  }

  /** Takes right's lane if its bit in the mask is set, else left's; 512 bits. */
  public void vblendmps(
      VectorRegister to, MaskRegister mask, VectorRegister left, VectorRegister right) {
    VectorOperation.BLENDMPS.check(to, left, right);
    encoder.vector(VectorOperation.BLENDMPS, to, left.number(), right.number(), mask);
  }

  /** The upper 128 bits of 256. */
  public void vextractf128(VectorRegister to, VectorRegister from) {
    vector(VectorOperation.EXTRACTF128, from, null, to);
    encoder.emit(1);
  }

  /** Stores the upper 128 bits of 256; VEX alone. */
  public void vextractf128(Address to, VectorRegister from) {
    vector(VectorOperation.EXTRACTF128, from, null, to);
    encoder.emit(1);
  }

  /** The upper 256 bits of 512. */
  public void vextractf64x4(VectorRegister to, VectorRegister from) {
    vector(VectorOperation.EXTRACTF64X4, from, null, to);
    encoder.emit(1);
  }

  /** Interleaves lanes 0 and 1 of left and right, in every 128 bits. */
  public void vunpcklps(VectorRegister to, VectorRegister left, VectorRegister right) {
    vector(VectorOperation.UNPCKLPS, to, left, right);
  }

  /** Interleaves lanes 2 and 3 of left and right, in every 128 bits. */
  public void vunpckhps(VectorRegister to, VectorRegister left, VectorRegister right) {
    vector(VectorOperation.UNPCKHPS, to, left, right);
  }

  /**
   * Two chosen lanes of left before two of right, in every 128 bits.
   *
   * @param lanes 0 to 255, two bits a lane, the lowest first
   */
  public void vshufps(VectorRegister to, VectorRegister left, VectorRegister right, int lanes) {
    if (lanes < 0 || lanes > 255) {
      throw new IllegalArgumentException(
          "Invalid choice of lanes " + lanes + ": must be 0 to 255, two bits a lane");
    }
    vector(VectorOperation.SHUFPS, to, left, right);
    encoder.emit(lanes);
  }

  /** The square root of right's first lane; the other lanes are left's. */
  public void vsqrtss(VectorRegister to, VectorRegister left, VectorRegister right) {
    vector(VectorOperation.SQRTSS, to, left, right);
  }

  /** {@code to = left + right} in the first lane; the other lanes are left's. */
  public void vaddss(VectorRegister to, VectorRegister left, VectorRegister right) {
    vector(VectorOperation.ADDSS, to, left, right);
  }

  /** {@code to = left / right} in the first lane; the other lanes are left's. */
  public void vdivss(VectorRegister to, VectorRegister left, VectorRegister right) {
    vector(VectorOperation.DIVSS, to, left, right);
  }

  /** Clears the upper parts of vector registers, before code that has no VEX instructions. */
  public void vzeroupper() {
    encoder.emit(0xC5, 0xF8, 0x77);
  }

  /**
   * @param second the register that stands between the others; null if the instruction has no such
   *     operand
   */
  private void vector(
      VectorOperation operation, VectorRegister reg, VectorRegister second, VectorRegister rm) {
    operation.check(reg, second);
    operation.checkLast(reg, rm);
    encoder.vector(operation, reg, number(second), rm.number(), null);
  }

  private void vector(
      VectorOperation operation, VectorRegister reg, VectorRegister second, Address rm) {
    operation.check(reg, second);
    encoder.vector(operation, reg, number(second), rm, null);
  }

  private void masked(
      VectorOperation operation, VectorRegister reg, MaskRegister mask, Address rm) {
    operation.check(reg);
    encoder.vector(operation, reg, 0, rm, mask);
  }

  private static int number(VectorRegister register) {
    return register == null ? 0 : register.number();
  }
}
