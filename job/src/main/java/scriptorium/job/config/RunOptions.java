package scriptorium.job.config;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Locale;
import picocli.CommandLine.Option;
import scriptorium.engine.EngineOptions;
import scriptorium.engine.model.CacheType;
import scriptorium.job.base.UserException;
import scriptorium.job.input.format.InputFormat;

/**
 * The options that all commands which write a data set share, null if not given. A preset has the
 * same names in camelCase.
 */
public abstract class RunOptions {
  @Option(
      names = "--name",
      paramLabel = "NAME",
      description =
          "name of the data set, which its folders begin with (default: the preset's, else the model's, the input's or the command's)")
  public String name;

  @Option(
      names = "--model",
      paramLabel = "DIR|NAME",
      description =
          "model folder, or 124M, 355M, 774M, 1558M under --models-dir (default: books-8M, embedded;"
              + " none for corpus and detect, which leaves texts unscored)")
  public String model;

  @Option(
      names = "--models-dir",
      paramLabel = "DIR",
      description =
          "where named models lie (default: environment SCRIPTORIUM_MODELS, else ./models)")
  public String modelsDir;

  @Option(
      names = "--input-format",
      paramLabel = "FORMAT",
      description =
          "format of prompts and texts, whatever their names end in: text, jsonl, json, csv, spark-csv,"
              + " tsv, spark-tsv, parquet, orc or avro (default: what ending and content tell)")
  public String inputFormat;

  @Option(
      names = "--on-bad-row",
      paramLabel = "record|fail",
      description =
          "a row that cannot be used becomes an error row, or stops the run (default: record)")
  public String onBadRow;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description =
          "output folder on any Hadoop file system (default for generate: ./out; required for the other commands)")
  public String out;

  @Option(
      names = "--format",
      paramLabel = "jsonl|parquet",
      description = "format of the shards (default: jsonl)")
  public String format;

  @Option(names = "--shard-rows", paramLabel = "N", description = "rows of a shard (default: 1000)")
  public Integer shardRows;

  @Option(
      names = "--cache-type",
      paramLabel = "f32|f16",
      description =
          "type of the KV cache; f16 halves its memory and changes a likelihood by about 1e-4 nats a token"
              + " (default: f32)")
  public String cacheType;

  @Option(
      names = "--kernels",
      paramLabel = "auto|machine-code|vector-api|scalar",
      description =
          "which kernels run, with the same results: auto takes machine code where processor and"
              + " system allow it, else the Vector API (default: auto)")
  public String kernels;

  @Option(
      names = "--slots",
      paramLabel = "N",
      description =
          "sequences in flight per executor (default: 256, or 12 per thread if that is more,"
              + " as the cache memory allows)")
  public Integer slots;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "engine threads per executor (default: its processors)")
  public Integer threads;

  @Option(
      names = "--cache-memory",
      paramLabel = "SIZE",
      description =
          "KV cache per executor, such as 4g (default: what weights and heap leave, at most 40 %% of"
              + " its memory)")
  public String cacheMemory;

  /** The options that are given in {@code own}, written into a fresh object over the fallback's. */
  static <T> T merge(T own, T fallback, T into) {
    try {
      for (Field field : own.getClass().getFields()) {
        if (!Modifier.isStatic(field.getModifiers())) {
          Object value = field.get(own);
          field.set(into, value == null ? field.get(fallback) : value);
        }
      }
    } catch (IllegalAccessException e) {
      throw new IllegalStateException("Options are public fields", e);
    }
    return into;
  }

  String modelOrDefault() {
    if (model != null) {
      ModelLocator.requireName(model);
    }
    return model == null ? "books-8M" : model;
  }

  String modelsDirOrDefault() {
    return modelsDir == null
        ? System.getenv().getOrDefault("SCRIPTORIUM_MODELS", "models")
        : modelsDir;
  }

  String nameOr(String otherwise) {
    String given = name == null ? otherwise : name;
    OptionChecks.check(
        given.matches("[A-Za-z0-9._-]+") && !given.startsWith("_") && !given.startsWith("."),
        "Name",
        given,
        "use letters, digits, '.', '_' and '-', a letter or digit first");
    return given;
  }

  boolean failOnBadRow() {
    return OptionChecks.oneOf("on-bad-row", onBadRow, "record", "fail").equals("fail");
  }

  /** Null where endings and contents tell the format. */
  InputFormat inputFormat() {
    return OptionChecks.inputFormat(inputFormat);
  }

  int shardRowsOrDefault() {
    return (int) OptionChecks.atLeastOne("Shard rows", shardRows == null ? 1000 : shardRows);
  }

  EngineOptions engine() {
    try {
      return new EngineOptions(
          threads == null ? 0 : (int) OptionChecks.atLeastOne("Threads", threads),
          slots == null ? 0 : (int) OptionChecks.atLeastOne("Slots", slots),
          cacheMemory == null ? 0 : OptionChecks.bytes(cacheMemory),
          0,
          CacheType.valueOf(
              OptionChecks.oneOf("cache-type", cacheType, "f32", "f16").toUpperCase(Locale.ROOT)),
          OptionChecks.kernels(kernels));
    } catch (IllegalArgumentException e) {
      throw new UserException(e.getMessage(), e);
    }
  }
}
