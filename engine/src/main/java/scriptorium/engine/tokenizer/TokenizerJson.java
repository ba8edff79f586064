package scriptorium.engine.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import scriptorium.engine.text.OneLine;
import scriptorium.engine.text.StrictJson;
import scriptorium.engine.tokenizer.AddedTokens.Added;

/**
 * What Hugging Face's tokenizer.json says of a byte-level byte-pair encoding. Every setting under
 * which a text would get other tokens than GPT-2's way gives it is refused by name.
 *
 * @param ids the tokens of the byte-pair encoding and their ids
 * @param merges pairs of tokens, the first merged first
 * @param added tokens that stand for themselves in a text; their ids may be among {@code ids}
 */
record TokenizerJson(Map<String, Integer> ids, List<String[]> merges, List<Added> added) {
  /** GPT-2's takes 350,000 tokens of JSON at most. */
  private static final long TOKEN_LIMIT = 1 << 21;

  private static final ObjectMapper JSON = StrictJson.ofTokens(TOKEN_LIMIT);

  /**
   * Reads the file's content.
   *
   * @throws IllegalArgumentException in one line, where it is damaged or no GPT-2 tokenizer
   */
  static TokenizerJson parse(byte[] file) {
    JsonNode json;
    try {
      json = JSON.readTree(file);
    } catch (IOException e) {
      throw new IllegalArgumentException("tokenizer.json is no valid JSON: fetch it again", e);
    }
    JsonNode model = json.path("model");
    if (!model.path("vocab").isObject() || !model.path("merges").isArray()) {
      throw refused("model has no vocab and merges: only byte-pair encodings are understood");
    }
    refuseUnless(model, "type", "BPE");
    refuseSet(json, "normalizer");
    refuseSet(model, "dropout");
    refuseSet(model, "continuing_subword_prefix");
    refuseSet(model, "end_of_word_suffix");
    refuseSet(model, "byte_fallback");
    refuseSet(model, "ignore_merges");
    checkPieces(json.path("pre_tokenizer"));
    return new TokenizerJson(ids(model.get("vocab")), merges(model.get("merges")), added(json));
  }

  private static void checkPieces(JsonNode pieces) {
    if (pieces.isMissingNode() || pieces.isNull()) {
      throw refused("pre_tokenizer is missing and should be ByteLevel: give a GPT-2 tokenizer");
    }
    if (!pieces.path("type").asText().equals("ByteLevel")) {
      throw refused(
          "pre_tokenizer "
              + pieces.path("type").asText()
              + " is not ByteLevel: give a GPT-2 tokenizer");
    }
    refuseSet(pieces, "add_prefix_space");
    if (!pieces.path("use_regex").asBoolean(true)) {
      throw refused("use_regex false is not understood: give a GPT-2 tokenizer");
    }
  }

  private static Map<String, Integer> ids(JsonNode vocab) {
    Vocabulary.checkCount("tokenizer.json", "tokens", vocab.size());
    Map<String, Integer> ids = new HashMap<>();
    vocab.properties().forEach(entry -> ids.put(entry.getKey(), id(entry.getValue())));
    return ids;
  }

  private static List<String[]> merges(JsonNode array) {
    Vocabulary.checkCount("tokenizer.json", "merges", array.size());
    List<String[]> merges = new ArrayList<>(array.size());
    for (JsonNode merge : array) {
      String[] pair =
          merge.isArray() && merge.size() == 2
              ? new String[] {merge.get(0).asText(), merge.get(1).asText()}
              : merge.asText().split(" ", -1);
      if (pair.length != 2 || pair[0].isEmpty() || pair[1].isEmpty()) {
        throw refused("merge " + merge + " is no pair: fetch it again");
      }
      merges.add(pair);
    }
    return merges;
  }

  private static List<Added> added(JsonNode json) {
    List<Added> added = new ArrayList<>();
    for (JsonNode token : json.path("added_tokens")) {
      String text = token.path("content").asText();
      for (String flag : List.of("lstrip", "rstrip", "single_word")) {
        if (token.path(flag).asBoolean()) {
          throw refused(
              "added token "
                  + text
                  + " has "
                  + flag
                  + " true, which is not understood: give a"
                  + " GPT-2 tokenizer");
        }
      }
      added.add(new Added(text, id(token.path("id")), token.path("special").asBoolean()));
    }
    return added;
  }

  private static int id(JsonNode value) {
    if (!value.isIntegralNumber() || !value.canConvertToInt()) {
      throw refused("a token has " + value + " where an id belongs: fetch it again");
    }
    return value.intValue();
  }

  private static void refuseUnless(JsonNode json, String key, String known) {
    if (json.hasNonNull(key) && !json.get(key).asText().equals(known)) {
      throw refused(
          key + " " + json.get(key).asText() + " is not " + known + ": give a GPT-2 tokenizer");
    }
  }

  /** Refuses a setting that is neither missing nor null, false, zero or empty. */
  private static void refuseSet(JsonNode json, String key) {
    JsonNode value = json.path(key);
    boolean unset =
        value.isMissingNode()
            || value.isNull()
            || value.isBoolean() && !value.booleanValue()
            || value.isNumber() && value.doubleValue() == 0
            || value.isTextual() && value.textValue().isEmpty();
    if (!unset) {
      String shown =
          value.isContainerNode() ? value.path("type").asText("of its own") : value.asText();
      throw refused(key + " " + shown + " is not understood: give a GPT-2 tokenizer");
    }
  }

  private static IllegalArgumentException refused(String message) {
    return new IllegalArgumentException(OneLine.of("tokenizer.json: " + message));
  }
}
