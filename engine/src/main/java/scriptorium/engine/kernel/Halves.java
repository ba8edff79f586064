package scriptorium.engine.kernel;

/**
 * How 16-bit floats (IEEE binary16) lie in the cache: 32 elements a line of 16 words, element e in
 * the low half of word e for e below 16, else in the high half of word e - 16, so that two
 * neighbouring runs of 16 come out of one load without a permutation. Widening moves the bits into
 * place and leaves the exponent 112 too low; {@link #SCALE}, multiplied into the other factor,
 * makes up for it, exactly.
 */
public final class Halves {
  /** Elements of a line. */
  public static final int LINE_ELEMENTS = 32;

  /** Words of four bytes of a line. */
  public static final int LINE_WORDS = LINE_ELEMENTS / 2;

  /** Bytes of a line. */
  public static final int LINE_BYTES = LINE_WORDS * Integer.BYTES;

  /** The largest finite value; what is larger is stored as this. */
  public static final float MAX = 65504f;

  private static final int INFINITY = 0x7c00;

  static final float SCALE = 0x1p112f;

  /** Sign, exponent and fraction of a half, in the upper 16 bits of a word, shifted right by 3. */
  static final int MASK = 0x8fffe000;

  private Halves() {}

  /** Where an element of a line lies, in bytes from the line's start. */
  public static long offset(int element) {
    return element % LINE_WORDS * (long) Integer.BYTES + element / LINE_WORDS * Short.BYTES;
  }

  /** The nearest half, ties to even, saturated at {@link #MAX}; NaN stays NaN. */
  public static short narrow(float x) {
    short half = Float.floatToFloat16(x);
    return (half & 0x7fff) == INFINITY ? (short) (half - 1) : half;
  }

  /** The half's value times 2^-112. */
  static float widen(short half) {
    return Float.intBitsToFloat(half << 16 >> 3 & MASK);
  }
}
