package scriptorium.job.verify;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;

/** Values of a row that were computed, held against those that are written in JSON. */
final class ValueBits {
  private static final int SHOWN = 80;

  private ValueBits() {}

  /** Whether a written value has the bits of one that was computed. */
  static boolean same(Object expected, JsonNode found) {
    return switch (expected) {
      case null -> found.isNull();
      case Boolean flag -> found.isBoolean() && found.booleanValue() == flag;
      case Integer number -> found.isIntegralNumber() && found.longValue() == number;
      case Double number -> sameBits(number, found);
      case String text -> found.isTextual() && found.textValue().equals(text);
      case int[] numbers -> {
        boolean all = found.isArray() && found.size() == numbers.length;
        for (int i = 0; all && i < numbers.length; i++) {
          all = found.get(i).isIntegralNumber() && found.get(i).longValue() == numbers[i];
        }
        yield all;
      }
      case double[] numbers -> {
        boolean all = found.isArray() && found.size() == numbers.length;
        for (int i = 0; all && i < numbers.length; i++) {
          all = sameBits(numbers[i], found.get(i));
        }
        yield all;
      }
      default -> throw new IllegalArgumentException("No column has " + expected.getClass());
    };
  }

  private static boolean sameBits(double expected, JsonNode found) {
    if (!found.isNumber()) {
      return found.asText().equals(Double.toString(expected)); // as JSON has "NaN"
    }
    double value = found.doubleValue(); // of -0.0 the decimal has lost the sign
    return value == 0
        ? expected == 0
        : Double.doubleToLongBits(value) == Double.doubleToLongBits(expected);
  }

  /** A value for a message. */
  static String words(Object value) {
    String text =
        switch (value) {
          case int[] numbers -> Arrays.toString(numbers);
          case double[] numbers -> Arrays.toString(numbers);
          case String words -> '"' + words + '"';
          case null, default -> String.valueOf(value);
        };
    return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "...";
  }
}
