package scriptorium.job.run;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import scriptorium.engine.EngineOptions;
import scriptorium.engine.ModelFolder;
import scriptorium.job.base.UserException;
import scriptorium.job.config.JobConfig;
import scriptorium.job.dataset.SampleSettings;
import scriptorium.job.input.PromptTable;
import scriptorium.job.output.DatasetCard;
import scriptorium.job.output.MergedFile;
import scriptorium.job.store.Manifest;
import scriptorium.job.store.ManifestBuilder;
import scriptorium.job.store.OutputStore;
import scriptorium.job.store.ShardFiles;
import scriptorium.job.store.ShardReceipt;

/**
 * Writes a data set: plans its shards, has the executors generate those that are missing, and keeps
 * the manifest. Running it again on the same output finishes what is missing and touches nothing
 * that is done. A job runs once; {@link #check} may be called before a Spark session exists, and
 * finds what the user can have got wrong.
 */
public final class GenerateDatasetJob extends ShardedJob {
  private final JobConfig config;
  private final PromptTable prompts;

  /**
   * A job.
   *
   * @param prompts the prompts, null for unconditional samples
   * @param overwrite whether a data set that is there is deleted first
   * @param quiet whether no progress is shown
   */
  public GenerateDatasetJob(
      JobConfig config,
      ModelFolder model,
      PromptTable prompts,
      Configuration hadoop,
      boolean overwrite,
      boolean quiet) {
    super(new OutputStore(config.out(), hadoop), model, overwrite, quiet);
    this.config = config;
    this.prompts = prompts;
  }

  /**
   * Refuses an output that cannot be written or is another run's, a cache that holds no sequence,
   * and bad prompts where the user wants to stop at them.
   *
   * @throws UserException in one line
   */
  public void check() {
    checkPrompts();
    checkOutput();
  }

  /** The part of {@link #check} that leaves the output alone. */
  public void checkPrompts() {
    checkCache();
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
  int shardRows() {
    return config.shardRows();
  }

  @Override
  EngineOptions engineOptions() {
    return config.engine();
  }

  @Override
  RangeWork work(JavaSparkContext spark) {
    SampleSettings settings = SampleSettings.of(config, model.name());
    Broadcast<PromptTable> table = prompts == null ? null : spark.broadcast(prompts);
    return (range, engine, writer, progress) ->
        new GenerateTask(
                settings, range, engine, table == null ? null : table.value(), writer, progress)
            .run();
  }

  @Override
  List<Manifest.Merged> merged(Manifest manifest, List<ShardReceipt> shards) {
    List<Manifest.Merged> files = new ArrayList<>();
    for (Manifest.Split split : config.merge() ? manifest.splits() : List.<Manifest.Split>of()) {
      files.add(MergedFile.write(store, split, shards));
    }
    return files;
  }

  @Override
  String card(Manifest finished) {
    return DatasetCard.text(finished, config.sampleSchema());
  }

  @Override
  ManifestBuilder manifest() {
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
