package scriptorium.job;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
import scriptorium.job.io.DatasetCard;
import scriptorium.job.io.Manifest;
import scriptorium.job.io.OutputException;
import scriptorium.job.io.OutputLock;
import scriptorium.job.io.ShardChecker;
import scriptorium.job.io.ShardInspector;
import scriptorium.job.io.ShardReceipt;
import scriptorium.job.io.ShardStore;

/**
 * A run that fills an output folder with shards: plans those that are missing, has the executors
 * write them, and keeps the manifest. Running it again on the same output finishes what is missing
 * and touches nothing that is done. A job runs once.
 */
abstract class ShardedJob {
  final ShardStore store;
  final ModelFolder model;
  private final boolean overwrite;
  private final boolean quiet;
  private boolean repair;

  /**
   * What a run did.
   *
   * @param out the output folder
   * @param totals of the whole data set
   * @param newRows and {@code newTokens}: written by this run
   * @param seconds that the work took
   */
  public record Result(
      String out, Manifest.Totals totals, long newRows, long newTokens, double seconds) {}

  /** What an executor does with a range of shards. */
  interface RangeWork extends Serializable {
    /** Writes the shards of the range. */
    List<ShardReceipt> run(ShardRange range, Engine engine, Progress progress)
        throws InterruptedException;
  }

  /** Takes what a task has done so far. */
  interface Progress {
    /** Called for tokens that are done. */
    void tokens(long count);

    /** Called for each row that is done. */
    void row();
  }

  /**
   * @param overwrite whether a data set that is there is deleted first
   * @param quiet whether no progress is shown
   */
  ShardedJob(ShardStore store, ModelFolder model, boolean overwrite, boolean quiet) {
    this.store = store;
    this.model = model;
    this.overwrite = overwrite;
    this.quiet = quiet;
  }

  /** What is done, and the data set's name: "generate small". */
  abstract String title();

  abstract int shardRows();

  abstract EngineOptions engineOptions();

  /** The manifest of a run that has written nothing yet. */
  abstract Manifest manifest(String started, Map<String, Object> placement);

  /** Called once the output is this run's own, before anything is planned. */
  void prepare(JavaSparkContext spark) {}

  /** Whether {@link #manifest} knows the inputs yet, whose difference is told then. */
  boolean inputsKnown() {
    return true;
  }

  abstract RangeWork work(JavaSparkContext spark);

  /** A second model that the engines score with, null for none. */
  ModelFolder observer() {
    return null;
  }

  /** Files made from all shards. */
  List<Manifest.Merged> merged(Manifest manifest, List<ShardReceipt> shards) {
    return List.of();
  }

  /** The README.md of the finished data set. */
  abstract String card(Manifest finished);

  /** Has {@link #execute} look for damaged files first, which it then writes again. */
  final void repair() {
    repair = true;
  }

  /** Refuses an output that cannot be written or is another run's. */
  final void checkOutput() {
    try {
      existing();
      store.prepare();
    } catch (OutputException e) {
      throw new UserException(e.getMessage(), e);
    }
  }

  /** The manifest to go on from, null for a new data set. */
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
        .firstDifference(manifest("", Map.of()), inputsKnown())
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

  /** Writes what is missing; the session stays open. */
  public final Result execute(SparkSession session) {
    try (OutputLock _ = OutputLock.take(store)) {
      JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
      prepare(spark);
      Manifest before = existing();
      if (before == null) {
        deleteOldDataSet();
      }
      store.sweep();
      return run(spark, before == null ? manifest(now(), placement(spark)) : before);
    }
  }

  private void deleteOldDataSet() {
    for (String name : store.names()) {
      if (overwrite && !name.equals("_lock")) {
        store.delete(name);
      }
    }
  }

  private Result run(JavaSparkContext spark, Manifest manifest) {
    boolean damaged = repair && deleteDamaged(spark, manifest);
    Map<String, ShardReceipt> receipts = new HashMap<>();
    List<BitSet> done = done(manifest, receipts);
    List<ShardRange> ranges =
        ShardPlan.missing(manifest.splits(), done, shardRows(), spark.defaultParallelism());
    if (ranges.isEmpty() && manifest.state().equals("done") && !damaged) {
      return new Result(store.describe(""), manifest.totals(), 0, 0, 0);
    }
    manifest.with(ordered(receipts), List.of(), "running", null).write(store);
    long start = System.nanoTime();
    List<ShardReceipt> written = write(spark, ranges);
    double seconds = (System.nanoTime() - start) / 1e9;
    written.forEach(receipt -> receipts.put(receipt.file(), receipt));
    List<ShardReceipt> all = ordered(receipts);
    Manifest finished = manifest.with(all, merged(manifest, all), "done", now());
    String card = card(finished);
    store.write(DatasetCard.FILE, out -> out.write(card.getBytes(StandardCharsets.UTF_8)));
    finished.write(store);
    store.sweep();
    return new Result(
        store.describe(""),
        finished.totals(),
        written.stream().mapToLong(ShardReceipt::rows).sum(),
        written.stream().mapToLong(receipt -> receipt.tokens() + receipt.ended()).sum(),
        seconds);
  }

  /** Deletes shards that are not as the manifest says; tells whether any file is so. */
  private boolean deleteDamaged(JavaSparkContext spark, Manifest manifest) {
    VerifyDatasetJob verify =
        new VerifyDatasetJob(store.describe(""), store.configuration(), manifest);
    List<ShardChecker.Defect> defects = verify.damage(spark);
    Set<String> shards = new HashSet<>();
    manifest.shards().forEach(shard -> shards.add(shard.file()));
    for (ShardChecker.Defect defect : defects) {
      System.err.println("scriptorium: " + defect + ": written again");
      if (shards.contains(defect.file())) {
        store.delete(defect.file());
      }
    }
    return !defects.isEmpty();
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
                ? ShardInspector.inspect(
                    store, split.folder(), split.name(), index, manifest.command().equals("score"))
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

  private List<ShardReceipt> write(JavaSparkContext spark, List<ShardRange> ranges) {
    if (ranges.isEmpty()) {
      return List.of();
    }
    long rows = 0;
    for (ShardRange range : ranges) {
      rows +=
          Math.min(range.splitRows(), (long) range.endShard() * shardRows())
              - (long) range.firstShard() * shardRows();
    }
    Broadcast<BroadcastModel> weights = spark.broadcast(new BroadcastModel(model, spark.isLocal()));
    Broadcast<BroadcastModel> observerWeights =
        observer() == null
            ? null
            : spark.broadcast(new BroadcastModel(observer(), spark.isLocal()));
    ExecutorWork work =
        new ExecutorWork(
            weights,
            observerWeights,
            EngineSize.of(engineOptions()),
            spark.sc().longAccumulator(ProgressLine.ROWS),
            spark.sc().longAccumulator(ProgressLine.TOKENS),
            work(spark));
    ProgressLine progress = quiet ? null : new ProgressLine(rows);
    try {
      if (progress != null) {
        spark.sc().addSparkListener(progress);
      }
      spark.setJobDescription(title());
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
      if (observerWeights != null) {
        observerWeights.destroy();
      }
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
  private record ExecutorWork(
      Broadcast<BroadcastModel> weights,
      Broadcast<BroadcastModel> observerWeights,
      EngineSize size,
      LongAccumulator rowsDone,
      LongAccumulator tokensDone,
      RangeWork work)
      implements Serializable {
    List<ShardReceipt> run(ShardRange range) throws InterruptedException {
      BroadcastModel model = weights.value();
      BroadcastModel observer = observerWeights == null ? null : observerWeights.value();
      Engine engine = model.acquire(observer, size.options());
      try {
        return work.run(range, engine, new Counts(rowsDone, tokensDone));
      } finally {
        ExecutorModel.release();
      }
    }
  }

  private record Counts(LongAccumulator rowsDone, LongAccumulator tokensDone) implements Progress {
    @Override
    public void tokens(long count) {
      tokensDone.add(count);
    }

    @Override
    public void row() {
      rowsDone.add(1L);
    }
  }

  /** A model's entry in the manifest; the files' hashes, which take long, only where wanted. */
  static Manifest.Model modelEntry(ModelFolder model, boolean withFiles) {
    return new Manifest.Model(
        model.name(),
        model.format(),
        model.dataType(),
        model.parameters(),
        model.weightsHash(),
        model.tokenizerHash(),
        withFiles ? model.fileHashes() : null);
  }

  private Map<String, Object> placement(JavaSparkContext spark) {
    Map<String, Object> placement = new LinkedHashMap<>();
    placement.put("master", spark.master());
    placement.put("parallelism", spark.defaultParallelism());
    placement.put("slots", engineOptions().slots());
    placement.put("threads", engineOptions().threads());
    placement.put("cacheBytes", engineOptions().cacheBytes());
    return placement;
  }

  private static String now() {
    return Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
