package scriptorium.engine.kernel;

/**
 * How 16-bit floats (IEEE binary16) lie in the cache: 32 elements a line of 16 words, element e in
 * the low half of word e for e below 16, else in the high half of word e - 16, so that two
 * neighbouring runs of 16 come out of one load without a permutation. Widening moves the bits into
 * place and leaves the exponent 112 too low; {@link #SCALE}, multiplied into the other factor,
 * makes up for it, exactly.
 */
public final class Halves {
  /** Elements, words and bytes of a line. */
  public static final int LINE_ELEMENTS = 32;

  public static final int LINE_WORDS = LINE_ELEMENTS / 2;
  public static final int LINE_BYTES = LINE_WORDS * Integer.BYTES;

  /** The largest finite value; what is larger is stored as this. */
  public static final float MAX = 65504f;

  static final float SCALE = 0x1p112f;

  /** Sign, exponent and fraction of a half, in the upper 16 bits of a word, shifted right by 3. */
  static final int MASK = 0x8fffe000;

  private Halves() {}

  /** Bytes of so many elements, whole lines. */
  public static long bytes(int elements) {
    return (elements + LINE_ELEMENTS - 1L) / LINE_ELEMENTS * LINE_BYTES;
  }

  /** Where an element lies, in bytes from the first line's start. */
  public static long offset(int element) {
    int inLine = element % LINE_ELEMENTS;
    return element / LINE_ELEMENTS * (long) LINE_BYTES
        + inLine % LINE_WORDS * Integer.BYTES
        + inLine / LINE_WORDS * Short.BYTES;
  }

  /** The nearest half, ties to even, saturated at {@link #MAX}; NaN stays NaN. */
  public static short narrow(float x) {
    return Float.floatToFloat16(Math.max(-MAX, Math.min(MAX, x)));
  }

  /** The half's value times 2^-112. */
  static float widen(short half) {
    return Float.intBitsToFloat(half << 16 >> 3 & MASK);
  }
}
