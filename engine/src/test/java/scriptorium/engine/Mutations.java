package scriptorium.engine;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;

/**
 * Damages files as chance, a bad disk or an enemy would: the same seed does the same damage. Not
 * thread-safe.
 */
public final class Mutations {
  private static final String STRUCTURE = "\n\r\"\\{}[],:0- \u0000\u001b";
  private static final long[] NUMBERS = {
    0,
    1,
    -1,
    7,
    255,
    1L << 31,
    (1L << 31) - 1,
    1L << 32,
    1L << 40,
    1L << 62,
    Long.MAX_VALUE,
    Long.MAX_VALUE - 7,
    Long.MIN_VALUE
  };
  private static final String[] VALUES = {
    "-1",
    "0",
    "1",
    "00",
    "1.5",
    "1e3",
    "1e999",
    "-1e999",
    "1e-999",
    "NaN",
    "2147483647",
    "2147483648",
    "-2147483649",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "18446744073709551616",
    "1" + "0".repeat(900),
    "1" + "0".repeat(1100),
    "null",
    "true",
    "\"\"",
    "\"7\"",
    "\"\\u0000\\n\\r\\u001b[2J\\ud800\"",
    "[]",
    "{}",
    "[null]",
    "{\"a\":1}",
    "[".repeat(1200),
    "{\"a\":".repeat(1200),
    "[".repeat(50) + "]".repeat(50)
  };
  private final Random random;

  /** Mutations that draw from {@code random}, which the caller may share. */
  public Mutations(Random random) {
    this.random = random;
  }

  /** A damaged copy of any file. */
  public byte[] bytes(byte[] good) {
    byte[] bad =
        random.nextInt(8) == 0 && good.length > 0
            ? Arrays.copyOf(good, random.nextInt(good.length))
            : good.clone();
    for (int change = random.nextInt(4); change >= 0; change--) {
      bad = changed(bad);
    }
    return bad;
  }

  /** A damaged copy of a file of JSON: most often it still is JSON, and says something else. */
  public byte[] json(byte[] good) {
    if (random.nextInt(3) == 0) {
      return bytes(good);
    }
    byte[] bad = good;
    for (int change = random.nextInt(3); change >= 0; change--) {
      bad = random.nextInt(4) == 0 ? member(bad) : value(bad);
    }
    return random.nextInt(4) == 0 ? bytes(bad) : bad;
  }

  private byte[] changed(byte[] good) {
    if (good.length == 0) {
      return new byte[] {(byte) random.nextInt(256)};
    }
    byte[] bad = good.clone();
    int at = random.nextInt(bad.length);
    int run = Math.min(1 + random.nextInt(16), bad.length - at);
    switch (random.nextInt(9)) {
      case 0 -> bad[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> bad[at] = (byte) random.nextInt(256);
      case 2 -> bad[at] = (byte) STRUCTURE.charAt(random.nextInt(STRUCTURE.length()));
      case 3 -> System.arraycopy(good, random.nextInt(bad.length - run + 1), bad, at, run);
      case 4 -> number(bad, at & -8);
      case 5 -> number(bad, at);
      case 6 -> bad = spliced(good, at, at, Arrays.copyOfRange(good, at, at + run));
      case 7 -> bad = spliced(good, at, at + run, new byte[0]);
      default -> {
        byte[] noise = new byte[run];
        random.nextBytes(noise);
        bad = spliced(good, at, at, noise);
      }
    }
    return bad;
  }

  /** An invalid length or offset. */
  private void number(byte[] bad, int at) {
    long number = NUMBERS[random.nextInt(NUMBERS.length)];
    if (at + 8 <= bad.length && random.nextBoolean()) {
      ByteBuffer.wrap(bad).order(ByteOrder.LITTLE_ENDIAN).putLong(at, number);
    } else if (at + 4 <= bad.length) {
      ByteBuffer.wrap(bad).order(ByteOrder.LITTLE_ENDIAN).putInt(at, (int) number);
    } else {
      bad[at] = (byte) number;
    }
  }

  /** Another value in place of a number or a text. */
  private byte[] value(byte[] json) {
    int at = find(json, random.nextBoolean() ? '"' : '0');
    if (at < 0) {
      return bytes(json);
    }
    int end = at + 1;
    if (json[at] == '"') {
      while (end < json.length && json[end] != '"') {
        end++;
      }
      end = Math.min(end + 1, json.length);
    } else {
      while (end < json.length && isDigit(json[end])) {
        end++;
      }
    }
    String value = VALUES[random.nextInt(VALUES.length)];
    return spliced(json, at, end, value.getBytes(StandardCharsets.UTF_8));
  }

  /** A run between two commas that is there twice, or no more, or in another place. */
  private byte[] member(byte[] json) {
    int from = find(json, ',');
    if (from < 0) {
      return bytes(json);
    }
    int to = from + 1;
    while (to < json.length && json[to] != ',') {
      to++;
    }
    byte[] member = Arrays.copyOfRange(json, from, to);
    return switch (random.nextInt(3)) {
      case 0 -> spliced(json, from, from, member);
      case 1 -> spliced(json, from, to, new byte[0]);
      default -> {
        int at = find(json, ',');
        yield spliced(json, at, at, member);
      }
    };
  }

  /** A place of a character, or of any digit for '0', from a random place on; -1 for none. */
  private int find(byte[] bytes, char wanted) {
    int start = bytes.length == 0 ? 0 : random.nextInt(bytes.length);
    for (int i = 0; i < bytes.length; i++) {
      int at = (start + i) % bytes.length;
      boolean there =
          wanted == '0'
              ? isDigit(bytes[at]) && (at == 0 || !isDigit(bytes[at - 1]))
              : bytes[at] == wanted;
      if (there) {
        return at;
      }
    }
    return -1;
  }

  private static boolean isDigit(byte b) {
    return b >= '0' && b <= '9';
  }

  private static byte[] spliced(byte[] bytes, int from, int to, byte[] insert) {
    ByteArrayOutputStream spliced = new ByteArrayOutputStream(bytes.length + insert.length);
    spliced.write(bytes, 0, from);
    spliced.writeBytes(insert);
    spliced.write(bytes, to, bytes.length - to);
    return spliced.toByteArray();
  }
}
