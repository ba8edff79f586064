package scriptorium.engine.machine;

/**
 * How the vector instructions are encoded: opcode map, mandatory prefix, opcode, the widths and
 * prefixes that an instruction has, and how many bytes an operand in memory has, by which EVEX
 * counts short displacements. Names are those of the processor's manual (Intel 64 and IA-32
 * Architectures Software Developer's Manual, volume 2).
 */
enum VectorOperation {
  MOVUPS_LOAD("vmovups", 1, 0, 0x10, Form.ANY, Memory.FULL),
  MOVUPS_STORE("vmovups", 1, 0, 0x11, Form.ANY, Memory.FULL),
  MOVAPS_LOAD("vmovaps", 1, 0, 0x28, Form.ANY, Memory.FULL),
  MOVAPS_STORE("vmovaps", 1, 0, 0x29, Form.ANY, Memory.FULL),
  MOVUPS_LOAD_MASKED("vmovups under a mask", 1, 0, 0x10, Form.EVEX_512, Memory.FULL),
  MOVUPS_STORE_MASKED("vmovups under a mask", 1, 0, 0x11, Form.EVEX_512, Memory.FULL),
  MASKMOVPS_LOAD("vmaskmovps", 2, 1, 0x2C, Form.VEX, Memory.FULL),
  MASKMOVPS_STORE("vmaskmovps", 2, 1, 0x2E, Form.VEX, Memory.FULL),
  MOVD("vmovd", 1, 1, 0x7E, Form.FLOAT, Memory.FLOAT),
  MOVMSKPS("vmovmskps", 1, 0, 0x50, Form.VEX, Memory.FULL),
  MOVSS_LOAD("vmovss", 1, 2, 0x10, Form.FLOAT, Memory.FLOAT),
  MOVSS_STORE("vmovss", 1, 2, 0x11, Form.FLOAT, Memory.FLOAT),
  BROADCASTSS("vbroadcastss", 2, 1, 0x18, Form.ANY, Memory.FLOAT),
  PMOVZXWD("vpmovzxwd", 2, 1, 0x33, Form.ANY, Memory.HALF),
  CVTPH2PS("vcvtph2ps", 2, 1, 0x13, Form.ANY, Memory.HALF),
  FMADD132PS("vfmadd132ps", 2, 1, 0x98, Form.ANY, Memory.FULL),
  FMADD213PS("vfmadd213ps", 2, 1, 0xA8, Form.ANY, Memory.FULL),
  FMADD231PS("vfmadd231ps", 2, 1, 0xB8, Form.ANY, Memory.FULL),
  ADDPS("vaddps", 1, 0, 0x58, Form.ANY, Memory.FULL),
  MULPS("vmulps", 1, 0, 0x59, Form.ANY, Memory.FULL),
  SUBPS("vsubps", 1, 0, 0x5C, Form.ANY, Memory.FULL),
  DIVPS("vdivps", 1, 0, 0x5E, Form.ANY, Memory.FULL),
  MAXPS("vmaxps", 1, 0, 0x5F, Form.ANY, Memory.FULL),
  ANDPS("vandps", 1, 0, 0x54, Form.ANY, Memory.FULL),
  ANDNPS("vandnps", 1, 0, 0x55, Form.ANY, Memory.FULL),
  ORPS("vorps", 1, 0, 0x56, Form.ANY, Memory.FULL),
  XORPS("vxorps", 1, 0, 0x57, Form.ANY, Memory.FULL),
  HADDPS("vhaddps", 1, 3, 0x7C, Form.VEX, Memory.FULL),
  SQRTSS("vsqrtss", 1, 2, 0x51, Form.FLOAT, Memory.FLOAT),
  ADDSS("vaddss", 1, 2, 0x58, Form.FLOAT, Memory.FLOAT),
  DIVSS("vdivss", 1, 2, 0x5E, Form.FLOAT, Memory.FLOAT),
  PADDD("vpaddd", 1, 1, 0xFE, Form.ANY, Memory.FULL),
  PSUBD("vpsubd", 1, 1, 0xFA, Form.ANY, Memory.FULL),
  PSRLD("vpsrld", 1, 1, 0x72, Form.ANY, Memory.FULL),
  PSRAD("vpsrad", 1, 1, 0x72, Form.ANY, Memory.FULL),
  PSLLD("vpslld", 1, 1, 0x72, Form.ANY, Memory.FULL),
  CMPPS("vcmpps", 1, 0, 0xC2, Form.VEX, Memory.FULL),
  CMPPS_MASK("vcmpps to a mask", 1, 0, 0xC2, Form.EVEX_512, Memory.FULL),
  BLENDVPS("vblendvps", 3, 1, 0x4A, Form.VEX, Memory.FULL),
  BLENDMPS("vblendmps", 2, 1, 0x65, Form.EVEX_512, Memory.FULL),
  EXTRACTF128("vextractf128", 3, 1, 0x19, Form.VEX_256, Memory.HALF),
  EXTRACTF64X4("vextractf64x4", 3, 1, 0x1B, Form.EVEX_512, Memory.HALF),
  UNPCKLPS("vunpcklps", 1, 0, 0x14, Form.ANY, Memory.FULL),
  UNPCKHPS("vunpckhps", 1, 0, 0x15, Form.ANY, Memory.FULL),
  SHUFPS("vshufps", 1, 0, 0xC6, Form.ANY, Memory.FULL);

  /** Widths in bits of the operand that the instruction counts by, and whether EVEX has it. */
  enum Form {
    ANY(128, 512, true),
    FLOAT(128, 128, true),
    VEX(128, 256, false),
    VEX_256(256, 256, false),
    EVEX_512(512, 512, true);

    private final int fewest;
    private final int most;
    private final boolean extended;

    Form(int fewest, int most, boolean extended) {
      this.fewest = fewest;
      this.most = most;
      this.extended = extended;
    }
  }

  /** Part of a register's bytes that the last operand has. */
  enum Memory {
    FULL,
    HALF,
    FLOAT
  }

  final String text;
  final int map;
  final int prefix;
  final int opcode;
  private final Form form;
  private final Memory memory;

  VectorOperation(String text, int map, int prefix, int opcode, Form form, Memory memory) {
    this.text = text;
    this.map = map;
    this.prefix = prefix;
    this.opcode = opcode;
    this.form = form;
    this.memory = memory;
  }

  /** Bytes of an operand in memory beside registers of so many bytes. */
  int memoryBytes(int registerBytes) {
    return switch (memory) {
      case FULL -> registerBytes;
      case HALF -> registerBytes / 2;
      case FLOAT -> Float.BYTES;
    };
  }

  /** The W bit where it is set in EVEX alone: a name with 64-bit elements. */
  boolean wide() {
    return this == EXTRACTF64X4;
  }

  /**
   * Checks the register that the instruction counts its width by, and others of that width.
   *
   * @param others null for those that the instruction does not have
   * @throws IllegalArgumentException if the instruction has no encoding for them
   */
  void check(VectorRegister register, VectorRegister... others) {
    if (register.bits() < form.fewest || register.bits() > form.most) {
      throw refused(
          register,
          form.fewest == form.most
              ? form.fewest + " bits alone"
              : form.fewest + " to " + form.most + " bits");
    }
    checkNumber(register);
    for (VectorRegister other : others) {
      if (other != null) {
        checkWidth(other, register.bits());
        checkNumber(other);
      }
    }
  }

  /** Checks a last operand that is a register, which may be narrower, see {@link #check}. */
  void checkLast(VectorRegister register, VectorRegister last) {
    checkWidth(last, Math.max(128, memoryBytes(register.bytes()) * Byte.SIZE));
    checkNumber(last);
  }

  private void checkWidth(VectorRegister register, int bits) {
    if (register.bits() != bits) {
      throw refused(register, bits + " bits beside the other operands");
    }
  }

  private void checkNumber(VectorRegister register) {
    if (!form.extended && register.number() > 15) {
      throw refused(register, "registers 0 to 15, as it has no EVEX form");
    }
  }

  private IllegalArgumentException refused(VectorRegister register, String allowed) {
    return new IllegalArgumentException(
        "Invalid operand " + register + " of " + text + ": must be of " + allowed);
  }

  @Override
  public String toString() {
    return text;
  }
}
