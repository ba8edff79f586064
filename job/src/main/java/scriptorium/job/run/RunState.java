package scriptorium.job.run;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import scriptorium.job.base.Console;
import scriptorium.job.base.OutputException;
import scriptorium.job.output.ShardPlan;
import scriptorium.job.output.ShardRange;
import scriptorium.job.store.Manifest;
import scriptorium.job.store.OutputStore;
import scriptorium.job.store.ShardJournal;
import scriptorium.job.store.ShardLedger;
import scriptorium.job.store.ShardReceipt;

/**
 * The shards of a run that are there: begins with the manifest, the journal and the folders' lists,
 * takes receipts as tasks end, and writes them down every half minute, so that a driver that dies
 * loses none. Some 90 bytes a shard. Thread-safe once it is loaded.
 */
final class RunState implements AutoCloseable {
  private static final long SECONDS_BETWEEN_WRITES = 30;

  /** So many files of the journal are read again in a second or two, before they are folded. */
  private static final int MOST_SEGMENTS = 128;

  private final OutputStore store;
  private final Manifest manifest;
  private final int shardRows;
  private final Console console;
  private final ShardJournal journal;
  private final ShardLedger ledger = new ShardLedger();
  private final List<int[]> places = new ArrayList<>();
  private final List<BitSet> listed = new ArrayList<>();
  private final List<ShardReceipt> fresh = new ArrayList<>();
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("scriptorium-journal").factory());
  private boolean failing;

  /** The state that a run begins with; {@code unknown} shards are to be looked at. */
  RunState(OutputStore store, Manifest manifest, int shardRows, Console console) {
    this.console = console;
    this.store = store;
    this.manifest = manifest;
    this.shardRows = shardRows;
    journal = new ShardJournal(store);
    for (Manifest.Split split : manifest.splits()) {
      int count = ShardPlan.shardCount(split.rows(), shardRows);
      places.add(new int[count]);
      BitSet found = manifest.shardFiles().in(store, split.folder());
      found.clear(count, Math.max(count, found.length()));
      listed.add(found);
    }
    manifest.shards().forEach(this::remember);
    journal.read(this::remember);
  }

  private synchronized boolean remember(ShardReceipt receipt) {
    Optional<Integer> split = receipt == null ? Optional.empty() : split(receipt.split());
    if (split.isEmpty()) {
      return false;
    }
    BitSet found = listed.get(split.get());
    if (!found.get(receipt.index())) {
      return false;
    }
    ledger.add(receipt);
    places.get(split.get())[receipt.index()] = ledger.size();
    return true;
  }

  private Optional<Integer> split(String name) {
    for (int i = 0; i < manifest.splits().size(); i++) {
      if (manifest.splits().get(i).name().equals(name)) {
        return Optional.of(i);
      }
    }
    return Optional.empty();
  }

  /** Shards that are there, of which neither manifest nor journal has a receipt. */
  List<ShardRange> unknown() {
    List<ShardRange> unknown = new ArrayList<>();
    for (int i = 0; i < places.size(); i++) {
      BitSet found = listed.get(i);
      for (int shard = found.nextSetBit(0); shard >= 0; shard = found.nextSetBit(shard + 1)) {
        if (places.get(i)[shard] == 0) {
          unknown.add(ShardRange.of(manifest.splits().get(i), shard, shard + 1));
        }
      }
    }
    return unknown;
  }

  /** Deletes shards that have no receipt still, as they turned out not to be whole. */
  void dropUnknown() {
    for (ShardRange shard : unknown()) {
      String file = manifest.shardFiles().file(shard.folder(), shard.firstShard());
      console.warn(file + " is no whole shard: written again");
      store.delete(file);
      listed.get(split(shard.split()).orElseThrow()).clear(shard.firstShard());
    }
  }

  /** For each split, the shards that are there. */
  List<BitSet> done() {
    return listed;
  }

  /** Whether an earlier run has left receipts that its manifest has not. */
  boolean hasJournal() {
    return journal.size() > 0;
  }

  /** Takes receipts of shards that have been written or looked at. */
  synchronized void add(List<ShardReceipt> receipts) {
    for (ShardReceipt receipt : receipts) {
      listed.get(split(receipt.split()).orElseThrow()).set(receipt.index());
      remember(receipt);
      fresh.add(receipt);
    }
  }

  /** Begins to write down what comes in. */
  void start() {
    var unused =
        clock.scheduleAtFixedRate(
            this::writeDown, SECONDS_BETWEEN_WRITES, SECONDS_BETWEEN_WRITES, TimeUnit.SECONDS);
  }

  private void writeDown() {
    List<ShardReceipt> pending;
    synchronized (this) {
      pending = List.copyOf(fresh);
    }
    if (pending.isEmpty()) {
      return;
    }
    try {
      if (journal.size() >= MOST_SEGMENTS) {
        writeManifest();
      } else {
        journal.append(pending);
      }
      synchronized (this) {
        fresh.subList(0, pending.size()).clear();
        failing = false;
      }
    } catch (OutputException e) {
      if (!failing) { // the run goes on: what the disk refuses now it may take later
        console.warn(e.getMessage());
      }
      failing = true;
    }
  }

  /** Writes the manifest of a run that is not done, and begins a new journal. */
  void writeManifest() {
    manifest.running(receipts()).write(store);
    journal.clear();
  }

  /** Whether a manifest has neither more nor fewer shards. */
  synchronized boolean isAsIn(Manifest other) {
    return other.shards().size() == listed.stream().mapToInt(BitSet::cardinality).sum();
  }

  /** Writes the manifest of the finished run, after which there is nothing to write down. */
  void finish(Manifest finished) {
    stopClock();
    finished.write(store);
    journal.clear();
    synchronized (this) {
      fresh.clear();
    }
  }

  /** All receipts, by split and number. */
  synchronized ShardLedger receipts() {
    ShardLedger ordered = new ShardLedger();
    List<Manifest.Split> splits = manifest.splits();
    splits.stream()
        .sorted(Comparator.comparing(Manifest.Split::name))
        .forEach(
            split -> {
              for (int place : places.get(splits.indexOf(split))) {
                if (place > 0) {
                  ordered.add(ledger.get(place - 1));
                }
              }
            });
    return ordered;
  }

  /**
   * Makes sure that every shard is in its folder.
   *
   * @throws OutputException where executors wrote them elsewhere, or somebody removed them
   */
  void checkComplete() {
    for (Manifest.Split split : manifest.splits()) {
      BitSet found = manifest.shardFiles().in(store, split.folder());
      int missing = found.nextClearBit(0);
      if (missing < ShardPlan.shardCount(split.rows(), shardRows)) {
        throw new OutputException(
            "Output "
                + store.describe(manifest.shardFiles().file(split.folder(), missing))
                + " was written by an executor and is not there: give a folder that driver and"
                + " executors share, then run the same command again");
      }
    }
  }

  /** Writes down the last receipts of a run that ends early. */
  @Override
  public void close() {
    stopClock();
    writeDown();
  }

  private void stopClock() {
    clock.shutdown();
    boolean interrupted = false;
    while (!clock.isTerminated()) {
      try {
        clock.awaitTermination(1, TimeUnit.MINUTES);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
