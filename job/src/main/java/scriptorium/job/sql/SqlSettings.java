package scriptorium.job.sql;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.SparkSession;
import scala.Some;
import scala.jdk.javaapi.CollectionConverters;
import scriptorium.engine.ModelException;
import scriptorium.job.base.UserException;
import scriptorium.job.config.GenerateOptions;
import scriptorium.job.config.JobConfig;
import scriptorium.job.config.ModelLocator;
import scriptorium.job.config.Presets;
import scriptorium.job.dataset.PromptSampler;
import scriptorium.job.dataset.SampleSettings;
import scriptorium.job.spark.MemoryNeed;

/**
 * What the functions of SQL go by: settings {@code spark.scriptorium.KEY}. {@code model} must be
 * given, a folder that the driver sees. Of the keys of {@code generate} there are those that say
 * how rows are drawn ({@code temperature}, {@code topK}, {@code topP}, {@code maxNewTokens}, {@code
 * seed} ...), {@code modelsDir}, and the engine's ({@code threads}, {@code slots}, {@code
 * cacheMemory}, {@code cacheType}). {@code stride} is that of {@code score}. {@code onBadRow} is
 * {@code fail}, the default: a prompt or id that cannot be used ends the query, as does a text or
 * prompt whose logits are not finite; or {@code null}: the result is null.
 *
 * @param stride tokens between windows of a text longer than the context, 0 for the context
 */
record SqlSettings(
    ModelFunction.OnExecutor engine, PromptSampler sampler, int stride, boolean failOnBadRow) {
  static final String PREFIX = "spark.scriptorium.";

  /** Keys of a run that writes files. */
  private static final Set<String> OF_RUNS =
      Set.of(
          "name",
          "out",
          "format",
          "shardRows",
          "prompts",
          "textColumn",
          "samplesPerPrompt",
          "promptSettings",
          "count",
          "split",
          "schema",
          "merge",
          "tokenColumns");

  private static final Pattern OPTION = Pattern.compile("--([a-z]+(?:-[a-z]+)*)");
  private static final SessionModels MODELS = new SessionModels();

  /**
   * The settings of a session as they are now. Broadcasts the model where this has not been done.
   *
   * @throws AnalysisException in one line, for an invalid setting and a model that is not there
   */
  static SqlSettings of(SparkSession session) {
    try {
      return read(session);
    } catch (UserException | ModelException e) {
      throw unchecked(
          new AnalysisException(
              "USER_RAISED_EXCEPTION",
              new scala.collection.immutable.Map.Map1<>("errorMessage", inSettings(e.getMessage())),
              new Some<>(e)));
    }
  }

  private static SqlSettings read(SparkSession session) {
    Map<String, String> given = given(session);
    String model = given.get("model");
    if (model == null) {
      throw new UserException(
          "Setting "
              + PREFIX
              + "model is missing: set it to a model's folder, such as /models/124M");
    }
    boolean fail = failOnBadRow(given.remove("onBadRow"));
    int stride = stride(given.remove("stride"));
    GenerateOptions options = Presets.read(given, PREFIX, GenerateOptions.class);
    JobConfig config = JobConfig.of(options, new GenerateOptions());
    Path folder = ModelLocator.find(config.model(), config.modelsDir());
    SessionModels.Sent sent = MODELS.send(session.sparkContext(), folder);
    MemoryNeed.check(sent.config(), config.engine());
    SampleSettings.check(config.generation(), sent.config().contextLength());
    if (stride > sent.config().contextLength()) {
      throw new UserException(
          "Setting "
              + PREFIX
              + "stride "
              + stride
              + " is longer than the context: give at most "
              + sent.config().contextLength());
    }
    return new SqlSettings(
        new ModelFunction.OnExecutor(sent.model(), config.engine()),
        new PromptSampler(options, true, sent.name()),
        stride,
        fail);
  }

  private static Map<String, String> given(SparkSession session) {
    Map<String, String> given = new TreeMap<>();
    CollectionConverters.asJava(session.conf().getAll())
        .forEach(
            (key, value) -> {
              if (key.startsWith(PREFIX)) {
                given.put(key.substring(PREFIX.length()), value);
              }
            });
    for (String key : new TreeSet<>(given.keySet())) {
      if (OF_RUNS.contains(key)) {
        throw new UserException(
            "Setting " + PREFIX + key + " is of runs that write files: leave it out");
      }
    }
    return given;
  }

  private static boolean failOnBadRow(String value) {
    if (value != null && !value.equals("fail") && !value.equals("null")) {
      throw new UserException(
          "Invalid setting " + PREFIX + "onBadRow " + value + ": give fail or null");
    }
    return !"null".equals(value);
  }

  private static int stride(String value) {
    if (value == null) {
      return 0;
    }
    if (!value.matches("[1-9][0-9]{0,8}")) {
      throw new UserException(
          "Setting " + PREFIX + "stride " + value + " is no number of tokens: give at least 1");
    }
    return Integer.parseInt(value);
  }

  /** A message about options of a command, in the words of settings. */
  private static String inSettings(String message) {
    return OPTION
        .matcher(message)
        .replaceAll(option -> Matcher.quoteReplacement(PREFIX + camelCase(option.group(1))));
  }

  private static String camelCase(String option) {
    return Pattern.compile("-([a-z])")
        .matcher(option)
        .replaceAll(letter -> letter.group(1).toUpperCase(Locale.ROOT));
  }

  /** Throws a checked exception of Spark's through an interface that declares none. */
  @SuppressWarnings("unchecked")
  static <E extends Throwable> RuntimeException unchecked(Throwable e) throws E {
    throw (E) e;
  }
}
