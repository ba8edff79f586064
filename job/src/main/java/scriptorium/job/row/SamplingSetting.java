package scriptorium.job.row;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import scriptorium.engine.generation.GenerationConfig;
import scriptorium.engine.generation.GenerationConfig.BestOfBy;
import scriptorium.engine.sampling.SamplingConfig;

/**
 * The settings that say how rows are drawn. Options with their help, keys of presets, columns of
 * prompts, settings of SQL, manifests, {@code verify} and the names of families are derived from
 * these constants: a new setting is a constant here and its arithmetic in the engine. Columns and
 * families have the order of the constants.
 */
public enum SamplingSetting {
  /** Divides the logits. */
  TEMPERATURE(
      SettingKind.NUMBER,
      new Help("T", "divides the logits; 0 takes the likeliest token (default: 1)"),
      1.0,
      "t",
      "divided the logits",
      config -> config.sampling().temperature(),
      (draft, value) -> draft.sampling = draft.sampling.withTemperature((Double) value)),
  /** Keeps the likeliest tokens. */
  TOP_K(
      SettingKind.WHOLE,
      new Help("K", "keep the K likeliest tokens (default: all)"),
      0,
      "k",
      "the likeliest tokens that were kept; 0: all",
      config -> config.sampling().topK(),
      (draft, value) -> draft.sampling = draft.sampling.withTopK((Integer) value)),
  /** Keeps the likeliest tokens of a mass, which may be drawn per row. */
  TOP_P(
      SettingKind.RANGE,
      new Help(
          "P|LO..HI",
          "keep the likeliest tokens of mass P; a range is drawn from row by row (default: all)"),
      new SettingKind.Range(1, 1),
      "p",
      "the row's own top-p",
      config -> new SettingKind.Range(config.sampling().topPLow(), config.sampling().topPHigh()),
      (draft, value) ->
          draft.sampling =
              draft.sampling.withTopP(
                  ((SettingKind.Range) value).low(), ((SettingKind.Range) value).high())),
  /** Keeps tokens by their share of the likeliest one. */
  MIN_P(
      SettingKind.NUMBER,
      new Help(
          "P",
          "keep the tokens of at least P times the likeliest one's probability (default: all)"),
      0.0,
      "minp",
      "least share of the likeliest one's p; 0: all",
      config -> config.sampling().minP(),
      (draft, value) -> draft.sampling = draft.sampling.withMinP((Double) value)),
  /** Keeps the most typical tokens of a mass. */
  TYPICAL_P(
      SettingKind.NUMBER,
      new Help(
          "P",
          "keep the tokens of mass P whose ln p is nearest to minus the entropy (default: all)"),
      1.0,
      "typical",
      "mass of typical tokens; 1: all",
      config -> config.sampling().typicalP(),
      (draft, value) -> draft.sampling = draft.sampling.withTypicalP((Double) value)),
  /** Makes tokens that occurred less likely. */
  REPETITION_PENALTY(
      SettingKind.NUMBER,
      new Help(
          "R",
          "divide positive logits of tokens that prompt and sample have by R, multiply negative ones (default: 1)"),
      1.0,
      "rep",
      "of tokens that were there; 1: none",
      config -> config.sampling().repetitionPenalty(),
      (draft, value) -> draft.sampling = draft.sampling.withRepetitionPenalty((Double) value)),
  /** Bans n-grams that occurred. */
  NO_REPEAT_NGRAM(
      SettingKind.WHOLE,
      new Help("N", "draw no token that ends N tokens which prompt and sample have already"),
      0,
      "ngram",
      "tokens that were not repeated; 0: none",
      config -> config.sampling().noRepeatNgram(),
      (draft, value) -> draft.sampling = draft.sampling.withNoRepeatNgram((Integer) value)),
  /** Tokens before the end token. */
  MIN_NEW_TOKENS(
      SettingKind.WHOLE,
      new Help("N", "draw the end token after N others only"),
      0,
      "min",
      "tokens before the end token; 0: none",
      config -> config.sampling().minNewTokens(),
      (draft, value) -> draft.sampling = draft.sampling.withMinNewTokens((Integer) value)),
  /** Most tokens. */
  MAX_NEW_TOKENS(
      SettingKind.WHOLE,
      new Help("N", "most tokens drawn a row (default: the context)"),
      0,
      null,
      "most tokens; 0: the context",
      GenerationConfig::maxNewTokens,
      (draft, value) -> draft.maxNewTokens = (Integer) value),
  /** Strings that end a row. */
  STOP(
      SettingKind.STRINGS,
      new Help(
          "STRING",
          "end a row when its text contains this, and cut the text before it; may be given often"),
      List.of(),
      "stop",
      "strings that stopped the row",
      GenerationConfig::stops,
      (draft, value) -> draft.stops = strings((List<?>) value)),
  /** Key of the random streams. */
  SEED(
      SettingKind.LONG,
      new Help("S", "key of the random streams (default: 20191105)"),
      null,
      null,
      null,
      GenerationConfig::seed,
      (draft, value) -> draft.seed = (Long) value),
  /** Candidates a row. */
  BEST_OF(
      SettingKind.WHOLE,
      new Help("N", "draw N candidates a row and keep the likeliest under the model (default: 1)"),
      1,
      "best",
      null,
      GenerationConfig::bestOf,
      (draft, value) -> draft.bestOf = (Integer) value),
  /** Recorded where there are candidates to be compared. */
  BEST_OF_BY(
      SettingKind.WORD,
      new Help("sum|mean", "compare log-likelihoods, or those a token (default: sum)"),
      "sum",
      null,
      null,
      config -> config.bestOfBy().name().toLowerCase(Locale.ROOT),
      (draft, value) -> draft.bestOfBy = bestOfBy((String) value));

  /** Seed of runs that are given none. */
  public static final long DEFAULT_SEED = 20191105;

  /**
   * What {@code --help} tells of an option.
   *
   * @param label stands for the value
   */
  private record Help(String label, String text) {}

  /** Settings on their way to a configuration, which is checked as a whole. */
  private static final class Draft {
    private SamplingConfig sampling;
    private int maxNewTokens;
    private List<String> stops;
    private int bestOf;
    private BestOfBy bestOfBy;
    private long seed;
    private final boolean tokenDetails;

    Draft(GenerationConfig from) {
      sampling = from.sampling();
      maxNewTokens = from.maxNewTokens();
      stops = from.stops();
      bestOf = from.bestOf();
      bestOfBy = from.bestOfBy();
      seed = from.seed();
      tokenDetails = from.tokenDetails();
    }

    GenerationConfig config() {
      return new GenerationConfig(
          sampling, maxNewTokens, stops, bestOf, bestOfBy, seed, tokenDetails);
    }
  }

  /** What a manifest has recorded; each method refuses a value of another kind, naming its key. */
  public interface Recorded {
    /** Whether there is a value. */
    boolean has(String key);

    /** A number. */
    Number number(String key);

    /** A text. */
    String text(String key);

    /** A list of texts. */
    List<String> strings(String key);
  }

  /** Settings that the first manifests had: recorded always, where others are left out if off. */
  private static final List<SamplingSetting> FIRST =
      List.of(TEMPERATURE, TOP_K, TOP_P, MAX_NEW_TOKENS, SEED);

  private static final Map<String, SamplingSetting> BY_KEY =
      Arrays.stream(values())
          .collect(Collectors.toUnmodifiableMap(SamplingSetting::key, setting -> setting));

  private static final Map<String, SamplingSetting> BY_COLUMN =
      Arrays.stream(values())
          .filter(setting -> setting.meaning != null)
          .collect(Collectors.toUnmodifiableMap(SamplingSetting::columnName, setting -> setting));

  private final String columnName = name().toLowerCase(Locale.ROOT);
  private final String key = camelCase(columnName);
  private final SettingKind kind;
  private final Help help;
  private final Object off;
  private final String word;
  private final String meaning;
  private final Function<GenerationConfig, Object> get;
  private final BiConsumer<Draft, Object> set;

  /**
   * @param off the value that changes nothing; null if it has no such value
   * @param word begins the setting's part of a family's name; null if it is not in it
   * @param meaning what the column of a row says; null if prompts cannot have their own
   */
  SamplingSetting(
      SettingKind kind,
      Help help,
      Object off,
      String word,
      String meaning,
      Function<GenerationConfig, Object> get,
      BiConsumer<Draft, Object> set) {
    this.kind = kind;
    this.help = help;
    this.off = off;
    this.word = word;
    this.meaning = meaning;
    this.get = get;
    this.set = set;
  }

  /** Name of the preset's key and of the manifest's setting: minP. */
  public String key() {
    return key;
  }

  /** The setting of a preset's key. */
  public static Optional<SamplingSetting> ofKey(String key) {
    return Optional.ofNullable(BY_KEY.get(key));
  }

  /** Name of the option: --min-p. */
  public String optionName() {
    return "--" + columnName.replace('_', '-');
  }

  /** What stands for the option's value in {@code --help}. */
  public String optionLabel() {
    return help.label();
  }

  /** What {@code --help} says of the option. */
  public String optionHelp() {
    return help.text();
  }

  /** Type of the option's value: a boxed number, String, or List for a list of Strings. */
  public Class<?> optionType() {
    return kind.optionType();
  }

  /**
   * A value as the option has it. A whole number is taken where a Long or a Double is wanted.
   *
   * @throws IllegalArgumentException for a value of another type
   */
  public Object optionValue(Object given) {
    Object value = kind.widened(given);
    if (!optionType().isInstance(value)) {
      throw new IllegalArgumentException(
          "Setting "
              + key
              + " is "
              + given
              + " of the type "
              + (given == null ? null : given.getClass().getSimpleName())
              + ": give a value of the type "
              + optionType().getSimpleName());
    }
    return value;
  }

  /** Name of the column of prompts and rows: min_p. */
  public String columnName() {
    return columnName;
  }

  private static String camelCase(String name) {
    return Pattern.compile("_([a-z])")
        .matcher(name)
        .replaceAll(letter -> letter.group(1).toUpperCase(Locale.ROOT));
  }

  /** The column of rows whose prompts have their own value. */
  public SampleSchema.Column column() {
    return new SampleSchema.Column(columnName(), kind.type(), meaning);
  }

  /** Names of the columns that prompts can have. */
  public static List<String> columnNames() {
    return Arrays.stream(values())
        .filter(setting -> setting.meaning != null)
        .map(SamplingSetting::columnName)
        .toList();
  }

  /**
   * The setting of a column.
   *
   * @throws IllegalArgumentException if prompts can have no such column
   */
  public static SamplingSetting ofColumn(String name) {
    SamplingSetting setting = BY_COLUMN.get(name);
    if (setting == null) {
      throw new IllegalArgumentException("No setting " + name);
    }
    return setting;
  }

  /** The value in a row: a number, or an array of strings. */
  Object value(GenerationConfig config) {
    return get.apply(config) instanceof List<?> list
        ? list.toArray(String[]::new)
        : get.apply(config);
  }

  /**
   * The configuration that options give.
   *
   * @param given values of options: null where an option is not given
   * @throws IllegalArgumentException for an invalid value, with the value and the remedy
   */
  public static GenerationConfig config(
      Function<SamplingSetting, Object> given, boolean tokenDetails) {
    Draft draft =
        new Draft(
            new GenerationConfig(
                SamplingConfig.PLAIN, 0, List.of(), 1, BestOfBy.SUM, DEFAULT_SEED, tokenDetails));
    for (SamplingSetting setting : values()) {
      Object value = given.apply(setting);
      if (value != null) {
        setting.set.accept(draft, setting.kind.ofOption(value));
      }
    }
    return draft.config();
  }

  /**
   * The configuration of a row whose prompt has its own settings.
   *
   * @param columns names of the columns that are read
   * @throws IllegalArgumentException for an invalid value, with column and value
   */
  static GenerationConfig config(GenerationConfig general, List<String> columns, JsonNode row) {
    Draft draft = new Draft(general);
    for (String name : columns) {
      if (row.hasNonNull(name)) {
        SamplingSetting setting = ofColumn(name);
        setting.set.accept(draft, setting.kind.ofJson(name, row.get(name)));
      }
    }
    return draft.config();
  }

  private static List<String> strings(List<?> given) {
    if (given.stream().anyMatch(Objects::isNull)) {
      throw new IllegalArgumentException("Stop strings " + given + ": give strings alone");
    }
    return given.stream().map(String.class::cast).toList();
  }

  private static BestOfBy bestOfBy(String value) {
    return switch (value) {
      case "sum" -> BestOfBy.SUM;
      case "mean" -> BestOfBy.MEAN;
      default ->
          throw new IllegalArgumentException("Option --best-of-by " + value + ": give sum or mean");
    };
  }

  /** Puts the settings that every manifest has into a manifest's, in their order. */
  public static void recordFirst(GenerationConfig config, Map<String, Object> into) {
    FIRST.forEach(setting -> setting.record(config, into));
  }

  /**
   * Puts the others into a manifest's settings, but for {@link #BEST_OF_BY}, which stands behind
   * others' in manifests. Where they are off they are left out, so that manifests that were written
   * before there were any still compare.
   */
  public static void recordLater(GenerationConfig config, Map<String, Object> into) {
    for (SamplingSetting setting : values()) {
      if (!FIRST.contains(setting)
          && setting != BEST_OF_BY
          && !setting.get.apply(config).equals(setting.off)) {
        setting.record(config, into);
      }
    }
  }

  /** Puts this setting into a manifest's. */
  private void record(GenerationConfig config, Map<String, Object> into) {
    if (get.apply(config) instanceof SettingKind.Range range) {
      into.put(key() + "Low", range.low());
      into.put(key() + "High", range.high());
    } else {
      into.put(key(), get.apply(config));
    }
  }

  /** Puts what candidates are compared by into a manifest's settings, if there are candidates. */
  public static void recordBestOfBy(GenerationConfig config, Map<String, Object> into) {
    if (config.bestOf() > 1) {
      BEST_OF_BY.record(config, into);
    }
  }

  /** The value of the option that a manifest's settings were made of; null if it was not given. */
  public Object option(Recorded recorded) {
    if (!FIRST.contains(this) && !recorded.has(key())) {
      return null;
    }
    Object value = kind.option(key(), recorded);
    boolean notGiven = kind == SettingKind.WHOLE && value.equals(0) && value.equals(off);
    return notGiven ? null : value;
  }

  /** The part of a family's name that a manifest's settings give; empty if the setting is off. */
  Optional<String> familyWord(Map<String, Object> settings) {
    if (word == null) {
      return Optional.empty();
    }
    return switch (kind) {
      case RANGE -> {
        double low = number(settings, key() + "Low", ((SettingKind.Range) off).low());
        boolean drawn = low < number(settings, key() + "High", ((SettingKind.Range) off).high());
        yield low < ((SettingKind.Range) off).low()
            ? Optional.of(drawn ? "nucleus" : word + plain(low))
            : Optional.empty();
      }
      case STRINGS -> settings.get(key()) == null ? Optional.empty() : Optional.of(word);
      default -> {
        double unchanged = ((Number) off).doubleValue();
        double value = number(settings, key(), unchanged);
        boolean mean = this == BEST_OF && "mean".equals(settings.get(BEST_OF_BY.key()));
        yield value == unchanged
            ? Optional.empty()
            : Optional.of(word + plain(value) + (mean ? "mean" : ""));
      }
    };
  }

  private static double number(Map<String, Object> settings, String key, double otherwise) {
    return settings.get(key) instanceof Number number ? number.doubleValue() : otherwise;
  }

  private static String plain(double number) {
    return number == Math.rint(number) ? String.valueOf((long) number) : String.valueOf(number);
  }
}
