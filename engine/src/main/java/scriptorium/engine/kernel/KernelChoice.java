package scriptorium.engine.kernel;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** Which kernels an engine runs. All give the same bits; the choice decides about speed alone. */
public enum KernelChoice {
  /** Machine code where processor and system allow it, otherwise the Vector API. */
  AUTO,
  /** Machine code, or an error where it does not run. */
  MACHINE_CODE,
  /** The Vector API at the processor's preferred width. */
  VECTOR_API,
  /** The reference twin in plain Java: some hundred times slower. */
  SCALAR;

  /** The word for users: lower case, with hyphens. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** All words, as {@code auto|machine-code|...}. */
  public static String words() {
    return Arrays.stream(values()).map(KernelChoice::word).collect(Collectors.joining("|"));
  }

  /**
   * The choice of a word.
   *
   * @throws IllegalArgumentException for an unknown word, in one line with those that are known
   */
  public static KernelChoice of(String word) {
    return Arrays.stream(values())
        .filter(choice -> choice.word().equals(word))
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException("Unknown kernels " + word + ": give " + words()));
  }
}
