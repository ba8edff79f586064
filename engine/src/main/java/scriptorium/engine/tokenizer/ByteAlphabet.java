package scriptorium.engine.tokenizer;

import java.util.Arrays;

/**
 * GPT-2's printable character for each byte: itself where it is printable in Latin-1, else the next
 * free one from U+0100 on.
 */
final class ByteAlphabet {
  private static final char[] CHARS = new char[256];

  static {
    int free = 256;
    for (int b = 0; b < 256; b++) {
      boolean printable = (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || (b >= 0xAE);
      CHARS[b] = (char) (printable ? b : free++);
    }
  }

  private ByteAlphabet() {}

  static char charOf(int b) {
    return CHARS[b];
  }

  /** Byte of each character, -1 where no byte has it. */
  static int[] bytesOfChars() {
    int[] bytes = new int[512];
    Arrays.fill(bytes, -1);
    for (int b = 0; b < 256; b++) {
      bytes[CHARS[b]] = b;
    }
    return bytes;
  }
}
