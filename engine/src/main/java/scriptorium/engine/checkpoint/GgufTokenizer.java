package scriptorium.engine.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/** The tokenizer of a GGUF file as a tokenizer.json, which is how the tokenizer reads it. */
final class GgufTokenizer {
  private static final JsonFactory JSON = new JsonFactory();
  private static final String KEYS = "tokenizer.ggml.";
  private static final long NORMAL = 1;
  private static final long CONTROL = 3;
  private static final long USER_DEFINED = 4;
  private static final long UNUSED = 5;

  /** Tokens, or merges, as many as a tokenizer.json may have: GPT-2 has a tenth. */
  private static final int MOST_TOKENS = 1 << 19;

  /** Bytes of all tokens, or of all merges: GPT-2 has half a megabyte. */
  private static final int MOST_TEXT = 16 << 20;

  private final Path file;
  private final GgufMetadata metadata;

  GgufTokenizer(Path file, GgufMetadata metadata) {
    this.file = file;
    this.metadata = metadata;
    refuseUnless("model", List.of("gpt2"));
    if (metadata.has(KEYS + "pre")) {
      refuseUnless("pre", List.of("gpt-2", "default"));
    }
  }

  private void refuseUnless(String key, List<String> known) {
    String value = metadata.text(KEYS + key);
    if (!known.contains(value)) {
      throw new CheckpointException(
          file
              + ": "
              + KEYS
              + key
              + " "
              + value
              + " is not among "
              + known
              + ": give a GPT-2 file");
    }
  }

  /** The id that ends a text, where there is such a key. */
  OptionalInt endOfText(int vocabSize) {
    if (!metadata.has(KEYS + "eos_token_id")) {
      return OptionalInt.empty();
    }
    int id = metadata.number(KEYS + "eos_token_id");
    return id >= 0 && id < vocabSize ? OptionalInt.of(id) : OptionalInt.empty();
  }

  /**
   * The tokenizer.json. Tokens that fill up the vocabulary behind the others are left out.
   *
   * @param vocabSize rows of the model's embedding; more tokens are refused before they are read
   */
  byte[] json(int vocabSize) {
    int count = count("tokens", Math.min(vocabSize, MOST_TOKENS));
    count("merges", MOST_TOKENS);
    long[] types = types(count);
    int size = count;
    while (size > 0 && types[size - 1] == UNUSED) {
      size--;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      writeAdded(json, types, size);
      json.writeObjectFieldStart("pre_tokenizer");
      json.writeStringField("type", "ByteLevel");
      json.writeEndObject();
      json.writeObjectFieldStart("model");
      json.writeStringField("type", "BPE");
      json.writeObjectFieldStart("vocab");
      eachToken(size, (id, token) -> json.writeNumberField(token, id));
      json.writeEndObject();
      json.writeArrayFieldStart("merges");
      each("merges", (id, merge) -> json.writeString(merge));
      json.writeEndArray();
      json.writeEndObject();
      json.writeEndObject();
    } catch (IOException e) {
      throw new CheckpointException(file + ": its tokens are no text: fetch it again", e);
    }
    return bytes.toByteArray();
  }

  /** The number of a list's values, where there are no more than so many. */
  private int count(String key, int most) {
    int count = metadata.count(KEYS + key);
    if (count > most) {
      throw new CheckpointException(
          file
              + ": "
              + KEYS
              + key
              + " has "
              + count
              + " values where the model has room for "
              + most
              + ": fetch it again");
    }
    return count;
  }

  private long[] types(int count) {
    if (metadata.has(KEYS + "token_type")) {
      return metadata.numbers(KEYS + "token_type", count);
    }
    long[] types = new long[count];
    Arrays.fill(types, NORMAL);
    return types;
  }

  private void writeAdded(JsonGenerator json, long[] types, int size) throws IOException {
    Set<String> seen = new HashSet<>();
    json.writeArrayFieldStart("added_tokens");
    eachToken(
        size,
        (id, token) -> {
          if (!seen.add(token)) {
            throw new CheckpointException(
                file + ": token " + token + " is there twice: fetch it again");
          }
          if (types[id] == CONTROL || types[id] == USER_DEFINED) {
            json.writeStartObject();
            json.writeNumberField("id", id);
            json.writeStringField("content", token);
            json.writeBooleanField("special", types[id] == CONTROL);
            json.writeEndObject();
          }
        });
    json.writeEndArray();
  }

  private void eachToken(int size, Values values) throws IOException {
    each(
        "tokens",
        (id, token) -> {
          if (id < size) {
            values.next(id, token);
          }
        });
  }

  private void each(String key, Values values) throws IOException {
    int[] index = new int[1];
    try {
      metadata.texts(
          KEYS + key,
          MOST_TEXT,
          text -> {
            try {
              values.next(index[0]++, text);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** Takes the values of a list. */
  private interface Values {
    void next(int index, String text) throws IOException;
  }
}
