package scriptorium.job.run;

import java.io.Serializable;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import scriptorium.engine.Engine;
import scriptorium.engine.EngineOptions;
import scriptorium.engine.ModelFolder;
import scriptorium.engine.Scorer;
import scriptorium.engine.ScoringConfig;
import scriptorium.job.base.ShardFormat;
import scriptorium.job.base.UserException;
import scriptorium.job.broadcast.Shared;
import scriptorium.job.config.ScoreConfig;
import scriptorium.job.input.InputFile;
import scriptorium.job.input.InputListing;
import scriptorium.job.input.InputReader;
import scriptorium.job.input.InputTable;
import scriptorium.job.output.RecordedInputs;
import scriptorium.job.output.ScoreCard;
import scriptorium.job.output.ShardRange;
import scriptorium.job.output.ShardWriter;
import scriptorium.job.row.InputRow;
import scriptorium.job.row.ScoreSchema;
import scriptorium.job.spark.JobNames;
import scriptorium.job.store.Manifest;
import scriptorium.job.store.ManifestBuilder;
import scriptorium.job.store.ShardFiles;
import scriptorium.job.store.ShardReceipt;

/**
 * The work of {@code score}: the log-likelihoods of a collection of texts, which is read once to
 * number its rows. Texts that have changed since an earlier run are refused.
 */
public final class ScoreWork implements ShardWork {
  private static final List<String> TRIAL_TEXTS =
      Collections.nCopies(32, "It was the best of times, it was the worst of times. ".repeat(8));
  private static final String SPLIT = "scored";
  private static final int LOOK_ROWS = 100;

  private final ScoreConfig config;
  private final ModelFolder model;
  private final ModelFolder observer;
  private final Configuration hadoop;
  private InputListing listing;

  /**
   * The work of some settings.
   *
   * @param observer the second model of Binoculars, null for none
   * @param hadoop how the inputs are reached
   */
  public ScoreWork(
      ScoreConfig config, ModelFolder model, ModelFolder observer, Configuration hadoop) {
    this.config = config;
    this.model = model;
    this.observer = observer;
    this.hadoop = hadoop;
  }

  /**
   * Refuses inputs that are not there or have no such column, a stride beyond the context, and an
   * observer with another tokenizer or a shorter context.
   */
  @Override
  public void check() {
    int context = model.config().contextLength();
    if (config.stride() > context) {
      throw new UserException(
          "Stride " + config.stride() + ": the context has " + context + " tokens, give no more");
    }
    if (observer != null
        && (observer.config().vocabSize() != model.config().vocabSize()
            || observer.config().contextLength() < context)) {
      throw new UserException(
          "Observer "
              + observer.name()
              + " has "
              + observer.config().vocabSize()
              + " tokens and a context of "
              + observer.config().contextLength()
              + ": give one with the model's tokenizer and context");
    }
    InputReader.check(listing().files(), hadoop);
    look(listing().files().getFirst());
  }

  /** Listed and checked once. */
  private InputListing listing() {
    if (listing == null) {
      listing = InputListing.of(config.input(), config.out(), config.inputFormat(), hadoop);
    }
    return listing;
  }

  @Override
  public Optional<String> warning() {
    return listing().warning();
  }

  /** A column name that none of the first rows has is a mistake, not many bad rows. */
  private void look(InputFile file) {
    List<InputRow> head =
        file.head(LOOK_ROWS, config.inputColumns(), hadoop).stream()
            .filter(row -> !row.columns().isEmpty())
            .toList();
    boolean none =
        head.stream().allMatch(row -> row.error() != null && row.error().startsWith("no column "));
    if (none && !head.isEmpty()) {
      List<String> names =
          head.getFirst().columns().properties().stream().map(Map.Entry::getKey).toList();
      throw new UserException(
          "Input "
              + file.path()
              + " has "
              + head.getFirst().error()
              + " in its first rows, but "
              + String.join(", ", names)
              + ": name the right one by --text-column, --tokens-column or --prompt-column");
    }
  }

  @Override
  public String title() {
    return "score " + config.name();
  }

  @Override
  public String out() {
    return config.out();
  }

  @Override
  public ModelFolder model() {
    return model;
  }

  @Override
  public int shardRows() {
    return config.shardRows();
  }

  @Override
  public EngineOptions engine() {
    return config.engine();
  }

  @Override
  public void trial(Engine engine) throws InterruptedException {
    new Scorer(engine, new ScoringConfig(0, config.scoring().tokenDetails())).score(TRIAL_TEXTS);
  }

  @Override
  public ReadWork read(JavaSparkContext spark) {
    JobNames.set(spark.sc(), title() + ": read the texts");
    boolean kinds = config.format() == ShardFormat.PARQUET;
    InputTable inputs =
        new InputTable(InputScans.of(spark, listing().files(), config.inputColumns(), kinds));
    if (inputs.rows() == 0) {
      throw new UserException(
          "Input " + String.join(", ", config.input()) + " has no rows: give at least one text");
    }
    return new ReadTexts(inputs);
  }

  private final class ReadTexts implements ReadWork {
    private final InputTable inputs;

    ReadTexts(InputTable inputs) {
      this.inputs = inputs;
    }

    @Override
    public ManifestBuilder manifest() {
      Manifest.Split split =
          new Manifest.Split(SPLIT, ShardFiles.folder(config.name(), SPLIT), 0, inputs.rows());
      return ScoreWork.this.manifest().inputs(RecordedInputs.of(inputs)).splits(List.of(split));
    }

    @Override
    public RangeWork ranges(JavaSparkContext spark) {
      ScoreSchema schema =
          new ScoreSchema(
              config.columns(),
              model.name(),
              config.format() == ShardFormat.PARQUET ? inputs.tableColumns() : null);
      return new Work(
          Shared.of(spark, inputs.withoutColumns()), ScoreTask.JobSettings.of(config, schema));
    }
  }

  private record Work(Shared<InputTable> table, ScoreTask.JobSettings settings)
      implements RangeWork, Serializable {
    @Override
    public List<ShardReceipt> run(
        ShardRange range, Engine engine, ShardWriter writer, Progress progress)
        throws InterruptedException {
      return new ScoreTask(settings, range, engine, table.value(), writer, progress).run();
    }
  }

  @Override
  public ModelFolder observer() {
    return observer;
  }

  @Override
  public String card(Manifest finished) {
    return ScoreCard.text(finished, config.columns(), config.format().word());
  }

  @Override
  public ManifestBuilder manifest() {
    return new ManifestBuilder(Manifest.Command.SCORE, config.name())
        .model(model)
        .observer(observer)
        .settings(config.decisiveSettings());
  }
}
