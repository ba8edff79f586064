package scriptorium.engine.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import scriptorium.engine.kernel.Kernels;

/**
 * Causal self-attention (Vaswani et al. 2017) of a step over the paged cache. A task of an {@link
 * AttentionPlan} writes the keys and values of its rows into the cache, if it has all rows of its
 * segment, and attends, a few rows at a time. Tasks of a phase write distinct places, and read no
 * others that are written.
 */
final class Attention {
  /** Rows of a segment that share each load of keys and values. */
  static final int TILE_ROWS = 4;

  private final Gpt2Config config;
  private final KvCache cache;
  private final Kernels kernels;
  private final Activations act;
  private final float[] scales;

  Attention(Gpt2Config config, KvCache cache, Kernels kernels, Activations act) {
    this.config = config;
    this.cache = cache;
    this.kernels = kernels;
    this.act = act;
    scales = new float[config.numLayers()];
    for (int layer = 0; layer < scales.length; layer++) {
      scales[layer] = config.attentionScale(layer);
    }
  }

  /**
   * Writes the keys and values of one head of a segment into the cache, whose tasks do not.
   *
   * @param task the number of the stored segment times the heads, and the head
   */
  void store(StepBatch batch, AttentionPlan plan, int layer, int task) {
    int segment = plan.storedSegment(task / config.numHeads());
    int head = task % config.numHeads();
    int end = batch.firstRows[segment + 1];
    for (int row = batch.firstRows[segment]; row < end; row++) {
      store(batch.sequences[segment], layer, row, batch.positions[row], head, head + 1);
    }
  }

  /** Does one task of a layer. */
  void run(StepBatch batch, AttentionPlan plan, int layer, int task, int worker) {
    int segment = plan.segment(task);
    int headFrom = plan.headFrom(task);
    int headTo = plan.headTo(task);
    CachedSequence sequence = batch.sequences[segment];
    int first = plan.rowFrom(task);
    int end = plan.rowTo(task);
    boolean whole = first == batch.firstRows[segment] && end == batch.firstRows[segment + 1];
    for (int row = first; whole && row < end; row++) {
      store(sequence, layer, row, batch.positions[row], headFrom, headTo);
    }
    int rows;
    for (int row = first; row < end; row += rows) {
      rows = end - row >= TILE_ROWS ? TILE_ROWS : 1;
      int count = batch.positions[row] + 1;
      score(sequence, layer, row, rows, count + rows - 1, headFrom, headTo, worker);
      weigh(sequence, layer, row, rows, count, headFrom, headTo, worker);
    }
  }

  /** Writes a row's keys and values into the cache. */
  private void store(
      CachedSequence sequence, int layer, int row, int position, int headFrom, int headTo) {
    int page = sequence.page(position / cache.pagePositions());
    int place = position % cache.pagePositions();
    long size = (long) config.embeddingSize() * Float.BYTES;
    long keys = act.wide.address() + (long) row * act.wideStride * Float.BYTES + size;
    for (int head = headFrom; head < headTo; head++) {
      long key = keys + (long) head * config.headSize() * Float.BYTES;
      cache.store(page, layer, head, place, key, key + size);
    }
  }

  /** Scores of some rows that follow each other against the first {@code count} positions. */
  private void score(
      CachedSequence sequence,
      int layer,
      int row,
      int rows,
      int count,
      int headFrom,
      int headTo,
      int worker) {
    long query = (long) row * act.wideStride + (long) headFrom * config.headSize();
    for (int first = 0; first < count; first += cache.pagePositions()) {
      int page = sequence.page(first / cache.pagePositions());
      int positions = Math.min(cache.pagePositions(), count - first);
      kernels.attentionScores(
          cache.keys(page, layer, headFrom, headTo, positions),
          act.wide,
          query,
          act.wideStride,
          rows,
          scales[layer],
          act.scores[worker],
          scoreOffset(headFrom, 0) + first,
          act.scoreStride,
          TILE_ROWS * (long) act.scoreStride);
    }
  }

  /**
   * Softmax of the scores and the values by it, for some rows that follow each other, the first
   * over {@code count} positions, each further one over one more.
   */
  private void weigh(
      CachedSequence sequence,
      int layer,
      int row,
      int rows,
      int count,
      int headFrom,
      int headTo,
      int worker) {
    MemorySegment scores = act.scores[worker];
    for (int head = headFrom; head < headTo; head++) {
      for (int r = 0; r < rows; r++) {
        scores.setAtIndex(
            ValueLayout.JAVA_FLOAT, factorOffset(head, r), 1 / softmax(scores, head, r, count + r));
      }
    }
    for (int r = 0; r < rows; r++) {
      act.attended
          .asSlice(
              outOffset(row + r, headFrom) * Float.BYTES,
              (long) (headTo - headFrom) * config.headSize() * Float.BYTES)
          .fill((byte) 0);
    }
    for (int first = 0; first < count; first += cache.pagePositions()) {
      int page = sequence.page(first / cache.pagePositions());
      int positions = Math.min(cache.pagePositions(), count - first);
      kernels.attentionValues(
          cache.values(page, layer, headFrom, headTo, 0, positions),
          scores,
          scoreOffset(headFrom, 0) + first,
          act.scoreStride,
          TILE_ROWS * (long) act.scoreStride,
          rows,
          act.attended,
          outOffset(row, headFrom),
          act.rowStride);
    }
    for (int r = 1; r < rows; r++) { // what a row attends to beyond the first one
      int end;
      for (int from = count; from < count + r; from = end) {
        int block = from / KvCache.BLOCK_POSITIONS;
        end = Math.min(count + r, (block + 1) * KvCache.BLOCK_POSITIONS);
        int page = sequence.page(from / cache.pagePositions());
        int place = from % cache.pagePositions();
        kernels.attentionValues(
            cache.values(page, layer, headFrom, headTo, place, end - from),
            scores,
            scoreOffset(headFrom, r) + from,
            act.scoreStride,
            TILE_ROWS * (long) act.scoreStride,
            1,
            act.attended,
            outOffset(row + r, headFrom),
            act.rowStride);
      }
    }
    for (int head = headFrom; head < headTo; head++) {
      for (int r = 0; r < rows; r++) {
        float factor = scores.getAtIndex(ValueLayout.JAVA_FLOAT, factorOffset(head, r));
        kernels.scale(act.attended, outOffset(row + r, head), config.headSize(), factor);
      }
    }
  }

  /**
   * Replaces scores by exp(score - largest) and returns their sum. Negative infinities fill the
   * last vector: they add +0 to a lane, which changes none of its bits, where a tail would take
   * scalars.
   */
  private float softmax(MemorySegment scores, int head, int r, int count) {
    long at = scoreOffset(head, r);
    int padded = Vectors.padded(count);
    for (int i = count; i < padded; i++) {
      scores.setAtIndex(ValueLayout.JAVA_FLOAT, at + i, Float.NEGATIVE_INFINITY);
    }
    return kernels.softmaxNumerators(scores, at, padded);
  }

  private long scoreOffset(int head, int r) {
    return ((long) head * TILE_ROWS + r) * act.scoreStride;
  }

  /** Behind the scores of a row, the factor that makes them probabilities. */
  private long factorOffset(int head, int r) {
    return scoreOffset(head, r) + act.scoreStride - 1;
  }

  private long outOffset(int row, int head) {
    return (long) row * act.rowStride + (long) head * config.headSize();
  }
}
