package scriptorium.engine.checkpoint;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import scriptorium.engine.model.Gpt2Config;

/**
 * The keys of a GGUF file that say what GPT-2 it holds. The values of other keys are passed over.
 */
final class GgufMetadata {
  private static final int TEXT = 8;
  private static final int ARRAY = 9;
  private static final int MOST_KEYS = 1 << 12;
  private static final int LONGEST_KEY = 1 << 16;
  private static final int MOST_VALUES = 1 << 21;
  private static final int TEXT_LIMIT = 64 << 20;

  private final Path file;
  private final Map<String, Object> values = new HashMap<>();
  private int textLeft = TEXT_LIMIT;

  /** Reads {@code count} keys and values. */
  GgufMetadata(Path file, GgufCursor cursor, int count) {
    this.file = file;
    if (count > MOST_KEYS) {
      throw new CheckpointException(
          file + " has " + count + " keys: no GPT-2 has so many, fetch it again");
    }
    for (int i = 0; i < count; i++) {
      String key = cursor.text(LONGEST_KEY);
      boolean wanted =
          key.equals("general.architecture")
              || key.equals("general.alignment")
              || key.startsWith("gpt2.")
              || key.startsWith("tokenizer.ggml.");
      Object value = value(cursor, key, cursor.int32(), wanted);
      if (wanted && values.put(key, value) != null) {
        throw new CheckpointException(file + ": key " + key + " is there twice: fetch it again");
      }
    }
  }

  private Object value(GgufCursor cursor, String key, int type, boolean wanted) {
    return switch (type) {
      case 0 -> (long) (cursor.int8() & 0xFF);
      case 1 -> (long) cursor.int8();
      case 2 -> {
        int low = cursor.int8() & 0xFF;
        yield (long) (low | (cursor.int8() & 0xFF) << 8);
      }
      case 3 -> {
        int low = cursor.int8() & 0xFF;
        yield (long) (low | cursor.int8() << 8);
      }
      case 4 -> cursor.int32() & 0xFFFFFFFFL;
      case 5 -> (long) cursor.int32();
      case 6 -> (double) Float.intBitsToFloat(cursor.int32());
      case 7 -> cursor.int8() != 0;
      case TEXT -> text(cursor, wanted);
      case ARRAY -> array(cursor, key, wanted);
      case 10, 11 -> cursor.int64();
      case 12 -> Double.longBitsToDouble(cursor.int64());
      default -> throw unknown(key, type);
    };
  }

  private String text(GgufCursor cursor, boolean wanted) {
    if (!wanted) {
      cursor.skipText();
      return "";
    }
    String text = cursor.text(textLeft);
    textLeft -= text.length();
    return text;
  }

  /** A list of the values, or an empty one where they are not wanted. */
  private List<Object> array(GgufCursor cursor, String key, boolean wanted) {
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
    if (wanted && count > MOST_VALUES) {
      throw new CheckpointException(
          file + ": " + key + " has " + count + " values: no GPT-2's has so many, fetch it again");
    }
    List<Object> list = new ArrayList<>();
    if (wanted || type == TEXT) {
      for (int i = 0; i < count; i++) {
        Object value = value(cursor, key, type, wanted);
        if (wanted) {
          list.add(value);
        }
      }
    } else {
      cursor.skip((long) count * bytes);
    }
    return list;
  }

  private CheckpointException unknown(String key, int type) {
    return new CheckpointException(
        file + ": the value of " + key + " has type " + type + ", which is none: fetch it again");
  }

  Gpt2Config config(int vocabSize) {
    String architecture = text("general.architecture");
    if (!architecture.equals("gpt2")) {
      throw new CheckpointException(
          file + ": general.architecture " + architecture + " is not gpt2: give a GPT-2 file");
    }
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

  List<String> texts(String key) {
    return list(key, String.class);
  }

  List<Long> numbers(String key) {
    return list(key, Long.class);
  }

  private <T> List<T> list(String key, Class<T> type) {
    if (values.get(key) instanceof List<?> list && list.stream().allMatch(type::isInstance)) {
      return list.stream().map(type::cast).toList();
    }
    throw wrong(key, type == String.class ? "a list of texts" : "a list of whole numbers");
  }

  private CheckpointException wrong(String key, String expected) {
    String found = values.containsKey(key) ? "is none" : "is missing";
    return new CheckpointException(
        file + ": " + key + " should be " + expected + " and " + found + ": fetch it again");
  }
}
