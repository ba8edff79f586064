package scriptorium.engine.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import scriptorium.engine.kernel.Kernels;
import scriptorium.engine.memory.NativeFloats;

/**
 * Causal self-attention of a step over the paged cache. A task is one segment and a range of heads:
 * it first writes the keys and values of its rows into the cache, then attends row by row, so that
 * its cost follows the positions held. Stateless beside the memory it is given; tasks of a phase
 * touch distinct places.
 */
final class Attention {
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
    for (int row = batch.firstRows[segment]; row < batch.firstRows[segment + 1]; row++) {
      remember(sequence, layer, row, batch.positions[row], headFrom, headTo);
    }
    for (int row = batch.firstRows[segment]; row < batch.firstRows[segment + 1]; row++) {
      attend(sequence, layer, row, batch.positions[row], headFrom, headTo, worker);
    }
  }

  /** Writes a row's keys, scattered, and values into the cache. */
  private void remember(
      CachedSequence sequence, int layer, int row, int position, int headFrom, int headTo) {
    int headSize = config.headSize();
    int page = sequence.page(position / KvCache.PAGE_POSITIONS);
    int place = position % KvCache.PAGE_POSITIONS;
    long base = cache.memory().address();
    for (int head = headFrom; head < headTo; head++) {
      long key =
          act.wide.address()
              + ((long) row * act.wideStride + config.embeddingSize() + (long) head * headSize)
                  * Float.BYTES;
      long value = key + (long) config.embeddingSize() * Float.BYTES;
      long keyTo = base + (cache.keyOffset(page, layer, head) + place) * Float.BYTES;
      long valueTo =
          base + (cache.valueOffset(page, layer, head) + (long) place * headSize) * Float.BYTES;
      for (int d = 0; d < headSize; d++) {
        copy(key + d * 4L, keyTo + d * 4L * KvCache.PAGE_POSITIONS);
        copy(value + d * 4L, valueTo + d * 4L);
      }
    }
  }

  private static void copy(long from, long to) {
    NativeFloats.ALL.set(
        ValueLayout.JAVA_FLOAT, to, NativeFloats.ALL.get(ValueLayout.JAVA_FLOAT, from));
  }

  private void attend(
      CachedSequence sequence,
      int layer,
      int row,
      int position,
      int headFrom,
      int headTo,
      int worker) {
    int headSize = config.headSize();
    int count = position + 1;
    MemorySegment scores = act.scores[worker];
    MemorySegment out = act.attended;
    long outRow = (long) row * act.rowStride;
    long query = (long) row * act.wideStride;
    for (int first = 0; first < count; first += KvCache.PAGE_POSITIONS) {
      int page = sequence.page(first / KvCache.PAGE_POSITIONS);
      int groups =
          (Math.min(KvCache.PAGE_POSITIONS, count - first) + Kernels.LANES - 1) / Kernels.LANES;
      for (int head = headFrom; head < headTo; head++) {
        kernels.attentionScores(
            act.wide,
            query + (long) head * headSize,
            headSize,
            cache.memory(),
            cache.keyOffset(page, layer, head),
            KvCache.PAGE_POSITIONS,
            groups,
            scale,
            scores,
            (long) head * act.scoreStride + first);
      }
    }
    for (int head = headFrom; head < headTo; head++) {
      long at = (long) head * act.scoreStride;
      float sum = kernels.softmaxNumerators(scores, at, count);
      scores.setAtIndex(ValueLayout.JAVA_FLOAT, at + act.scoreStride - 1, 1 / sum);
    }
    out.asSlice(
            (outRow + (long) headFrom * headSize) * 4, (long) (headTo - headFrom) * headSize * 4)
        .fill((byte) 0);
    for (int first = 0; first < count; first += KvCache.PAGE_POSITIONS) {
      int page = sequence.page(first / KvCache.PAGE_POSITIONS);
      int positions = Math.min(KvCache.PAGE_POSITIONS, count - first);
      for (int head = headFrom; head < headTo; head++) {
        kernels.attentionValues(
            scores,
            (long) head * act.scoreStride + first,
            positions,
            cache.memory(),
            cache.valueOffset(page, layer, head),
            headSize,
            headSize,
            out,
            outRow + (long) head * headSize);
      }
    }
    for (int head = headFrom; head < headTo; head++) {
      float factor =
          scores.getAtIndex(ValueLayout.JAVA_FLOAT, (long) (head + 1) * act.scoreStride - 1);
      kernels.scale(out, outRow + (long) head * headSize, headSize, factor);
    }
  }
}
