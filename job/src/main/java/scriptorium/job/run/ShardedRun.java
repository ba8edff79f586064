package scriptorium.job.run;

import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import scriptorium.job.base.Console;
import scriptorium.job.base.OutputException;
import scriptorium.job.base.UserException;
import scriptorium.job.broadcast.BroadcastModel;
import scriptorium.job.broadcast.Parcels;
import scriptorium.job.broadcast.Shared;
import scriptorium.job.output.DatasetCard;
import scriptorium.job.output.ShardChecker;
import scriptorium.job.output.ShardPlan;
import scriptorium.job.output.ShardRange;
import scriptorium.job.spark.CleanStop;
import scriptorium.job.spark.JobNames;
import scriptorium.job.spark.MemoryNeed;
import scriptorium.job.spark.ProgressLine;
import scriptorium.job.spark.TaskResults;
import scriptorium.job.store.Manifest;
import scriptorium.job.store.ManifestBuilder;
import scriptorium.job.store.OutputFolder;
import scriptorium.job.store.OutputLock;
import scriptorium.job.store.OutputStore;
import scriptorium.job.store.ShardJournal;
import scriptorium.job.store.ShardReceipt;

/**
 * A run that fills an output folder with shards: plans those that are missing, has the executors
 * write them, and keeps the manifest. Running it again on the same output finishes what is missing
 * and touches nothing that is done. Runs once; {@link #check} may be called before a Spark session
 * exists, and finds what the user can have got wrong.
 */
public final class ShardedRun {
  private static final int INSPECTIONS_A_JOB = 20_000;

  private final ShardWork work;
  private final OutputStore store;
  private final boolean overwrite;
  private final Console console;
  private boolean repair;
  private boolean isNew;

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

  /**
   * A run.
   *
   * @param overwrite whether a data set that is there is deleted first
   * @param console where progress and warnings are told
   */
  public ShardedRun(ShardWork work, Configuration hadoop, boolean overwrite, Console console) {
    this.work = work;
    store = new OutputStore(work.out(), hadoop);
    this.overwrite = overwrite;
    this.console = console;
  }

  /** What is written. */
  public ShardWork work() {
    return work;
  }

  /** Has {@link #execute} look for damaged files first, which it then writes again. */
  public void repair() {
    repair = true;
  }

  /**
   * Refuses what {@link ShardWork#check} does, a cache that holds no sequence, and an output that
   * cannot be written or is another run's.
   *
   * @throws UserException in one line
   */
  public void check() {
    checkWork();
    try {
      isNew = existing(work.manifest()) == null;
      store.prepare();
    } catch (OutputException e) {
      throw new UserException(e.getMessage(), e);
    }
  }

  /** Whether {@link #check} has found no data set that the run goes on with. */
  public boolean isNew() {
    return isNew;
  }

  /** The part of {@link #check} that leaves the output alone. */
  public void checkWork() {
    work.check();
    work.warning().ifPresent(console::warn);
    memoryNeed();
  }

  /**
   * What a run would find.
   *
   * @param there shards that are there, {@code rowsThere} in them
   * @param known totals of those whose rows have been counted
   */
  public record Outlook(
      List<Manifest.Split> splits,
      long rows,
      long shards,
      long there,
      long rowsThere,
      Manifest.Totals known) {}

  /** Looks at the output, and writes nothing. */
  public Outlook outlook() {
    try {
      Manifest before = existing(work.manifest());
      List<Manifest.Split> splits =
          (before == null ? work.manifest().identity() : before.identity()).splits();
      long rows = splits.stream().mapToLong(Manifest.Split::rows).sum();
      long shards =
          splits.stream()
              .mapToLong(split -> ShardPlan.shardCount(split.rows(), work.shardRows()))
              .sum();
      if (before == null) {
        return new Outlook(splits, rows, shards, 0, 0, Manifest.Totals.of(List.of()));
      }
      try (RunState state = new RunState(store, before, work.shardRows(), console)) {
        long there = state.done().stream().mapToLong(BitSet::cardinality).sum();
        long missing =
            ShardPlan.missing(splits, state.done(), work.shardRows(), 1).stream()
                .mapToLong(range -> range.rows(work.shardRows()))
                .sum();
        return new Outlook(
            splits, rows, shards, there, rows - missing, Manifest.Totals.of(state.receipts()));
      }
    } catch (OutputException e) {
      throw new UserException(e.getMessage(), e);
    }
  }

  /** The manifest to go on from, null for a new data set. */
  private Manifest existing(ManifestBuilder here) {
    if (!OutputFolder.holdsDataSet(store) || overwrite) {
      return null;
    }
    Manifest manifest = Manifest.read(store).orElseThrow();
    OutputFolder.refuseOther(store, manifest.identity(), here.identity());
    return manifest;
  }

  /** Writes what is missing; the session stays open. */
  public Result execute(SparkSession session) {
    try (OutputLock lock = OutputLock.take(store, console)) {
      store.guardBy(lock.id());
      JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
      spark.setJobGroup(CleanStop.JOB_GROUP, work.title(), true);
      JobNames.set(spark.sc(), work.title());
      ShardWork.ReadWork read = work.read(spark);
      Manifest before = existing(read.manifest());
      if (before == null) {
        deleteOldDataSet();
        new ShardJournal(store).clear(); // of a data set that somebody deleted
      } else if (!store.exists(Manifest.FILE)) {
        before.write(store); // it was found where the sweep takes it
      }
      store.sweep();
      Manifest manifest = before == null ? read.manifest().begin(placement(spark)) : before;
      boolean damaged = repair && deleteDamaged(spark, manifest);
      ShardOutput output =
          new ShardOutput(
              store.describe(""),
              manifest.shardFiles().format(),
              work.shardRows(),
              new RecordedRun(manifest).schema(),
              lock.id());
      try (RunState state = new RunState(store, manifest, work.shardRows(), console)) {
        inspect(spark, state, output);
        return run(spark, read, manifest, state, output, damaged);
      } finally {
        sweepQuietly(lock);
      }
    }
  }

  /** Leaves order behind where it can; what ended the run is what is to be told. */
  private void sweepQuietly(OutputLock lock) {
    try {
      if (lock.isHeld()) {
        store.sweep();
      }
    } catch (OutputException e) {
      // the sweep at the next start takes it
    }
  }

  /** The manifest goes last: what a crash leaves is still known as a data set. */
  private void deleteOldDataSet() {
    if (overwrite) {
      OutputFolder.clear(store);
      store.delete(Manifest.FILE);
    }
  }

  private Result run(
      JavaSparkContext spark,
      ShardWork.ReadWork read,
      Manifest manifest,
      RunState state,
      ShardOutput output,
      boolean damaged) {
    List<ShardRange> ranges =
        ShardPlan.missing(
            manifest.splits(), state.done(), work.shardRows(), spark.defaultParallelism());
    if (ranges.isEmpty()
        && manifest.finished()
        && !damaged
        && !state.hasJournal()
        && state.isAsIn(manifest)) {
      return new Result(store.describe(""), manifest.totals(), 0, 0, 0);
    }
    state.writeManifest();
    state.start();
    long start = System.nanoTime();
    long[] written = ranges.isEmpty() ? new long[2] : write(spark, read, ranges, state, output);
    double seconds = (System.nanoTime() - start) / 1e9;
    state.checkComplete();
    List<ShardReceipt> all = state.receipts();
    Manifest finished = manifest.done(all, work.merged(store, manifest, all));
    String card = work.card(finished);
    store.write(DatasetCard.FILE, out -> out.write(card.getBytes(StandardCharsets.UTF_8)));
    state.finish(finished);
    return new Result(store.describe(""), finished.totals(), written[0], written[1], seconds);
  }

  /** Deletes shards that are not as the manifest says; tells whether any file is so. */
  private boolean deleteDamaged(JavaSparkContext spark, Manifest manifest) {
    List<ShardChecker.Defect> defects = new FileCheck(store, manifest).defects(spark);
    Set<String> shards = new HashSet<>();
    manifest.shards().forEach(shard -> shards.add(shard.file()));
    for (ShardChecker.Defect defect : defects) {
      console.warn(defect + ": written again");
      if (shards.contains(defect.file())) {
        store.delete(defect.file());
      }
    }
    return !defects.isEmpty();
  }

  /** Makes receipts of shards that a run has left without, on the executors. */
  private void inspect(JavaSparkContext spark, RunState state, ShardOutput output) {
    List<ShardRange> unknown = state.unknown();
    JobNames.set(spark.sc(), work.title() + ": look at shards of an earlier run");
    for (int at = 0; at < unknown.size(); at += INSPECTIONS_A_JOB) {
      List<ShardRange> some = unknown.subList(at, Math.min(unknown.size(), at + INSPECTIONS_A_JOB));
      state.add(
          Parcels.collect(
              Parcels.distribute(spark, some, Math.min(some.size(), 4 * spark.defaultParallelism()))
                  .mapPartitions(output::find)));
    }
    state.dropUnknown();
  }

  /** Has the ranges written, and returns rows and tokens (with end tokens) of this run. */
  private long[] write(
      JavaSparkContext spark,
      ShardWork.ReadWork read,
      List<ShardRange> ranges,
      RunState state,
      ShardOutput output) {
    long rows = ranges.stream().mapToLong(range -> range.rows(work.shardRows())).sum();
    SparkContext context = spark.sc();
    JobNames.set(context, String.format(Locale.ROOT, "%s: %,d rows", work.title(), rows));
    Shared<BroadcastModel> weights = BroadcastModel.send(context, work.model());
    Shared<BroadcastModel> observerWeights =
        work.observer() == null ? null : BroadcastModel.send(context, work.observer());
    ExecutorWork tasks =
        new ExecutorWork(
            weights,
            observerWeights,
            work.model().size(),
            work.observer() == null ? null : work.observer().size(),
            work.engine(),
            MemoryNeed.containerLimit(spark.getConf()),
            output,
            context.longAccumulator(ProgressLine.ROWS),
            context.longAccumulator(ProgressLine.TOKENS),
            read.ranges(spark));
    long[] written = new long[2];
    ProgressLine progress = new ProgressLine(rows, console);
    try {
      context.addSparkListener(progress);
      TaskResults.run(
          Parcels.distribute(spark, ranges, ranges.size()),
          tasks::run,
          receipts -> {
            state.add(receipts);
            written[0] += receipts.stream().mapToLong(ShardReceipt::rows).sum();
            written[1] += receipts.stream().mapToLong(r -> r.tokens() + r.ended()).sum();
          });
      return written;
    } finally {
      context.removeSparkListener(progress);
      progress.close();
      weights.destroy();
      if (observerWeights != null) {
        observerWeights.destroy();
      }
    }
  }

  /**
   * What an executor needs.
   *
   * @throws UserException for a cache that holds no sequence
   */
  public MemoryNeed memoryNeed() {
    return MemoryNeed.of(work.model(), work.observer(), work.engine());
  }

  private Map<String, Object> placement(JavaSparkContext spark) {
    Map<String, Object> placement = new LinkedHashMap<>();
    placement.put("master", spark.master());
    placement.put("parallelism", spark.defaultParallelism());
    placement.put("slots", work.engine().slots());
    placement.put("threads", work.engine().threads());
    placement.put("kernels", work.engine().kernels().word());
    placement.put("cacheBytes", work.engine().cacheBytes());
    return placement;
  }
}
