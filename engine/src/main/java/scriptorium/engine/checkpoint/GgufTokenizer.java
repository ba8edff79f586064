package scriptorium.engine.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;

/** The tokenizer of a GGUF file as a tokenizer.json, which is how the tokenizer reads it. */
final class GgufTokenizer {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String KEYS = "tokenizer.ggml.";
  private static final long NORMAL = 1;
  private static final long CONTROL = 3;
  private static final long USER_DEFINED = 4;
  private static final long UNUSED = 5;

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

  /** Tokens that fill up the vocabulary behind the others are left out. */
  byte[] json() {
    List<String> tokens = metadata.texts(KEYS + "tokens");
    List<Long> types =
        metadata.has(KEYS + "token_type")
            ? metadata.numbers(KEYS + "token_type")
            : Collections.nCopies(tokens.size(), NORMAL);
    if (types.size() != tokens.size()) {
      throw new CheckpointException(
          file
              + ": "
              + types.size()
              + " token types of "
              + tokens.size()
              + " tokens: fetch it again");
    }
    int size = tokens.size();
    while (size > 0 && types.get(size - 1) == UNUSED) {
      size--;
    }
    ObjectNode json = JSON.createObjectNode();
    ArrayNode added = json.putArray("added_tokens");
    json.putObject("pre_tokenizer").put("type", "ByteLevel");
    ObjectNode vocab = json.putObject("model").put("type", "BPE").putObject("vocab");
    for (int id = 0; id < size; id++) {
      String token = tokens.get(id);
      if (vocab.has(token)) {
        throw new CheckpointException(
            file + ": token " + token + " is there twice: fetch it again");
      }
      vocab.put(token, id);
      long type = types.get(id);
      if (type == CONTROL || type == USER_DEFINED) {
        added.addObject().put("id", id).put("content", token).put("special", type == CONTROL);
      }
    }
    ArrayNode merges = ((ObjectNode) json.get("model")).putArray("merges");
    metadata.texts(KEYS + "merges").forEach(merges::add);
    try {
      return JSON.writeValueAsBytes(json);
    } catch (JsonProcessingException e) {
      throw new CheckpointException(file + ": its tokens are no text: fetch it again", e);
    }
  }
}
