package scriptorium.job.run;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;
import scriptorium.engine.Engine;
import scriptorium.engine.EngineOptions;
import scriptorium.engine.ModelFolder;
import scriptorium.job.base.UserException;
import scriptorium.job.broadcast.Shared;
import scriptorium.job.config.JobConfig;
import scriptorium.job.dataset.SampleSettings;
import scriptorium.job.dataset.TrialSamples;
import scriptorium.job.input.PromptTable;
import scriptorium.job.output.DatasetCard;
import scriptorium.job.output.MergedFile;
import scriptorium.job.store.Manifest;
import scriptorium.job.store.ManifestBuilder;
import scriptorium.job.store.OutputStore;
import scriptorium.job.store.ShardFiles;
import scriptorium.job.store.ShardReceipt;

/** The work of {@code generate}: samples of a model, from prompts or none. */
public final class GenerateWork implements ShardWork {
  private static final int TRIAL_TOKENS = 32;

  private final JobConfig config;
  private final ModelFolder model;
  private final PromptTable prompts;

  /**
   * The work of some settings.
   *
   * @param prompts the prompts, null for unconditional samples
   */
  public GenerateWork(JobConfig config, ModelFolder model, PromptTable prompts) {
    this.config = config;
    this.model = model;
    this.prompts = prompts;
  }

  /**
   * Refuses more tokens than the context has, and bad prompts where the user wants to stop at them.
   */
  @Override
  public void check() {
    SampleSettings.check(config.generation(), model.config().contextLength());
    if (prompts != null && prompts.size() == 0) {
      throw new UserException(
          "Prompts file " + config.prompts() + " has no rows: give at least one prompt");
    }
    if (prompts != null && config.failOnBadRow() && prompts.errorCount() > 0) {
      int row = 0;
      while (!prompts.isError(row)) {
        row++;
      }
      throw new UserException(
          "Prompts file "
              + config.prompts()
              + ", "
              + prompts.text(row)
              + ": correct it, or leave out --on-bad-row fail");
    }
  }

  @Override
  public String title() {
    return "generate " + config.name();
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
    TrialSamples.draw(engine, SampleSettings.of(config, model.name()).generation(), TRIAL_TOKENS);
  }

  @Override
  public ReadWork read(JavaSparkContext spark) {
    return new ReadWork() { // the prompts are in memory
      @Override
      public ManifestBuilder manifest() {
        return GenerateWork.this.manifest();
      }

      @Override
      public RangeWork ranges(JavaSparkContext spark) {
        return GenerateWork.this.ranges(spark);
      }
    };
  }

  private RangeWork ranges(JavaSparkContext spark) {
    SampleSettings settings = SampleSettings.of(config, model.name());
    Shared<PromptTable> table = prompts == null ? null : Shared.of(spark, prompts);
    return (range, engine, writer, progress) ->
        new GenerateTask(
                settings, range, engine, table == null ? null : table.value(), writer, progress)
            .run();
  }

  @Override
  public List<Manifest.Merged> merged(
      OutputStore store, Manifest manifest, List<ShardReceipt> shards) {
    List<Manifest.Merged> files = new ArrayList<>();
    for (Manifest.Split split : config.merge() ? manifest.splits() : List.<Manifest.Split>of()) {
      files.add(MergedFile.write(store, split, shards));
    }
    return files;
  }

  @Override
  public String card(Manifest finished) {
    return DatasetCard.text(finished, config.sampleSchema());
  }

  @Override
  public ManifestBuilder manifest() {
    List<Manifest.Split> splits = new ArrayList<>();
    long offset = 0;
    for (Map.Entry<String, Long> split : splitRows().entrySet()) {
      splits.add(
          new Manifest.Split(
              split.getKey(),
              ShardFiles.folder(config.name(), split.getKey()),
              offset,
              split.getValue()));
      offset += split.getValue();
    }
    return new ManifestBuilder(Manifest.Command.GENERATE, config.name())
        .model(model)
        .prompts(
            prompts == null
                ? null
                : new Manifest.Prompts(
                    config.prompts(), prompts.sha256(), prompts.size(), prompts.errorCount()))
        .settings(config.decisiveSettings())
        .splits(splits);
  }

  private Map<String, Long> splitRows() {
    return prompts == null
        ? config.splits()
        : Map.of("train", (long) prompts.size() * config.samplesPerPrompt());
  }
}
