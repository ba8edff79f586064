package scriptorium.job.row;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import scriptorium.engine.generation.GenerationConfig;
import scriptorium.engine.sampling.SamplingConfig;

/**
 * Settings that columns of the prompts replace for their rows. Immutable.
 *
 * @param columns the columns that are read, in the order of {@link #NAMES}
 * @param general the settings of rows that have nothing there
 */
public record PromptSettings(List<String> columns, GenerationConfig general)
    implements Serializable {
  private static final String STOP = "stop";

  /** Characters of a number in a message. */
  private static final int SHOWN_LIMIT = 40;

  /** The columns that there can be, in their order in the rows. */
  public static final List<String> NAMES =
      List.of(
          "temperature",
          "top_k",
          "top_p",
          "min_p",
          "typical_p",
          "repetition_penalty",
          "no_repeat_ngram",
          "min_new_tokens",
          "max_new_tokens",
          STOP);

  /** Puts the columns into the order of {@link #NAMES}; leaves out what is none of them. */
  public PromptSettings {
    columns = NAMES.stream().filter(columns::contains).toList();
  }

  /** What a row has of the columns; empty for nothing. */
  public ObjectNode own(JsonNode row) {
    ObjectNode own = JsonNodeFactory.instance.objectNode();
    columns.stream().filter(row::hasNonNull).forEach(name -> own.set(name, row.get(name)));
    return own;
  }

  /** Whether rows may stop at strings of their own. */
  public boolean stops() {
    return columns.contains(STOP);
  }

  /**
   * The settings of a row.
   *
   * @throws IllegalArgumentException for a value that is none, with column and value
   */
  public GenerationConfig config(JsonNode row) {
    SamplingConfig sampling = general.sampling();
    int maxNewTokens = general.maxNewTokens();
    List<String> stops = general.stops();
    for (String name : columns) {
      if (row.hasNonNull(name)) {
        switch (name) {
          case "max_new_tokens" -> maxNewTokens = whole(row, name);
          case STOP -> stops = strings(row.get(name));
          default -> sampling = with(sampling, name, row);
        }
      }
    }
    return new GenerationConfig(
        sampling,
        maxNewTokens,
        stops,
        general.bestOf(),
        general.bestOfBy(),
        general.seed(),
        general.tokenDetails());
  }

  private static SamplingConfig with(SamplingConfig sampling, String name, JsonNode row) {
    return switch (name) {
      case "temperature" -> sampling.withTemperature(number(row, name));
      case "top_k" -> sampling.withTopK(whole(row, name));
      case "top_p" -> sampling.withTopP(number(row, name), number(row, name));
      case "min_p" -> sampling.withMinP(number(row, name));
      case "typical_p" -> sampling.withTypicalP(number(row, name));
      case "repetition_penalty" -> sampling.withRepetitionPenalty(number(row, name));
      case "no_repeat_ngram" -> sampling.withNoRepeatNgram(whole(row, name));
      case "min_new_tokens" -> sampling.withMinNewTokens(whole(row, name));
      default -> throw new IllegalArgumentException("No setting " + name);
    };
  }

  private static double number(JsonNode row, String name) {
    JsonNode value = row.get(name);
    if (!value.isNumber()) {
      throw wrong(name, value, "no number");
    }
    return value.doubleValue();
  }

  private static int whole(JsonNode row, String name) {
    JsonNode value = row.get(name);
    boolean whole = value.isNumber() && value.canConvertToExactIntegral(); // pandas writes 40.0
    if (!whole || !value.canConvertToInt()) {
      throw wrong(name, value, "no whole number of 0.." + Integer.MAX_VALUE);
    }
    return value.intValue();
  }

  private static List<String> strings(JsonNode value) {
    List<String> strings = new ArrayList<>();
    for (JsonNode one : value.isArray() ? value : List.of(value)) {
      if (!one.isTextual()) {
        throw value.isArray()
            ? wrong(STOP + "[" + strings.size() + "]", one, "no string")
            : wrong(STOP, value, "neither a string nor an array of strings");
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

  /** The column that tells a setting in the rows. */
  static SampleSchema.Column column(String name) {
    return switch (name) {
      case "temperature" -> column(name, "double", "divided the logits");
      case "top_k" -> column(name, "int", "the likeliest tokens that were kept; 0: all");
      case "min_p" -> column(name, "double", "least share of the likeliest one's p; 0: all");
      case "typical_p" -> column(name, "double", "mass of typical tokens; 1: all");
      case "repetition_penalty" -> column(name, "double", "of tokens that were there; 1: none");
      case "no_repeat_ngram" -> column(name, "int", "tokens that were not repeated; 0: none");
      case "min_new_tokens" -> column(name, "int", "tokens before the end token; 0: none");
      case "max_new_tokens" -> column(name, "int", "most tokens; 0: the context");
      case STOP -> column(name, "array of string", "strings that stopped the row");
      default -> throw new IllegalArgumentException("No setting " + name);
    };
  }

  private static SampleSchema.Column column(String name, String type, String meaning) {
    return new SampleSchema.Column(name, type, meaning);
  }

  /** The value of a setting in the rows. */
  static Object value(GenerationConfig config, String name) {
    SamplingConfig sampling = config.sampling();
    return switch (name) {
      case "temperature" -> sampling.temperature();
      case "top_k" -> sampling.topK();
      case "min_p" -> sampling.minP();
      case "typical_p" -> sampling.typicalP();
      case "repetition_penalty" -> sampling.repetitionPenalty();
      case "no_repeat_ngram" -> sampling.noRepeatNgram();
      case "min_new_tokens" -> sampling.minNewTokens();
      case "max_new_tokens" -> config.maxNewTokens();
      case STOP -> config.stops().toArray(String[]::new);
      default -> throw new IllegalArgumentException("No setting " + name);
    };
  }
}
