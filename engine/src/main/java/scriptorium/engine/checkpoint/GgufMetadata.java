package scriptorium.engine.checkpoint;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import scriptorium.engine.model.Gpt2Config;

/**
 * The keys of a GGUF file that say what GPT-2 it holds. The values of other keys are passed over,
 * and lists stay in the file until they are asked for: what is held does not grow with the file.
 */
final class GgufMetadata {
  private static final int TEXT = 8;
  private static final int ARRAY = 9;
  private static final int MOST_KEYS = 1 << 12;

  /** The longest key or text that means something here is far shorter. */
  private static final int LONGEST_TEXT = 1 << 10;

  private static final Set<String> WANTED =
      Set.of(
          "general.architecture",
          "general.alignment",
          "gpt2.context_length",
          "gpt2.embedding_length",
          "gpt2.block_count",
          "gpt2.feed_forward_length",
          "gpt2.attention.head_count",
          "gpt2.attention.layer_norm_epsilon",
          "tokenizer.ggml.model",
          "tokenizer.ggml.pre",
          "tokenizer.ggml.eos_token_id",
          "tokenizer.ggml.tokens",
          "tokenizer.ggml.token_type",
          "tokenizer.ggml.merges");

  /** Where the values of a list begin, and how many of what type they are. */
  private record Place(int type, int count, long start) {}

  private final Path file;
  private final GgufCursor cursor;
  private final Map<String, Object> values = new HashMap<>();

  /** Reads {@code count} keys and values. */
  GgufMetadata(Path file, GgufCursor cursor, int count) {
    this.file = file;
    this.cursor = cursor;
    if (count > MOST_KEYS) {
      throw new CheckpointException(
          file + " has " + count + " keys: no GPT-2 has so many, fetch it again");
    }
    for (int i = 0; i < count; i++) {
      String given = cursor.textUpTo(LONGEST_TEXT);
      String key = given == null ? "key " + i : given;
      boolean wanted = WANTED.contains(key);
      Object value = value(key, cursor.int32(), wanted);
      if (wanted && values.put(key, value) != null) {
        throw new CheckpointException(file + ": key " + key + " is there twice: fetch it again");
      }
    }
  }

  private Object value(String key, int type, boolean wanted) {
    return switch (type) {
      case 6 -> (double) Float.intBitsToFloat(cursor.int32());
      case 7 -> cursor.int8() != 0;
      case TEXT -> {
        if (!wanted) {
          cursor.skipText();
          yield "";
        }
        yield cursor.text(LONGEST_TEXT);
      }
      case ARRAY -> list(key);
      case 12 -> Double.longBitsToDouble(cursor.int64());
      default -> {
        if (!isWhole(type)) {
          throw unknown(key, type);
        }
        yield whole(cursor, type);
      }
    };
  }

  private static boolean isWhole(int type) {
    return type >= 0 && type <= 5 || type == 10 || type == 11;
  }

  private static long whole(GgufCursor cursor, int type) {
    return switch (type) {
      case 0 -> cursor.int8() & 0xFF;
      case 1 -> cursor.int8();
      case 2 -> cursor.int8() & 0xFF | (cursor.int8() & 0xFF) << 8;
      case 3 -> cursor.int8() & 0xFF | cursor.int8() << 8;
      case 4 -> cursor.int32() & 0xFFFFFFFFL;
      case 5 -> cursor.int32();
      default -> cursor.int64();
    };
  }

  /** The place of a list, which is passed over. */
  private Place list(String key) {
    int type = cursor.int32();
    int bytes =
        switch (type) {
          case 0, 1, 7 -> 1;
          case 2, 3 -> 2;
          case 4, 5, 6 -> 4;
          case TEXT, 10, 11, 12 -> 8;
          default -> throw unknown(key, type);
        };
    int count = cursor.count("values of " + key, bytes);
    Place place = new Place(type, count, cursor.position());
    if (type == TEXT) {
      for (int i = 0; i < count; i++) {
        cursor.skipText();
      }
    } else {
      cursor.skip((long) count * bytes);
    }
    return place;
  }

  private CheckpointException unknown(String key, int type) {
    return new CheckpointException(
        file
            + ": the value of "
            + key
            + " has type "
            + type
            + ", which GGUF lacks: fetch it again");
  }

  void refuseOtherArchitectures() {
    String architecture = text("general.architecture");
    if (!architecture.equals("gpt2")) {
      throw new CheckpointException(
          file + ": general.architecture " + architecture + " is not gpt2: give a GPT-2 file");
    }
  }

  Gpt2Config config(int vocabSize) {
    int size = number("gpt2.embedding_length");
    Object epsilon = values.get("gpt2.attention.layer_norm_epsilon");
    try {
      return new Gpt2Config(
          vocabSize,
          number("gpt2.context_length"),
          size,
          number("gpt2.block_count"),
          number("gpt2.attention.head_count"),
          epsilon instanceof Double given ? given.floatValue() : Float.NaN,
          number("gpt2.feed_forward_length"),
          true,
          false);
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(file + ": " + e.getMessage(), e);
    }
  }

  boolean has(String key) {
    return values.containsKey(key);
  }

  int number(String key) {
    if (values.get(key) instanceof Long number && number == number.intValue()) {
      return number.intValue();
    }
    throw wrong(key, "a whole number");
  }

  String text(String key) {
    if (values.get(key) instanceof String text) {
      return text;
    }
    throw wrong(key, "a text");
  }

  /** Number of values of a list of texts. */
  int count(String key) {
    return place(key, true).count;
  }

  /**
   * Hands over the texts of a list, in their order.
   *
   * @param most bytes of all of them together
   * @throws CheckpointException where they have more
   */
  void texts(String key, int most, Consumer<String> reader) {
    Place place = place(key, true);
    GgufCursor at = cursor.at(place.start);
    long end = place.start + (long) place.count * Long.BYTES + most;
    for (int i = 0; i < place.count; i++) {
      String text = at.text(most);
      if (at.position() > end) {
        throw new CheckpointException(
            file
                + ": "
                + key
                + " has more than "
                + most
                + " bytes of text: no GPT-2's has so many, fetch it again");
      }
      reader.accept(text);
    }
  }

  /**
   * A list of whole numbers.
   *
   * @param count how many there must be
   * @throws CheckpointException where there are more or fewer
   */
  long[] numbers(String key, int count) {
    Place place = place(key, false);
    if (place.count != count) {
      throw new CheckpointException(
          file + ": " + key + " has " + place.count + " values of " + count + ": fetch it again");
    }
    GgufCursor at = cursor.at(place.start);
    long[] numbers = new long[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = whole(at, place.type);
    }
    return numbers;
  }

  private Place place(String key, boolean texts) {
    if (values.get(key) instanceof Place place
        && (texts ? place.type == TEXT : isWhole(place.type))) {
      return place;
    }
    throw wrong(key, texts ? "a list of texts" : "a list of whole numbers");
  }

  private CheckpointException wrong(String key, String expected) {
    String found = values.containsKey(key) ? "is something else" : "is missing";
    return new CheckpointException(
        file + ": " + key + " should be " + expected + " and " + found + ": fetch it again");
  }
}
