package scriptorium.job.run;

import java.io.Serializable;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import scriptorium.engine.Engine;
import scriptorium.engine.EngineOptions;
import scriptorium.engine.ModelFolder;
import scriptorium.job.base.OutputException;
import scriptorium.job.base.ShardFormat;
import scriptorium.job.base.UserException;
import scriptorium.job.config.ScoreConfig;
import scriptorium.job.input.InputFile;
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
import scriptorium.job.store.OutputStore;
import scriptorium.job.store.ShardFiles;

/**
 * Scores a collection of texts: reads it once to number its rows, plans shards over them, has the
 * executors score those that are missing, and keeps the manifest. Running it again on the same
 * output finishes what is missing; texts that have changed are refused. A job runs once; {@link
 * #check} may be called before a Spark session exists, and finds what the user can have got wrong.
 */
public final class ScoreDatasetJob extends ShardedJob {
  private static final String SPLIT = "scored";
  private static final int LOOK_ROWS = 100;

  private final ScoreConfig config;
  private final ModelFolder observer;
  private final Configuration hadoop;
  private List<InputFile> files;
  private InputTable inputs;

  /**
   * A job.
   *
   * @param observer the second model of Binoculars, null for none
   * @param overwrite whether a data set that is there is deleted first
   * @param quiet whether no progress is shown
   */
  public ScoreDatasetJob(
      ScoreConfig config,
      ModelFolder model,
      ModelFolder observer,
      Configuration hadoop,
      boolean overwrite,
      boolean quiet) {
    super(new OutputStore(config.out(), hadoop), model, overwrite, quiet);
    this.config = config;
    this.observer = observer;
    this.hadoop = hadoop;
  }

  /**
   * Refuses inputs that are not there or have no such column, a stride beyond the context, a cache
   * that holds no sequence, and an output that cannot be written or is another run's.
   *
   * @throws UserException in one line
   */
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
    checkCache();
    try {
      files = InputFile.list(config.input(), config.out(), hadoop);
      look();
    } catch (OutputException e) {
      throw new UserException(e.getMessage(), e);
    }
    checkOutput();
  }

  /** A column name that none of the first rows has is a mistake, not many bad rows. */
  private void look() {
    List<InputRow> head =
        files.getFirst().head(LOOK_ROWS, config.inputColumns(), hadoop).stream()
            .filter(row -> !row.columns().isEmpty())
            .toList();
    boolean none =
        head.stream().allMatch(row -> row.error() != null && row.error().startsWith("no column "));
    if (none && !head.isEmpty()) {
      List<String> names =
          head.getFirst().columns().properties().stream().map(Map.Entry::getKey).toList();
      throw new UserException(
          "Input "
              + files.getFirst().path()
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
  int shardRows() {
    return config.shardRows();
  }

  @Override
  EngineOptions engineOptions() {
    return config.engine();
  }

  @Override
  void prepare(JavaSparkContext spark) {
    JobNames.set(spark.sc(), title() + ": read the texts");
    boolean kinds = config.format() == ShardFormat.PARQUET;
    inputs = new InputTable(InputScans.of(spark, files, config.inputColumns(), kinds));
    if (inputs.rows() == 0) {
      throw new UserException(
          "Input " + String.join(", ", config.input()) + " has no rows: give at least one text");
    }
  }

  @Override
  boolean inputsKnown() {
    return inputs != null;
  }

  @Override
  RangeWork work(JavaSparkContext spark) {
    Broadcast<InputTable> table = spark.broadcast(inputs);
    ScoreSchema schema =
        new ScoreSchema(
            config.columns(),
            model.name(),
            config.format() == ShardFormat.PARQUET ? inputs.kinds() : null);
    return new Work(table, ScoreTask.JobSettings.of(config, schema));
  }

  private record Work(Broadcast<InputTable> table, ScoreTask.JobSettings settings)
      implements RangeWork, Serializable {
    @Override
    public List<scriptorium.job.store.ShardReceipt> run(
        ShardRange range, Engine engine, ShardWriter writer, Progress progress)
        throws InterruptedException {
      return new ScoreTask(settings, range, engine, table.value(), writer, progress).run();
    }
  }

  @Override
  ModelFolder observer() {
    return observer;
  }

  @Override
  String card(Manifest finished) {
    return ScoreCard.text(finished, config.columns(), config.format().word());
  }

  @Override
  ManifestBuilder manifest() {
    ManifestBuilder manifest =
        new ManifestBuilder(Manifest.Command.SCORE, config.name())
            .model(model)
            .observer(observer)
            .settings(config.decisiveSettings());
    return inputs == null
        ? manifest
        : manifest
            .inputs(RecordedInputs.of(inputs))
            .splits(
                List.of(
                    new Manifest.Split(
                        SPLIT, ShardFiles.folder(config.name(), SPLIT), 0, inputs.rows())));
  }
}
