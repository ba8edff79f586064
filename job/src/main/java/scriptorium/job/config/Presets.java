package scriptorium.job.config;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.deser.DeserializationProblemHandler;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import scriptorium.job.base.UserException;
import scriptorium.job.row.SamplingSetting;

/** Finds presets: a file's path, or a name in conf/ of the project, or among those in the jar. */
public final class Presets {
  /** The preset of {@code generate} with no arguments. */
  public static final String DEFAULT = "books-8M-k40";

  private static final Map<String, String> RELEASED_SIZES =
      Map.of("117M", "124M", "345M", "355M", "762M", "774M", "1542M", "1558M");
  private static final int SIZE_LIMIT = 1 << 20;

  /** Jackson alone would take 40.7 for 40, "" for nothing given, and 1 for true. */
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .addHandler(new SamplingKeys())
          .withCoercionConfig(
              LogicalType.Integer,
              kind ->
                  kind.setCoercion(CoercionInputShape.EmptyString, CoercionAction.Fail)
                      .setCoercion(CoercionInputShape.Float, CoercionAction.Fail))
          .withCoercionConfig(
              LogicalType.Float,
              kind -> kind.setCoercion(CoercionInputShape.EmptyString, CoercionAction.Fail))
          .withCoercionConfig(
              LogicalType.Boolean,
              kind ->
                  kind.setCoercion(CoercionInputShape.EmptyString, CoercionAction.Fail)
                      .setCoercion(CoercionInputShape.Integer, CoercionAction.Fail))
          .build();

  private Presets() {}

  /**
   * Reads the keys that are settings of sampling, which {@link GenerateOptions} has no fields for.
   */
  private static final class SamplingKeys extends DeserializationProblemHandler {
    @Override
    public boolean handleUnknownProperty(
        DeserializationContext context,
        JsonParser parser,
        JsonDeserializer<?> deserializer,
        Object bean,
        String key)
        throws IOException {
      Optional<SamplingSetting> setting = SamplingSetting.ofKey(key);
      if (setting.isEmpty() || !(bean instanceof GenerateOptions options)) {
        return false;
      }
      try {
        options.set(setting.get(), value(context, parser, setting.get().optionType()));
      } catch (JsonProcessingException e) {
        throw JsonMappingException.from(parser, key + ": " + e.getOriginalMessage(), e);
      }
      return true;
    }

    private static Object value(DeserializationContext context, JsonParser parser, Class<?> type)
        throws IOException {
      if (parser.hasToken(JsonToken.VALUE_NULL)) {
        return null;
      }
      return context.readValue(
          parser,
          type == List.class
              ? context.getTypeFactory().constructCollectionType(List.class, String.class)
              : context.constructType(type));
    }
  }

  /**
   * The size that a model is called by today: 117M, 345M, 762M and 1542M were the released files'
   * names.
   */
  public static String currentName(String name) {
    String current = name;
    for (Map.Entry<String, String> size : RELEASED_SIZES.entrySet()) {
      if (name.equals(size.getKey()) || name.contains("-" + size.getKey())) {
        current = name.replace(size.getKey(), size.getValue());
      }
    }
    return current;
  }

  /** Whether a name, of today or of 2019, is a released model's. */
  static boolean isReleased(String name) {
    return RELEASED_SIZES.containsValue(currentName(name));
  }

  /**
   * Reads a preset.
   *
   * @param kind the options of the command that it is for
   * @throws UserException if there is no preset of that name, or it has unknown keys
   */
  public static <T> T read(String nameOrFile, Class<T> kind) {
    try (InputStream in = open(nameOrFile)) {
      if (in == null) {
        throw new UserException(
            "Preset " + nameOrFile + " is neither a file nor a name in conf/: see conf/README.md");
      }
      byte[] content = in.readNBytes(SIZE_LIMIT + 1);
      if (content.length > SIZE_LIMIT) {
        throw new UserException(
            "Preset "
                + nameOrFile
                + " has more than "
                + SIZE_LIMIT
                + " bytes, more than any preset needs: see job/docs/options.md");
      }
      T options = JSON.readValue(content, kind);
      if (options == null) {
        throw new UserException("Preset " + nameOrFile + " is empty: see job/docs/options.md");
      }
      if (options instanceof RunOptions run && run.name == null && !nameOrFile.endsWith(".json")) {
        run.name = nameOrFile;
      }
      return options;
    } catch (UnrecognizedPropertyException e) {
      throw new UserException(
          "Preset "
              + nameOrFile
              + " has the unknown key "
              + e.getPropertyName()
              + ": job/docs/options.md lists the keys",
          e);
    } catch (JsonProcessingException e) {
      String reason = String.valueOf(e.getOriginalMessage()).lines().findFirst().orElse("damaged");
      throw new UserException("Preset " + nameOrFile + " is not valid: " + reason, e);
    } catch (IOException e) {
      throw new UserException("Preset " + nameOrFile + " cannot be read: " + e.getMessage(), e);
    }
  }

  /**
   * Options from settings of Spark, whose keys are those of presets. For a list, a JSON array of
   * strings is one, and any other value is a list of that one string.
   *
   * @param prefix what stands before each key, for messages
   * @throws UserException for an unknown key or an invalid value
   */
  public static <T> T read(Map<String, String> settings, String prefix, Class<T> kind) {
    Map<String, Object> values = new HashMap<>();
    for (Map.Entry<String, String> setting : settings.entrySet()) {
      String named = "Setting " + prefix + setting.getKey();
      Object value = value(setting.getKey(), setting.getValue(), kind);
      try {
        JSON.convertValue(Map.of(setting.getKey(), value), kind);
        values.put(setting.getKey(), value);
      } catch (IllegalArgumentException e) {
        throw new UserException(
            e.getCause() instanceof UnrecognizedPropertyException
                ? named + " is unknown: job/docs/options.md lists the keys"
                : named
                    + " "
                    + setting.getValue()
                    + " has the wrong type: job/docs/options.md has the right one",
            e);
      }
    }
    return JSON.convertValue(values, kind);
  }

  private static Object value(String key, String text, Class<?> kind) {
    boolean list =
        Arrays.stream(kind.getFields())
            .anyMatch(field -> field.getName().equals(key) && field.getType() == List.class);
    boolean listOfSampling =
        kind == GenerateOptions.class
            && SamplingSetting.ofKey(key)
                .filter(setting -> setting.optionType() == List.class)
                .isPresent();
    return list || listOfSampling ? strings(text) : text;
  }

  private static List<String> strings(String text) {
    try {
      JsonNode value = JSON.readTree(text);
      if (value.isArray() && value.valueStream().allMatch(JsonNode::isTextual)) {
        return value.valueStream().map(JsonNode::textValue).toList();
      }
    } catch (JsonProcessingException e) {
      // one string, as it is
    }
    return List.of(text);
  }

  private static InputStream open(String nameOrFile) throws IOException {
    if (nameOrFile.endsWith(".json")) {
      try {
        Path file = Path.of(nameOrFile);
        return Files.isRegularFile(file) ? Files.newInputStream(file) : null;
      } catch (InvalidPathException e) {
        return null; // a path that no file system allows
      }
    }
    String file = currentName(nameOrFile) + ".json";
    if (!file.matches("[A-Za-z0-9._-]+")) {
      return null;
    }
    String home = System.getProperty("scriptorium.home");
    if (home != null && Files.isRegularFile(Path.of(home, "conf", file))) {
      return Files.newInputStream(Path.of(home, "conf", file));
    }
    return Presets.class.getResourceAsStream("/scriptorium/conf/" + file);
  }
}
