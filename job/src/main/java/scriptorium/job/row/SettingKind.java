package scriptorium.job.row;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** What values a sampling setting has, and how options, prompts and manifests write them. */
enum SettingKind {
  /** A Double. */
  NUMBER("double", Double.class),
  /** An Integer. */
  WHOLE("int", Integer.class),
  /** A Long. */
  LONG("long", Long.class),
  /** A {@link Range}: as an option a String such as 0.8..1.0, as a column a number. */
  RANGE("double", String.class),
  /** A list of Strings. */
  STRINGS("array of string", List.class),
  /** A String. */
  WORD("string", String.class);

  /** Characters of a number in a message. */
  private static final int SHOWN_LIMIT = 40;

  private final String type;
  private final Class<?> optionType;

  SettingKind(String type, Class<?> optionType) {
    this.type = type;
    this.optionType = optionType;
  }

  /** Two numbers, which are equal if the setting is one number. */
  record Range(double low, double high) {}

  /** The type of its column. */
  String type() {
    return type;
  }

  /** The type of its option's value. */
  Class<?> optionType() {
    return optionType;
  }

  /** A whole number as the wider number that is wanted; every other value as it is. */
  Object widened(Object value) {
    return switch (value) {
      case Integer whole when this == LONG -> whole.longValue();
      case Integer whole when this == NUMBER -> whole.doubleValue();
      case null, default -> value;
    };
  }

  /**
   * The value of an option that is given.
   *
   * @throws IllegalArgumentException for a range that is not valid, with the remedy
   */
  Object ofOption(Object given) {
    return this == RANGE ? range((String) given) : given;
  }

  private static Range range(String text) {
    String[] ends = text.split("\\.\\.", 2);
    double low;
    double high;
    try {
      low = Double.parseDouble(ends[0]);
      high = ends.length == 1 ? low : Double.parseDouble(ends[1]);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "Top-p " + text + " is neither a number nor a range: give such as 0.9 or 0.8..1.0", e);
    }
    if (low > high) {
      throw new IllegalArgumentException(
          "Top-p "
              + text
              + " goes down: give the smaller end first, as "
              + ends[1]
              + ".."
              + ends[0]);
    }
    return new Range(low, high);
  }

  /**
   * The value of a column of a prompt.
   *
   * @throws IllegalArgumentException for a value of another kind, with column and value
   */
  Object ofJson(String column, JsonNode value) {
    return switch (this) {
      case NUMBER -> number(column, value);
      case RANGE -> new Range(number(column, value), number(column, value));
      case WHOLE -> whole(column, value);
      case STRINGS -> strings(column, value);
      case LONG, WORD -> throw new IllegalStateException("Prompts have no " + column);
    };
  }

  private static double number(String column, JsonNode value) {
    if (!value.isNumber()) {
      throw wrong(column, value, "no number");
    }
    return value.doubleValue();
  }

  private static int whole(String column, JsonNode value) {
    boolean whole = value.isNumber() && value.canConvertToExactIntegral(); // pandas writes 40.0
    if (!whole || !value.canConvertToInt()) {
      throw wrong(column, value, "no whole number of 0.." + Integer.MAX_VALUE);
    }
    return value.intValue();
  }

  private static List<String> strings(String column, JsonNode value) {
    List<String> strings = new ArrayList<>();
    for (JsonNode one : value.isArray() ? value : List.of(value)) {
      if (!one.isTextual()) {
        throw value.isArray()
            ? wrong(column + "[" + strings.size() + "]", one, "no string")
            : wrong(column, value, "neither a string nor an array of strings");
      }
      strings.add(one.textValue());
    }
    return strings;
  }

  private static IllegalArgumentException wrong(String name, JsonNode value, String what) {
    String found = value.isNumber() ? value.asText() : RowJson.kind(value);
    String shown = found.length() > SHOWN_LIMIT ? found.substring(0, SHOWN_LIMIT) + "..." : found;
    return new IllegalArgumentException(name + " is " + shown + ", " + what);
  }

  /** The value as an option that a manifest has recorded under a key. */
  Object option(String key, SamplingSetting.Recorded recorded) {
    return switch (this) {
      case NUMBER -> (Object) recorded.number(key).doubleValue();
      case WHOLE -> recorded.number(key).intValue();
      case LONG -> recorded.number(key).longValue();
      case RANGE -> recorded.number(key + "Low") + ".." + recorded.number(key + "High");
      case STRINGS -> recorded.strings(key);
      case WORD -> recorded.text(key);
    };
  }
}
