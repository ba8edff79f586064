package scriptorium.engine.generation;

import java.lang.foreign.MemorySegment;
import scriptorium.engine.kernel.ChunkedLogits;
import scriptorium.engine.kernel.Kernels;
import scriptorium.engine.memory.OffHeap;
import scriptorium.engine.model.CacheType;
import scriptorium.engine.model.CachedSequence;
import scriptorium.engine.model.Gpt2Config;
import scriptorium.engine.model.Gpt2Model;
import scriptorium.engine.model.Gpt2Weights;
import scriptorium.engine.model.KvCache;
import scriptorium.engine.model.StepBatch;
import scriptorium.engine.model.WorkerGroup;
import scriptorium.engine.sampling.LogitsRow;
import scriptorium.engine.sampling.NonFiniteException;

/**
 * A second model that reads the same rows as the first, a moment before it, and leaves its
 * distributions for it to be compared with. Belongs to the thread that drives the engine; during a
 * step the workers write and read distinct rows.
 */
final class SecondModel implements Observer {
  private final KvCache cache;
  private final Gpt2Model model;
  private final StepBatch batch;
  private final LogitsRow[] rows;
  private final MemorySegment numerators;
  private final double[] sums;
  private final int vocabSize;

  /** Its cache never runs out of pages before the first one's does. */
  SecondModel(
      Gpt2Weights weights,
      KvCache observed,
      int slots,
      WorkerGroup workers,
      LogitsRow[] rows,
      Kernels kernels,
      int stepRows,
      OffHeap offHeap) {
    long pages =
        pages(weights.config(), observed.type(), observed.pages(), observed.pagePositions(), slots);
    cache = new KvCache(weights.config(), observed.type(), Math.toIntExact(pages), offHeap);
    model = new Gpt2Model(weights, cache, workers, kernels, stepRows, offHeap);
    batch = new StepBatch(stepRows);
    this.rows = rows;
    vocabSize = weights.config().vocabSize();
    numerators = offHeap.floats((long) stepRows * vocabSize);
    sums = new double[stepRows];
  }

  /**
   * Pages that hold whatever so many pages of the first cache hold. Sizes of pages are powers of
   * two: smaller pages divide the larger, and hold the same positions; of larger ones each sequence
   * may leave its last one half empty.
   *
   * @param config shape of the observer
   * @param observedPages pages of the first cache, of {@code observedPositions} each
   * @param slots sequences in flight at most
   */
  static long pages(
      Gpt2Config config, CacheType type, long observedPages, int observedPositions, int slots) {
    int own = KvCache.pagePositions(config, type);
    long pages = observedPages * observedPositions / own;
    return own <= observedPositions ? pages : pages + Math.min(slots, observedPages);
  }

  /** Bytes off the heap that an observer takes beside its cache. */
  static long bytes(Gpt2Config config, int stepRows, int threads) {
    return Gpt2Model.bytes(config, stepRows, threads)
        + (long) stepRows * config.vocabSize() * Float.BYTES;
  }

  @Override
  public boolean observes() {
    return true;
  }

  @Override
  public CachedSequence sequence(int positions) {
    return new CachedSequence(cache, positions);
  }

  @Override
  public void clear() {
    batch.clear();
  }

  @Override
  public void add(Flight flight, int position, int count) {
    batch.add(flight.observed, flight.tokens, position, count);
  }

  @Override
  public void want(int row) {
    batch.want(row);
  }

  @Override
  public void step() {
    model.step(batch, this::accept);
  }

  private void accept(int wanted, int worker, ChunkedLogits logits) {
    LogitsRow row = rows[worker];
    try {
      row.set(logits);
      row.checkFinite();
      sums[wanted] = row.numerators(numerators, (long) wanted * vocabSize);
    } catch (NonFiniteException e) {
      sums[wanted] = Double.NaN;
    }
  }

  @Override
  public void stand(LogitsRow row, int wanted) {
    if (Double.isNaN(sums[wanted])) {
      throw new NonFiniteException(
          "Logits of the observer are not finite: its weights overflow f32 or hold NaN; check the"
              + " model");
    }
    row.observe(numerators, (long) wanted * vocabSize, sums[wanted]);
  }
}
