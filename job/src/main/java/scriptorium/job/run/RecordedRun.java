package scriptorium.job.run;

import java.util.ArrayList;
import java.util.List;
import scriptorium.engine.Engine;
import scriptorium.engine.ModelFolder;
import scriptorium.job.base.UserException;
import scriptorium.job.config.GenerateOptions;
import scriptorium.job.config.JobConfig;
import scriptorium.job.config.ScoreConfig;
import scriptorium.job.config.ScoreOptions;
import scriptorium.job.row.CorpusColumns;
import scriptorium.job.row.RowSchema;
import scriptorium.job.row.SamplingSetting;
import scriptorium.job.row.ScoreColumn;
import scriptorium.job.row.ScoreSchema;
import scriptorium.job.store.Manifest;

/**
 * The run that wrote a data set, as its manifest has it: the settings as its command resolved them,
 * and the models that it needs. A manifest is somebody else's file, so that whatever is wrong with
 * a setting is told in one line. Immutable.
 */
public final class RecordedRun {
  private final Manifest manifest;

  /** The run of a manifest. */
  public RecordedRun(Manifest manifest) {
    this.manifest = manifest;
  }

  /** Whether the rows were generated. */
  public boolean generated() {
    return manifest.command() == Manifest.Command.GENERATE;
  }

  /** The settings of {@code generate}. */
  public JobConfig generate() {
    GenerateOptions options = new GenerateOptions();
    options.name = manifest.name();
    options.model = manifest.model().name();
    options.prompts = manifest.prompts() == null ? null : manifest.prompts().file();
    options.textColumn = text("textColumn");
    options.inputFormat = text("inputFormat");
    options.samplesPerPrompt = number("samplesPerPrompt").intValue();
    options.firstId =
        manifest.settings().get("firstId") == null ? null : number("firstId").longValue();
    for (SamplingSetting setting : SamplingSetting.values()) {
      options.set(setting, setting.option(new Settings()));
    }
    options.promptSettings = strings("promptSettings");
    options.format = text("format");
    options.schema = text("schema");
    options.tokenColumns = setting("tokenColumns", Boolean.class);
    options.shardRows = number("shardRows").intValue();
    options.cacheType = text("cacheType");
    return JobConfig.of(options, new GenerateOptions());
  }

  /** Id of the first row of each split; 0 where rows are not generated. */
  public long firstId() {
    return generated() ? generate().firstId() : 0;
  }

  /** Whether they are those of a corpus; they were scored where neither. */
  public boolean corpus() {
    return manifest.command() == Manifest.Command.CORPUS;
  }

  /** The settings of {@code score}; input and output are placeholders. */
  public ScoreConfig score() {
    ScoreOptions options = new ScoreOptions();
    options.name = manifest.name();
    options.model = manifest.model().name();
    options.observer = manifest.observer() == null ? null : manifest.observer().name();
    options.input = List.of(manifest.name());
    options.out = "";
    options.textColumn = text("textColumn");
    options.inputFormat = text("inputFormat");
    options.tokensColumn = text("tokensColumn");
    options.promptColumn = text("promptColumn");
    options.stride = positive("stride");
    options.columns = List.of(setting("columns", String.class).split(","));
    options.format = text("format");
    options.shardRows = number("shardRows").intValue();
    options.cacheType = text("cacheType");
    return ScoreConfig.of(options, new ScoreOptions());
  }

  /** The columns that the settings promise of each row. */
  public RowSchema schema() {
    if (corpus()) {
      return RowSchema.corpus(CorpusColumns.of(scores()), CorpusColumns.ALWAYS);
    }
    return generated()
        ? RowSchema.generated(generate().sampleSchema())
        : RowSchema.scored(new ScoreSchema(score().columns(), manifest.model().name(), null));
  }

  /** The scores that a corpus has. */
  public List<ScoreColumn> scores() {
    List<ScoreColumn> scores = new ArrayList<>();
    for (String name : setting("columns", String.class).split(",")) {
      ScoreColumn.of(name).ifPresent(scores::add);
    }
    return scores;
  }

  /** The manifest's settings, as sampling settings are read from them. */
  private final class Settings implements SamplingSetting.Recorded {
    @Override
    public boolean has(String key) {
      return manifest.settings().get(key) != null;
    }

    @Override
    public Number number(String key) {
      return RecordedRun.this.number(key);
    }

    @Override
    public String text(String key) {
      return RecordedRun.this.text(key);
    }

    @Override
    public List<String> strings(String key) {
      return RecordedRun.this.strings(key);
    }
  }

  private String text(String key) {
    return manifest.settings().get(key) == null ? null : setting(key, String.class);
  }

  private Number number(String key) {
    return setting(key, Number.class);
  }

  private List<String> strings(String key) {
    if (manifest.settings().get(key) == null) {
      return null;
    }
    List<?> values = setting(key, List.class);
    if (!values.stream().allMatch(String.class::isInstance)) {
      throw wrong(key);
    }
    return values.stream().map(String.class::cast).toList();
  }

  /** A setting whose 0 stands for none given. */
  private Integer positive(String key) {
    int value = number(key).intValue();
    return value == 0 ? null : (Integer) value;
  }

  private <T> T setting(String key, Class<T> type) {
    Object value = manifest.settings().get(key);
    if (type.isInstance(value)) {
      return type.cast(value);
    }
    throw wrong(key);
  }

  private UserException wrong(String key) {
    Object value = manifest.settings().get(key);
    return new UserException(
        "Manifest setting "
            + key
            + " of data set "
            + manifest.name()
            + (value == null ? " is missing" : " is " + value)
            + ": take the manifest.json that the run wrote");
  }

  /**
   * Refuses a program and a model that cannot give the bits of the data set.
   *
   * @throws UserException naming both hashes, or both numerics versions
   */
  public void require(ModelFolder model) {
    require("Model ", model, manifest.model());
    if (manifest.numericsVersion() != Engine.NUMERICS_VERSION) {
      throw new UserException(
          "Data set "
              + manifest.name()
              + " has the numerics version "
              + manifest.numericsVersion()
              + ", this program "
              + Engine.NUMERICS_VERSION
              + ": take the Scriptorium "
              + manifest.code().version()
              + " that wrote it");
    }
  }

  /** Refuses an observer that is not the data set's. */
  public void requireObserver(ModelFolder observer) {
    require("Observer ", observer, manifest.observer());
  }

  private static void require(String what, ModelFolder model, Manifest.Model recorded) {
    if (!model.weightsHash().equals(recorded.weightsSha256())) {
      throw foreign(
          what + model.path(), "weights have", model.weightsHash(), recorded.weightsSha256());
    }
    if (!model.tokenizerHash().equals(recorded.tokenizerSha256())) {
      throw foreign(
          what + model.path(), "tokenizer has", model.tokenizerHash(), recorded.tokenizerSha256());
    }
  }

  private static UserException foreign(String what, String part, String found, String recorded) {
    return new UserException(
        what
            + " is not the one of the data set: its "
            + part
            + " the SHA-256 "
            + found
            + ", the manifest "
            + recorded);
  }
}
