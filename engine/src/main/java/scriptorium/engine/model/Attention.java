package scriptorium.engine.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import scriptorium.engine.kernel.Kernels;

/**
 * Causal self-attention of a step over the paged cache. A task is one segment and a range of heads:
 * it first writes the keys and values of its rows into the cache, then attends, a few rows at a
 * time, so that its cost follows the positions held. Stateless beside the memory it is given; tasks
 * of a phase touch distinct places.
 */
final class Attention {
  /** Rows of a segment that share each load of keys and values. */
  static final int TILE_ROWS = 4;

  private final Gpt2Config config;
  private final KvCache cache;
  private final Kernels kernels;
  private final Activations act;
  private final float scale;

  Attention(Gpt2Config config, KvCache cache, Kernels kernels, Activations act) {
    this.config = config;
    this.cache = cache;
    this.kernels = kernels;
    this.act = act;
    scale = (float) (1 / Math.sqrt(config.headSize()));
  }

  /**
   * Into how many ranges of heads each segment is split: one where many sequences add one row each,
   * which reads the cache in long runs; all where a segment has many rows, which then find one
   * head's keys in the second-level cache, or where rows are few.
   */
  int parts(StepBatch batch, int threads) {
    boolean decodeOnly = batch.rows == batch.segments;
    return decodeOnly && batch.segments >= 2 * threads ? 1 : config.numHeads();
  }

  void run(StepBatch batch, int layer, int task, int parts, int worker) {
    int segment = task / parts;
    int part = task % parts;
    int headFrom = config.numHeads() * part / parts;
    int headTo = config.numHeads() * (part + 1) / parts;
    CachedSequence sequence = batch.sequences[segment];
    int end = batch.firstRows[segment + 1];
    for (int row = batch.firstRows[segment]; row < end; row++) {
      store(sequence, layer, row, batch.positions[row], headFrom, headTo);
    }
    int rows;
    for (int row = batch.firstRows[segment]; row < end; row += rows) {
      rows = end - row >= TILE_ROWS ? TILE_ROWS : 1;
      attend(sequence, layer, row, rows, batch.positions[row] + 1, headFrom, headTo, worker);
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

  /**
   * Attention of some rows that follow each other, the first over {@code count} positions, each
   * further one over one more.
   */
  private void attend(
      CachedSequence sequence,
      int layer,
      int row,
      int rows,
      int count,
      int headFrom,
      int headTo,
      int worker) {
    MemorySegment scores = act.scores[worker];
    int last = count + rows - 1;
    for (int first = 0; first < last; first += KvCache.BLOCK_POSITIONS) {
      int page = sequence.page(first / cache.pagePositions());
      int positions = Math.min(KvCache.BLOCK_POSITIONS, last - first);
      int place = first % cache.pagePositions();
      for (int head = headFrom; head < headTo; head++) {
        long to = scoreOffset(head, 0) + first;
        scores(cache.keyOffset(page, layer, head, place), head, row, rows, positions, scores, to);
      }
    }
    for (int head = headFrom; head < headTo; head++) {
      for (int r = 0; r < rows; r++) {
        long at = scoreOffset(head, r);
        float sum = kernels.softmaxNumerators(scores, at, count + r);
        scores.setAtIndex(ValueLayout.JAVA_FLOAT, factorOffset(head, r), 1 / sum);
      }
    }
    for (int r = 0; r < rows; r++) {
      act.attended
          .asSlice(
              outOffset(row + r, headFrom) * Float.BYTES,
              (long) (headTo - headFrom) * config.headSize() * Float.BYTES)
          .fill((byte) 0);
    }
    for (int first = 0; first < last; first += KvCache.BLOCK_POSITIONS) {
      int page = sequence.page(first / cache.pagePositions());
      int end = first + KvCache.BLOCK_POSITIONS;
      for (int head = headFrom; head < headTo; head++) {
        values(page, layer, head, row, 0, rows, first, Math.min(end, count), scores);
        for (int r = 1; r < rows; r++) {
          int from = Math.max(first, count);
          values(page, layer, head, row, r, 1, from, Math.min(end, count + r), scores);
        }
      }
    }
    for (int head = headFrom; head < headTo; head++) {
      for (int r = 0; r < rows; r++) {
        float factor = scores.getAtIndex(ValueLayout.JAVA_FLOAT, factorOffset(head, r));
        kernels.scale(act.attended, outOffset(row + r, head), config.headSize(), factor);
      }
    }
  }

  private void scores(
      long keys, int head, int row, int rows, int positions, MemorySegment scores, long to) {
    long query = (long) row * act.wideStride + (long) head * config.headSize();
    if (cache.type() == CacheType.F32) {
      kernels.attentionScores(
          act.wide,
          query,
          act.wideStride,
          rows,
          config.headSize(),
          cache.memory(),
          keys,
          positions,
          scale,
          scores,
          to,
          act.scoreStride);
    } else {
      kernels.attentionScoresHalf(
          act.wide,
          query,
          act.wideStride,
          rows,
          config.headSize(),
          cache.memory(),
          keys,
          positions,
          scale,
          scores,
          to,
          act.scoreStride);
    }
  }

  /**
   * Adds the values of positions from..to, all in one block, to rows {@code row + r} and the {@code
   * rows - 1} after it.
   */
  private void values(
      int page,
      int layer,
      int head,
      int row,
      int r,
      int rows,
      int from,
      int to,
      MemorySegment scores) {
    if (from >= to) {
      return;
    }
    long weights = scoreOffset(head, r) + from;
    long out = outOffset(row + r, head);
    long values = cache.valueOffset(page, layer, head, from % cache.pagePositions());
    if (cache.type() == CacheType.F32) {
      kernels.attentionValues(
          scores,
          weights,
          act.scoreStride,
          rows,
          to - from,
          cache.memory(),
          values,
          KvCache.valuePanelWords(),
          config.headSize(),
          act.attended,
          out,
          act.rowStride);
    } else {
      kernels.attentionValuesHalf(
          scores,
          weights,
          act.scoreStride,
          rows,
          to - from,
          cache.memory(),
          values,
          KvCache.valuePanelWords(),
          config.headSize(),
          act.attended,
          out,
          act.rowStride);
    }
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
