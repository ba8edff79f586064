package scriptorium.engine.machine;

/**
 * How the vector instructions are encoded: opcode map, mandatory prefix, opcode, W bit, and how
 * many bytes an operand in memory has, by which EVEX counts short displacements. Names are those of
 * the processor's manual (Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2).
 */
enum VectorOperation {
  MOVUPS_LOAD("vmovups", 1, 0, 0x10, Memory.FULL),
  MOVUPS_STORE("vmovups", 1, 0, 0x11, Memory.FULL),
  MOVAPS("vmovaps", 1, 0, 0x28, Memory.FULL),
  MOVSS_LOAD("vmovss", 1, 2, 0x10, Memory.SCALAR),
  MOVSS_STORE("vmovss", 1, 2, 0x11, Memory.SCALAR),
  BROADCASTSS("vbroadcastss", 2, 1, 0x18, Memory.SCALAR),
  PMOVZXWD("vpmovzxwd", 2, 1, 0x33, Memory.HALF),
  CVTPH2PS("vcvtph2ps", 2, 1, 0x13, Memory.HALF),
  FMADD132PS("vfmadd132ps", 2, 1, 0x98, Memory.FULL),
  FMADD213PS("vfmadd213ps", 2, 1, 0xA8, Memory.FULL),
  FMADD231PS("vfmadd231ps", 2, 1, 0xB8, Memory.FULL),
  ADDPS("vaddps", 1, 0, 0x58, Memory.FULL),
  MULPS("vmulps", 1, 0, 0x59, Memory.FULL),
  SUBPS("vsubps", 1, 0, 0x5C, Memory.FULL),
  MINPS("vminps", 1, 0, 0x5D, Memory.FULL),
  DIVPS("vdivps", 1, 0, 0x5E, Memory.FULL),
  MAXPS("vmaxps", 1, 0, 0x5F, Memory.FULL),
  ANDPS("vandps", 1, 0, 0x54, Memory.FULL),
  ANDNPS("vandnps", 1, 0, 0x55, Memory.FULL),
  ORPS("vorps", 1, 0, 0x56, Memory.FULL),
  XORPS("vxorps", 1, 0, 0x57, Memory.FULL),
  HADDPS("vhaddps", 1, 3, 0x7C, Memory.FULL),
  SQRTSS("vsqrtss", 1, 2, 0x51, Memory.SCALAR),
  ADDSS("vaddss", 1, 2, 0x58, Memory.SCALAR),
  DIVSS("vdivss", 1, 2, 0x5E, Memory.SCALAR),
  PADDD("vpaddd", 1, 1, 0xFE, Memory.FULL),
  SHIFT_BY_IMMEDIATE("vpslld", 1, 1, 0x72, Memory.FULL),
  CMPPS("vcmpps", 1, 0, 0xC2, Memory.FULL),
  BLENDVPS("vblendvps", 3, 1, 0x4A, Memory.FULL),
  BLENDMPS("vblendmps", 2, 1, 0x65, Memory.FULL),
  EXTRACTF128("vextractf128", 3, 1, 0x19, Memory.QUARTER),
  EXTRACTF64X4("vextractf64x4", 3, 1, 0x1B, Memory.HALF),
  UNPCKLPS("vunpcklps", 1, 0, 0x14, Memory.FULL),
  UNPCKHPS("vunpckhps", 1, 0, 0x15, Memory.FULL),
  SHUFPS("vshufps", 1, 0, 0xC6, Memory.FULL);

  /** Part of a register's bytes that an operand in memory has. */
  enum Memory {
    FULL,
    HALF,
    QUARTER,
    SCALAR
  }

  final String text;
  final int map;
  final int prefix;
  final int opcode;
  private final Memory memory;

  VectorOperation(String text, int map, int prefix, int opcode, Memory memory) {
    this.text = text;
    this.map = map;
    this.prefix = prefix;
    this.opcode = opcode;
    this.memory = memory;
  }

  /** Bytes of an operand in memory beside registers of so many bytes. */
  int memoryBytes(int registerBytes) {
    return switch (memory) {
      case FULL -> registerBytes;
      case HALF -> registerBytes / 2;
      case QUARTER -> registerBytes / 4;
      case SCALAR -> Float.BYTES;
    };
  }

  /** The W bit where it is set in EVEX alone: a name with 64-bit elements. */
  boolean wide() {
    return this == EXTRACTF64X4;
  }

  @Override
  public String toString() {
    return text;
  }
}
