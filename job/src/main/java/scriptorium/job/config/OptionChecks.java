package scriptorium.job.config;

import java.util.Locale;
import scriptorium.engine.kernel.KernelChoice;
import scriptorium.job.base.ShardFormat;
import scriptorium.job.base.UserException;
import scriptorium.job.input.format.InputFormat;

/** Checks of option values: a bad one is named with the value and the remedy. */
public final class OptionChecks {
  private OptionChecks() {}

  /** Bytes of a size such as 512m or 4g. */
  static long bytes(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    if (!lower.matches("[0-9]{1,12}[kmgt]?b?")) {
      throw new UserException("Invalid cache memory " + text + ": give a size such as 512m or 4g");
    }
    long number = Long.parseLong(lower.replaceAll("[^0-9]", ""));
    String unit = lower.replaceAll("[0-9b]", "");
    int shift = unit.isEmpty() ? 0 : ("kmgt".indexOf(unit) + 1) * 10;
    check(
        number > 0 && number <= Long.MAX_VALUE >> shift,
        "Cache memory",
        text,
        "give a size such as 512m or 4g");
    return number << shift;
  }

  /** The format of shards that an option names. */
  static ShardFormat format(String value) {
    return ShardFormat.of(oneOf("format", value, "jsonl", "parquet")).orElseThrow();
  }

  /** The format of inputs that an option names; null for none. */
  static InputFormat inputFormat(String value) {
    return value == null
        ? null
        : InputFormat.of(value)
            .orElseThrow(
                () ->
                    new UserException(
                        "Option --input-format " + value + ": give " + InputFormat.words()));
  }

  static long atLeastOne(String what, long value) {
    check(value > 0, what, String.valueOf(value), "give at least 1");
    return value;
  }

  static String oneOf(String option, String value, String first, String second) {
    if (value == null) {
      return first;
    }
    check(
        value.equals(first) || value.equals(second),
        "Option --" + option,
        value,
        "give " + first + " or " + second);
    return value;
  }

  /**
   * The choice of --kernels, automatic if it is not given.
   *
   * @throws UserException for an unknown word
   */
  public static KernelChoice kernels(String word) {
    try {
      return word == null ? KernelChoice.AUTO : KernelChoice.of(word);
    } catch (IllegalArgumentException e) {
      throw new UserException(e.getMessage(), e);
    }
  }

  static void check(boolean good, String what, String value, String remedy) {
    if (!good) {
      throw new UserException(what + " " + value + ": " + remedy);
    }
  }
}
