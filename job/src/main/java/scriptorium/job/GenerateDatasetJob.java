package scriptorium.job;

import java.io.Serializable;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.LongAccumulator;
import scriptorium.engine.Engine;
import scriptorium.engine.EngineOptions;
import scriptorium.engine.ModelFolder;
import scriptorium.engine.model.CacheType;
import scriptorium.job.broadcast.BroadcastModel;
import scriptorium.job.broadcast.ExecutorModel;
import scriptorium.job.config.JobConfig;
import scriptorium.job.io.DatasetCard;
import scriptorium.job.io.Manifest;
import scriptorium.job.io.MergedFile;
import scriptorium.job.io.OutputException;
import scriptorium.job.io.OutputLock;
import scriptorium.job.io.PromptTable;
import scriptorium.job.io.ShardInspector;
import scriptorium.job.io.ShardReceipt;
import scriptorium.job.io.ShardStore;

/**
 * Writes a data set: plans its shards, has the executors generate those that are missing, and keeps
 * the manifest. Running it again on the same output finishes what is missing and touches nothing
 * that is done. A job runs once; {@link #check} may be called before a Spark session exists, and
 * finds what the user can have got wrong.
 */
public final class GenerateDatasetJob {
  private final JobConfig config;
  private final ModelFolder model;
  private final PromptTable prompts;
  private final ShardStore store;
  private final boolean overwrite;
  private final boolean quiet;

  /**
   * What a run did.
   *
   * @param out the output folder
   * @param totals of the whole data set
   * @param newRows and {@code newTokens}: written by this run
   * @param seconds that generating them took
   */
  public record Result(
      String out, Manifest.Totals totals, long newRows, long newTokens, double seconds) {}

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
    this.config = config;
    this.model = model;
    this.prompts = prompts;
    this.overwrite = overwrite;
    this.quiet = quiet;
    store = new ShardStore(config.out(), config.format(), hadoop);
  }

  /**
   * Refuses an output that cannot be written or is another run's, and bad prompts where the user
   * wants to stop at them.
   *
   * @throws UserException in one line
   */
  public void check() {
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
    try {
      existing();
      store.prepare();
    } catch (OutputException e) {
      throw new UserException(e.getMessage(), e);
    }
  }

  /**
   * The manifest to go on from, null for a new data set; with {@code overwrite} the old one is
   * deleted first.
   */
  private Manifest existing() {
    List<String> names = store.names().stream().filter(name -> !name.startsWith("_")).toList();
    if (names.isEmpty()) {
      return null;
    }
    boolean dataSet = store.exists(Manifest.FILE);
    if (!dataSet) {
      throw new OutputException(
          "Output "
              + store.describe("")
              + " holds other files ("
              + names.getFirst()
              + ") and no manifest.json: give an empty"
              + " folder");
    }
    if (overwrite) {
      return null;
    }
    Manifest manifest = Manifest.read(store).orElseThrow();
    manifest
        .firstDifference(manifest("", Map.of()))
        .ifPresent(
            difference -> {
              throw new OutputException(
                  "Output "
                      + store.describe("")
                      + " is another run's: "
                      + difference
                      + "; give another --out, the same settings, or --overwrite");
            });
    return manifest;
  }

  /** Generates what is missing; the session stays open. */
  public Result execute(SparkSession session) {
    try (OutputLock _ = OutputLock.take(store)) {
      Manifest before = existing();
      if (before == null) {
        deleteOldDataSet();
      }
      store.sweep();
      return run(session, before);
    }
  }

  private void deleteOldDataSet() {
    for (String name : store.names()) {
      if (overwrite && !name.equals("_lock")) {
        store.delete(name);
      }
    }
  }

  private Result run(SparkSession session, Manifest before) {
    JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
    Manifest manifest = before == null ? manifest(now(), placement(spark)) : before;
    Map<String, ShardReceipt> receipts = new HashMap<>();
    List<BitSet> done = done(manifest, receipts);
    List<ShardRange> ranges =
        ShardPlan.missing(manifest.splits(), done, config.shardRows(), spark.defaultParallelism());
    if (ranges.isEmpty() && manifest.state().equals("done")) {
      return new Result(store.describe(""), manifest.totals(), 0, 0, 0);
    }
    List<Manifest.Merged> merged = new ArrayList<>();
    manifest.with(ordered(receipts), merged, "running", null).write(store);
    long start = System.nanoTime();
    List<ShardReceipt> written = generate(spark, ranges);
    double seconds = (System.nanoTime() - start) / 1e9;
    written.forEach(receipt -> receipts.put(receipt.file(), receipt));
    List<ShardReceipt> all = ordered(receipts);
    if (config.merge()) {
      for (Manifest.Split split : manifest.splits()) {
        merged.add(
            MergedFile.write(
                store,
                split.folder(),
                all.stream().filter(shard -> shard.split().equals(split.name())).toList()));
      }
    }
    Manifest finished = manifest.with(all, merged, "done", now());
    String card = DatasetCard.text(finished, config.sampleSchema(), config.format());
    store.write(
        DatasetCard.FILE, out -> out.write(card.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
    finished.write(store);
    store.sweep();
    return new Result(
        store.describe(""),
        finished.totals(),
        written.stream().mapToLong(ShardReceipt::rows).sum(),
        written.stream().mapToLong(receipt -> receipt.tokens() + receipt.ended()).sum(),
        seconds);
  }

  /**
   * The shards that are there, with their receipts: from the manifest, or read again where a run
   * ended before it had them.
   */
  private List<BitSet> done(Manifest manifest, Map<String, ShardReceipt> receipts) {
    Map<String, ShardReceipt> known = new HashMap<>();
    manifest.shards().forEach(receipt -> known.put(receipt.file(), receipt));
    List<BitSet> done = new ArrayList<>();
    for (Manifest.Split split : manifest.splits()) {
      BitSet found = store.shards(split.folder());
      for (int index = found.nextSetBit(0); index >= 0; index = found.nextSetBit(index + 1)) {
        String file = store.shardFile(split.folder(), index);
        ShardReceipt receipt = known.get(file);
        receipts.put(
            file,
            receipt == null
                ? ShardInspector.inspect(store, split.folder(), split.name(), index)
                : receipt);
      }
      done.add(found);
    }
    return done;
  }

  private static List<ShardReceipt> ordered(Map<String, ShardReceipt> receipts) {
    return receipts.values().stream()
        .sorted(Comparator.comparing(ShardReceipt::split).thenComparingInt(ShardReceipt::index))
        .toList();
  }

  private List<ShardReceipt> generate(JavaSparkContext spark, List<ShardRange> ranges) {
    if (ranges.isEmpty()) {
      return List.of();
    }
    long rows = 0;
    for (ShardRange range : ranges) {
      rows +=
          Math.min(range.splitRows(), (long) range.endShard() * config.shardRows())
              - (long) range.firstShard() * config.shardRows();
    }
    LongAccumulator rowsDone = spark.sc().longAccumulator(ProgressLine.ROWS);
    LongAccumulator tokensDone = spark.sc().longAccumulator(ProgressLine.TOKENS);
    Broadcast<BroadcastModel> weights = spark.broadcast(new BroadcastModel(model, spark.isLocal()));
    Broadcast<PromptTable> table = prompts == null ? null : spark.broadcast(prompts);
    Work work =
        new Work(
            weights,
            table,
            GenerateTask.JobSettings.of(config, modelName()),
            EngineSize.of(config.engine()),
            rowsDone,
            tokensDone);
    ProgressLine progress = quiet ? null : new ProgressLine(rows);
    try {
      if (progress != null) {
        spark.sc().addSparkListener(progress);
      }
      spark.setJobDescription("generate " + config.name());
      return spark
          .parallelize(ranges, ranges.size())
          .flatMap(range -> work.run(range).iterator())
          .collect();
    } finally {
      if (progress != null) {
        spark.sc().removeSparkListener(progress);
        progress.close();
      }
      weights.destroy();
    }
  }

  /** The engine's options, as they travel. */
  private record EngineSize(
      int threads, int slots, long cacheBytes, int stepRows, CacheType cacheType)
      implements Serializable {
    static EngineSize of(EngineOptions options) {
      return new EngineSize(
          options.threads(),
          options.slots(),
          options.cacheBytes(),
          options.stepRows(),
          options.cacheType());
    }

    EngineOptions options() {
      return new EngineOptions(threads, slots, cacheBytes, stepRows, cacheType);
    }
  }

  /** What runs on the executors. */
  private record Work(
      Broadcast<BroadcastModel> weights,
      Broadcast<PromptTable> prompts,
      GenerateTask.JobSettings settings,
      EngineSize size,
      LongAccumulator rowsDone,
      LongAccumulator tokensDone)
      implements Serializable {
    List<ShardReceipt> run(ShardRange range) throws InterruptedException {
      Engine engine = weights.value().acquire(size.options());
      try {
        return new GenerateTask(
                settings,
                range,
                engine,
                prompts == null ? null : prompts.value(),
                new Configuration(),
                tokens -> {
                  rowsDone.add(1L);
                  tokensDone.add(tokens);
                })
            .run();
      } finally {
        ExecutorModel.release();
      }
    }
  }

  private Manifest manifest(String started, Map<String, Object> placement) {
    List<Manifest.Split> splits = new ArrayList<>();
    long offset = 0;
    for (Map.Entry<String, Long> split : splitRows().entrySet()) {
      splits.add(
          new Manifest.Split(
              split.getKey(),
              ShardStore.splitFolder(config.name(), split.getKey()),
              offset,
              split.getValue()));
      offset += split.getValue();
    }
    return new Manifest(
        Manifest.FORMAT_VERSION,
        Engine.NUMERICS_VERSION,
        config.name(),
        "generate",
        "running",
        started,
        null,
        new Manifest.Code(BuildInfo.version(), BuildInfo.commit()),
        new Manifest.Model(
            modelName(),
            model.format(),
            model.dataType(),
            model.parameters(),
            model.weightsHash(),
            model.tokenizerHash(),
            started.isEmpty() ? null : model.fileHashes()),
        prompts == null
            ? null
            : new Manifest.Prompts(
                config.prompts(), prompts.sha256(), prompts.size(), prompts.errorCount()),
        config.decisiveSettings(),
        placement,
        splits,
        Manifest.Totals.of(List.of()),
        List.of(),
        List.of());
  }

  private String modelName() {
    return model.name();
  }

  private Map<String, Long> splitRows() {
    return prompts == null
        ? config.splits()
        : Map.of("train", (long) prompts.size() * config.samplesPerPrompt());
  }

  private Map<String, Object> placement(JavaSparkContext spark) {
    Map<String, Object> placement = new LinkedHashMap<>();
    placement.put("master", spark.master());
    placement.put("parallelism", spark.defaultParallelism());
    placement.put("slots", config.engine().slots());
    placement.put("threads", config.engine().threads());
    placement.put("cacheBytes", config.engine().cacheBytes());
    return placement;
  }

  private static String now() {
    return Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
